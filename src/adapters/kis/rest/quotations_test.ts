import { expect } from "expect";
import { FakeKis } from "../../../../tests/support/fake_kis.ts";
import type { FakeKisRestOptions } from "../../../../tests/support/fake_kis_rest.ts";
import { systemClock } from "../../../core/clock.ts";
import type { Quotations } from "../../../ports/quotations.ts";
import { OutsideError } from "../../../core/errors.ts";
import { MasterSite } from "./master_site.ts";
import { openQuotations } from "./open_rest.ts";

const APPS = { "test-app-key": "test-app-secret" };

interface Rig {
  readonly fake: FakeKis;
  readonly folder: string;
  open(options?: { perSecond?: number; secret?: string; paper?: boolean }): Promise<Quotations>;
}

async function withRig(rest: Omit<FakeKisRestOptions, "apps">, work: (rig: Rig) => Promise<void>) {
  const fake = new FakeKis({ apps: APPS, rest });
  const folder = await Deno.makeTempDir();
  try {
    await work({
      fake,
      folder,
      open: ({ perSecond = 500, secret = "test-app-secret", paper = false } = {}) =>
        openQuotations({
          environment: { restUrl: fake.restUrl, name: paper ? "paper" : "real" },
          masters: new MasterSite({ url: `${fake.restUrl}/common/master`, fetch }),
          app: { key: "test-app-key", secret },
          customerType: "P",
          perSecond,
          folder,
          clock: systemClock,
          random: () => 0,
        }),
    });
  } finally {
    await fake.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** How what is asked here is asked. Its time begins now, not with the file: files before it run in the same worker. */
const asking = () => ({ priority: "fill", signal: AbortSignal.timeout(20_000) }) as const;

/** A record of H0STCNT0 with what REST says of a trade; the other fields are zero. */
function record(trade: { hour: string; price: number; volume: number; accVolume: number }): string {
  const fields = Array.from({ length: 46 }, () => "0");
  const { hour, price, volume, accVolume } = trade;
  const known: Record<number, string> = {
    0: "005930",
    1: hour,
    2: String(price),
    3: price < 70_000 ? "5" : "2",
    4: String(price - 70_000),
    5: ((price - 70_000) / 700).toFixed(2),
    7: "70000",
    8: "70500",
    9: "69500",
    12: String(volume),
    13: String(accVolume),
    33: "20261130",
    34: "20",
    35: "N",
  };
  for (const [at, text] of Object.entries(known)) fields[Number(at)] = text;
  return fields.join("^");
}

Deno.test("trades come by rising cumulative volume, thirty a page, up to the time that is asked for", async () => {
  await withRig({}, async ({ fake, open }) => {
    const records = Array.from({ length: 40 }, (_, index) =>
      record({
        hour: `0900${String(index).padStart(2, "0")}`,
        price: 69_980 + index,
        volume: 10,
        accVolume: 10 * (index + 1),
      }));
    fake.publish("H0STCNT0", "005930", records);
    const quotations = await open();
    const page = await quotations.tradesUntil("005930", "KRX", "090034", asking());
    expect(page.length).toBe(30);
    expect(page.map(({ accVolume }) => accVolume)).toEqual(
      Array.from({ length: 30 }, (_, index) => 60 + 10 * index),
    );
    const falling = page.find(({ price }) => price === 69_990);
    expect(falling).toMatchObject({ sign: "5", change: -10, rate: -0.01, hour: "090010" });
    expect(await quotations.tradesUntil("005930", "UN", "090034", asking())).toEqual([]);
  });
});

Deno.test("one token serves every process of the machine, and only its owner can read it", async () => {
  await withRig({}, async ({ fake, folder, open }) => {
    fake.rest.know("005930", { name: "삼성전자", nxt: true });
    const [one, other] = await Promise.all([open(), open()]);
    const [first, second] = await Promise.all([one.info("005930", asking()), other.info("005930", asking())]);
    expect([first.name, second.nxt]).toEqual(["삼성전자", true]);
    expect([fake.rest.tokens, fake.rest.tokensTooSoon]).toEqual([1, 0]);
    for await (const { name } of Deno.readDir(folder)) {
      expect([name, (await Deno.stat(`${folder}/${name}`)).mode! & 0o777]).toEqual([name, 0o600]);
      expect(name).not.toContain("test-app-key");
    }
  });
});

Deno.test("two that share the account's rate are never refused for it; one that passes it alone slows down and gets through", async () => {
  await withRig({ perSecond: 10 }, async ({ fake, open }) => {
    fake.rest.know("005930", { name: "삼성전자" });
    const [one, other] = await Promise.all([open({ perSecond: 6 }), open({ perSecond: 6 })]);
    await Promise.all(
      Array.from({ length: 7 }, () => [one, other].map((each) => each.info("005930", asking()))).flat(),
    );
    expect(fake.rest.refusals).toEqual([]);
    const hasty = await open({ perSecond: 100 });
    await Promise.all(Array.from({ length: 15 }, () => hasty.info("005930", asking())));
    expect(new Set(fake.rest.refusals)).toEqual(new Set(["EGW00201"]));
  });
});

Deno.test("a token that has ended is asked for anew, once, whoever notices first", async () => {
  await withRig({ tokenPaceMs: 0 }, async ({ fake, folder, open }) => {
    fake.rest.know("005930", { name: "삼성전자" });
    const quotations = await open();
    await quotations.info("005930", asking());
    fake.rest.expireTokens();
    // The pace between two tokens is a minute: what is kept says that the last one was asked for long ago.
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(".token")) continue;
      const kept = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
      await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify({ ...kept, askedAt: 0 }));
    }
    await Promise.all([quotations.info("005930", asking()), quotations.info("005930", asking())]);
    expect(fake.rest.tokens).toBe(2);
    expect(fake.rest.refusals.every((code) => code === "EGW00123")).toBe(true);
  });
});

Deno.test("a wrong secret ends it at once, and stands in no message", async () => {
  await withRig({}, async ({ open }) => {
    const quotations = await open({ secret: "a-wrong-secret" });
    const thrown = await quotations.info("005930", asking()).then(() => undefined, (error) => error);
    expect(thrown).toBeInstanceOf(OutsideError);
    expect([thrown.code, thrown.retryable]).toEqual(["kis_token_refused", false]);
    expect(thrown.message).not.toContain("a-wrong-secret");
  });
});

Deno.test("a server that fails is asked again; one that refuses what was asked is not", async () => {
  await withRig({}, async ({ fake, open }) => {
    fake.rest.know("005930", { name: "삼성전자" });
    const quotations = await open();
    fake.rest.failNext(502, "bad gateway");
    fake.rest.failNext(500, { rt_cd: "1", msg_cd: "EGW00300", msg1: "Internal" });
    expect((await quotations.info("005930", asking())).name).toBe("삼성전자");
    fake.rest.failNext(200, { rt_cd: "1", msg_cd: "OPSQ2001", msg1: "ERROR INVALID FID_COND_MRKT_DIV_CODE" });
    await expect(quotations.info("005930", asking())).rejects.toThrow("OPSQ2001");
  });
});

Deno.test("prices of many symbols come with one request; a symbol without a trade today has none", async () => {
  await withRig({}, async ({ fake, open }) => {
    fake.publish("H0STCNT0", "005930", [record({ hour: "090000", price: 70_100, volume: 5, accVolume: 5 })]);
    const quotations = await open();
    const prices = await quotations.prices(["005930", "000660"], "KRX", asking());
    expect(prices).toEqual([
      expect.objectContaining({ symbol: "005930", price: 70_100, high: 70_500, low: 69_500, accVolume: 5 }),
    ]);
    expect(fake.rest.calls.length).toBe(1);
  });
});

Deno.test("the paper environment, which has no route for many, is asked for one symbol after the other", async () => {
  await withRig({}, async ({ fake, open }) => {
    for (const symbol of ["005930", "000660"]) {
      const traded = record({ hour: "090000", price: 70_100, volume: 5, accVolume: 5 }).replace(
        "005930",
        symbol,
      );
      fake.publish("H0STCNT0", symbol, [traded]);
    }
    const quotations = await open({ paper: true });
    const prices = await quotations.prices(["005930", "000660", "035420"], "KRX", asking());
    expect(prices.map(({ symbol, price }) => [symbol, price])).toEqual([["005930", 70_100], [
      "000660",
      70_100,
    ]]);
    expect(fake.rest.calls.map(({ route }) => route)).toEqual(Array(3).fill("inquire-price"));
  });
});

Deno.test("a day's limits, the 52 weeks, candles and minutes are read as KIS writes them", async () => {
  await withRig({}, async ({ fake, open }) => {
    fake.rest.know("005930", {
      name: "삼성전자",
      nameEn: "SamsungElec",
      upperLimit: 93_400,
      lowerLimit: 50_400,
      basePrice: 71_900,
      high52w: [88_800, "20260711"],
      days: [["20261126", 70_000, 71_000, 69_000, 70_500, 100], [
        "20261127",
        70_500,
        72_000,
        70_000,
        71_900,
        200,
      ]],
      minutes: [["20261127", "090000", 70_500, 70_600, 70_400, 70_500, 10]],
    });
    const quotations = await open();
    const { price, day } = await quotations.price("005930", "KRX", asking());
    expect(price).toBeUndefined();
    expect(day).toEqual({
      upperLimit: 93_400,
      lowerLimit: 50_400,
      basePrice: 71_900,
      high52w: { price: 88_800, date: "20260711" },
      low52w: null,
    });
    const days = await quotations.days("005930", { from: "20261101", to: "20261130" }, asking());
    expect(days.map(({ date, close }) => [date, close])).toEqual([["20261126", 70_500], [
      "20261127",
      71_900,
    ]]);
    const until = { date: "20261127", hour: "153000", venue: "KRX" } as const;
    expect(await quotations.minutes("005930", until, asking())).toEqual([
      {
        date: "20261127",
        hour: "090000",
        open: 70_500,
        high: 70_600,
        low: 70_400,
        close: 70_500,
        volume: 10,
      },
    ]);
    expect((await quotations.info("005930", asking())).nameEn).toBe("SamsungElec");
  });
});
