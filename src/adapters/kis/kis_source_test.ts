import { configure, reset } from "@logtape/logtape";
import { expect } from "expect";
import { KisRig, TRADE_RECORD, tradeRecord } from "../../../tests/support/kis_rig.ts";

const TWO_APPS = { "app-key-one": "secret-one", "app-key-two": "secret-two" };
const unit = (symbol: string) => `H0STCNT0|${symbol}`;

function symbols(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(100000 + index));
}

Deno.test("what is wanted is subscribed, its frames come as they were sent, and the approval key is asked for once", async () => {
  await using rig = new KisRig();
  rig.source.want(["005930", "000660"]);
  await rig.until(() => rig.fake.registered.length === 2, "two registrations");
  expect(rig.fake.publish("H0STCNT0", "005930", [TRADE_RECORD, TRADE_RECORD])).toBe(1);
  await rig.until(() => rig.frames.length === 1, "a frame");
  expect(rig.frames[0]).toBe(`0|H0STCNT0|002|${TRADE_RECORD}^${TRADE_RECORD}`);
  expect(rig.fake.approvals.get("app-key-one")).toBe(1);
  expect(rig.source.status()).toMatchObject({
    state: "open",
    subscribed: [{ symbol: "005930", venue: "KRX" }, { symbol: "000660" }],
    refused: [],
  });
  expect(rig.source.status().detail).not.toContain("app-key-one");
});

Deno.test("a new symbol is subscribed within a second, an unused one lingers and is then dropped, without a loop", async () => {
  await using rig = new KisRig({ source: { timings: { lingerMs: 300 } } });
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.registered.length === 1, "the first");
  const began = Date.now();
  rig.source.want(["005930", "000660"]);
  await rig.until(() => rig.fake.registered.length === 2, "the second");
  expect(Date.now() - began).toBeLessThan(1000);
  for (let toggle = 0; toggle < 20; toggle++) {
    rig.source.want(["005930"]);
    rig.source.want(["005930", "000660"]);
  }
  rig.source.want(["005930"]);
  expect(rig.fake.registered.length).toBe(2);
  await rig.until(() => rig.fake.registered.length === 1, "the unused one to be dropped");
  expect(rig.fake.requests.get(unit("000660"))?.length).toBe(2);
  expect(rig.fake.violations).toEqual([]);
});

Deno.test("more than 41 are spread over the app keys, and what does not fit is reported", async () => {
  await using rig = new KisRig({ fake: { apps: TWO_APPS } });
  rig.source.want(symbols(90));
  await rig.until(() => rig.fake.registered.length === 82, "82 registrations");
  expect(rig.fake.sessionSizes).toEqual([41, 41]);
  const refused = rig.source.status().refused ?? [];
  expect(refused.map((one) => one.symbol)).toEqual(symbols(90).slice(82));
  expect(refused[0]?.reason).toContain("another app key");
  expect(rig.fake.violations).toEqual([]);
});

Deno.test("order books, and halts for which no rule asks, take only the registrations that trades leave", async () => {
  const source = { tradesOnly: false, allStatuses: true, registrations: 8 };
  await using rig = new KisRig({ fake: { limit: 8 }, source });
  rig.source.want(["000001", "000002", "000003"]);
  await rig.until(() => rig.fake.registered.length === 8, "8 registrations");
  expect(rig.fake.registered.filter((key) => key.startsWith("H0STASP0")).length).toBe(3);
  expect(rig.fake.registered.filter((key) => key.startsWith("H0STMKO0")).length).toBe(2);
  rig.source.want(["000001", "000002", "000003", "000004", "000005", "000006"]);
  await rig.until(
    () => rig.fake.registered.filter((key) => key.startsWith("H0STCNT0")).length === 6,
    "trades in place of halts",
  );
  expect(rig.fake.violations).toEqual([]);
});

Deno.test("halts cost a registration only where a rule asks for them, and then they go before order books", async () => {
  await using rig = new KisRig({ fake: { limit: 4 }, source: { tradesOnly: false, registrations: 4 } });
  rig.source.want(["000001", "000002"], new Set(["000002"]));
  await rig.until(() => rig.fake.registered.length === 4, "4 registrations");
  expect(rig.fake.registered).toEqual([
    "H0STASP0|000001",
    "H0STCNT0|000001",
    "H0STCNT0|000002",
    "H0STMKO0|000002",
  ]);
  rig.source.want(["000001", "000002"]);
  await rig.until(() => rig.fake.registered.includes("H0STASP0|000002"), "the other order book");
  expect(rig.fake.registered.some((key) => key.startsWith("H0STMKO0"))).toBe(false);
});

Deno.test("each symbol is subscribed where it is traded, its halts too", async () => {
  const isOnNxt = (symbol: string) => symbol === "005930" ? true : symbol === "005935" ? false : undefined;
  await using rig = new KisRig({ source: { venue: "auto", isOnNxt } });
  rig.source.want(["005930", "005935", "000660"], new Set(["005930", "005935"]));
  await rig.until(() => rig.fake.registered.length === 5, "5 registrations");
  expect(rig.fake.registered).toEqual([
    "H0STCNT0|000660",
    "H0STCNT0|005935",
    "H0STMKO0|005935",
    "H0UNCNT0|005930",
    "H0UNMKO0|005930",
  ]);
});

Deno.test("a symbol that the consolidated feed never speaks of changes to KRX's; one that stays silent is reported", async () => {
  await using rig = new KisRig({ source: { venue: "UN", timings: { neverSpokeMs: 500 } } });
  rig.source.want(["005930", "005935"]);
  await rig.until(() => rig.source.status().subscribed?.length === 2, "two registrations");
  const speak = async (done: () => boolean) => {
    for (let trade = 1; !done(); trade++) {
      rig.fake.publish("H0UNCNT0", "005930", [tradeRecord("005930", 1, trade)]);
      expect(trade).toBeLessThan(500);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await speak(() => rig.fake.registered.includes("H0STCNT0|005935"));
  const heard = (symbol: string) => rig.source.status().subscribed?.find((one) => one.symbol === symbol);
  await speak(() => heard("005935")?.silent !== undefined);
  expect(heard("005930")).toMatchObject({ venue: "UN", lastAt: expect.any(Number) });
  expect(heard("005930")?.silent).toBeUndefined();
  expect(heard("005935")).toMatchObject({
    venue: "KRX",
    silent: "it is halted, hardly traded, or no longer listed",
  });
  expect(heard("005935")?.lastAt).toBeUndefined();
  rig.fake.publish("H0STCNT0", "005935", [tradeRecord("005935", 1, 1)]);
  await rig.until(() => heard("005935")?.lastAt !== undefined, "its first trade");
  expect(heard("005935")?.silent).toBeUndefined();
  expect(rig.fake.requests.get("H0UNCNT0|005935")?.length).toBe(2);
  expect(rig.fake.violations).toEqual([]);
});

Deno.test("a lost session's symbols are taken over by the others", async () => {
  await using rig = new KisRig({
    fake: { apps: TWO_APPS },
    source: { timings: { backoff: { baseMs: 3000, capMs: 3000, floorMs: 3000 } } },
  });
  rig.source.want(symbols(20));
  await rig.until(() => rig.fake.registered.length === 20, "20 registrations");
  expect(rig.fake.sessionSizes).toEqual([10, 10]);
  rig.fake.drop("app-key-one");
  await rig.until(() => rig.fake.sessionSizes.includes(20), "the other session to have all", 2500);
  const gap = rig.events.find((event) => event.type === "gap");
  expect(gap?.type === "gap" && gap.symbols?.length).toBe(10);
});

Deno.test("a dropped connection comes back with all it had, and the gap is reported", async () => {
  await using rig = new KisRig();
  rig.source.want(symbols(5));
  await rig.until(() => rig.fake.registered.length === 5, "5 registrations");
  rig.fake.drop();
  await rig.until(() => rig.events.some((event) => event.type === "gap"), "a gap");
  await rig.until(() => rig.fake.registered.length === 5, "5 registrations again");
  expect(rig.fake.approvals.get("app-key-one")).toBe(1);
  expect(rig.fake.connects.get("app-key-one")?.length).toBe(2);
});

Deno.test("heartbeats are echoed, and a connection on which nothing comes is given up", async () => {
  await using rig = new KisRig({
    fake: { heartbeatMs: 100, heartbeatLimitMs: 2_000 },
    source: { timings: { silentMs: 1_000, afterSilenceMs: 250 } },
  });
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.heartbeatsAnswered >= 6, "six heartbeats");
  expect(rig.fake.connects.get("app-key-one")?.length).toBe(1);
  rig.fake.stall(10_000);
  const stalledAt = Date.now();
  await rig.until(() => rig.fake.connects.get("app-key-one")?.length === 2, "a new connection");
  // The key rests: the server, which has not noticed, would call it in use.
  expect((rig.fake.attempts[1] as number) - stalledAt).toBeGreaterThan(1_100);
  expect(rig.events.find((event) => event.type === "gap")).toMatchObject({ symbols: ["005930"] });
  expect(rig.fake.violations).toEqual([]);
});

Deno.test("a symbol that has gone quiet while others trade is registered anew, once", async () => {
  await using rig = new KisRig({ source: { timings: { staleMs: 150 } } });
  rig.source.want(["005930", "000660"]);
  await rig.until(() => rig.fake.registered.length === 2, "two registrations");
  for (let trade = 1; trade <= 60; trade++) {
    if (trade <= 25) rig.fake.publish("H0STCNT0", "005930", [tradeRecord("005930", 1, trade)]);
    rig.fake.publish("H0STCNT0", "000660", [tradeRecord("000660", 1, trade)]);
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  await rig.until(
    () => rig.fake.requests.get(unit("005930"))?.length === 3,
    "the quiet one to be registered anew",
  );
  expect(rig.fake.requests.get(unit("000660"))?.length).toBe(1);
  expect(rig.events.some((event) => event.type === "gap" && event.symbols?.[0] === "005930")).toBe(true);
});

Deno.test("after a drop whose old session still has the key, it is tried again by its schedule until it is let in", async () => {
  await using rig = new KisRig({ source: { timings: { inUseWaitsMs: [100, 100, 100, 100, 100, 100] } } });
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.registered.length === 1, "a registration");
  rig.fake.drop("app-key-one");
  rig.fake.occupy("app-key-one");
  await rig.until(() => rig.fake.attempts.length >= 4, "three tries");
  // Between a connection and the answer that refuses its registration it is open.
  await rig.until(() => rig.source.status().state === "connecting", "what became of the try");
  expect(rig.source.status().detail).toContain("session 1 lost: OPSP8996 ALREADY IN USE appkey");
  const waits = rig.fake.attempts.slice(2).map((at, index) => at - (rig.fake.attempts[index + 1] as number));
  for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(95);
  rig.fake.drop("app-key-one");
  await rig.until(() => rig.fake.registered.length === 1, "a registration again");
  expect(rig.fake.approvals.get("app-key-one")).toBe(1);
  expect(rig.fake.violations).toEqual([]);
});

Deno.test("a key in use for good rests, the others take its symbols, and it is tried again now and then", async () => {
  await using rig = new KisRig({ fake: { apps: TWO_APPS }, source: { timings: { restMs: 400 } } });
  rig.fake.occupy("app-key-one");
  rig.source.want(symbols(10));
  await rig.until(() => rig.fake.registered.length === 10, "10 registrations by the other");
  await rig.until(() => rig.source.status().detail.includes("session 1 RESTS: OPSP8996"), "the rest");
  expect(rig.fake.connects.get("app-key-one")).toBeUndefined();
  rig.fake.drop("app-key-one");
  rig.source.want(symbols(60));
  await rig.until(() => rig.fake.registered.length === 60, "both sessions to have all");
  expect(rig.source.status().detail).not.toContain("RESTS");
});

Deno.test("the only key rests and comes back by itself once it is free", async () => {
  await using rig = new KisRig({ source: { timings: { restMs: 300 } } });
  rig.fake.occupy("app-key-one");
  rig.source.want(["005930"]);
  await rig.until(() => rig.source.status().state === "failed", "the rest");
  const tries = rig.fake.attempts.length;
  await rig.until(() => rig.fake.attempts.length === tries + 1, "a try while it rests");
  await rig.until(() => rig.source.status().state === "failed", "the rest again");
  rig.fake.drop("app-key-one");
  await rig.until(() => rig.fake.registered.length === 1, "the registration");
  await rig.until(() => rig.source.status().state === "open", "the feed");
});

Deno.test("when every app key rests the source has failed", async () => {
  await using rig = new KisRig();
  rig.fake.refuseNext("OPSP9994");
  rig.source.want(["005930"]);
  await rig.until(() => rig.source.status().state === "failed", "the failure");
  expect(rig.source.status().refused?.map(({ reason }) => reason)).toEqual([
    "sessions are lost, and no other has a registration free",
  ]);
});

Deno.test("an approval key that is not known is asked for anew exactly once", async () => {
  await using rig = new KisRig();
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.registered.length === 1, "a registration");
  rig.fake.expireApprovals();
  rig.fake.drop();
  await rig.until(() => rig.fake.registered.length === 1, "a registration with the new key");
  expect(rig.fake.approvals.get("app-key-one")).toBe(2);
  rig.fake.refuseNext("OPSP0011");
  rig.fake.refuseNext("OPSP0011");
  rig.fake.drop();
  await rig.until(() => rig.source.status().state === "failed", "the rest after the second refusal");
  expect(rig.fake.approvals.get("app-key-one")).toBe(3);
});

Deno.test("a wrong secret lets the key rest, and neither key nor secret is shown", async () => {
  await using rig = new KisRig({
    source: { apps: [{ key: "app-key-one", secret: "not-the-secret" }] },
  });
  rig.source.want(["005930"]);
  await rig.until(() => rig.source.status().state === "failed", "the rest");
  expect(rig.source.status().detail).toContain("EGW00105");
  expect(rig.source.status().detail).not.toMatch(/app-key-one|not-the-secret/);
});

Deno.test("a symbol that does not exist is refused and reported, the others are subscribed", async () => {
  await using rig = new KisRig({ fake: { unknownSymbols: ["999999"] } });
  rig.source.want(["999999", "005930"]);
  await rig.until(() => rig.fake.registered.length === 1, "the other one");
  await rig.until(() => rig.source.status().refused?.length === 1, "the refusal");
  expect(rig.source.status().refused).toEqual([{ symbol: "999999", reason: "OPSP8992 invalid tr_key" }]);
  expect(rig.fake.requests.get(unit("999999"))?.length).toBe(1);
});

Deno.test("a server that takes fewer than configured is believed: the least important are left out", async () => {
  await using rig = new KisRig({ fake: { limit: 3 } });
  rig.source.want(symbols(5));
  await rig.until(() => rig.source.status().refused?.length === 2, "two to be left out");
  expect(rig.fake.registered).toEqual(symbols(3).map(unit));
  expect(rig.fake.violations.length).toBe(1);
});

Deno.test("trouble at their side is tried again a little later; already subscribed is fine", async () => {
  await using rig = new KisRig({ source: { timings: { troubleMs: 20 } } });
  rig.fake.refuseNext("OPSP0002", unit("000660"));
  rig.fake.refuseNext("OPSP9993", unit("005930"));
  rig.fake.refuseNext("OPSP0009", unit("005930"));
  rig.source.want(["000660", "005930"]);
  await rig.until(() => rig.source.status().subscribed?.length === 2, "both");
  expect(rig.fake.requests.get(unit("000660"))?.length).toBe(1);
  expect(rig.fake.requests.get(unit("005930"))?.length).toBe(3);
});

Deno.test("a request that is never answered is sent again and then waits; the connection and the others live on", async () => {
  await using rig = new KisRig({ source: { timings: { ackTimeoutMs: 250, troubleMs: 10_000 } } });
  rig.fake.ignore(unit("999999"));
  rig.source.want(["005930", "999999", "000660"]);
  await rig.until(() => rig.fake.requests.get(unit("999999"))?.length === 3, "three requests");
  await rig.until(() => rig.source.status().subscribed?.length === 2, "the others");
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(rig.fake.requests.get(unit("999999"))?.length).toBe(3);
  expect(rig.fake.attempts.length).toBe(1);
});

Deno.test("a server that answers no request at all is left and tried again", async () => {
  await using rig = new KisRig({ source: { timings: { ackTimeoutMs: 40 } } });
  rig.fake.ignore(unit("005930"));
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.attempts.length === 2, "a second connection");
});

Deno.test("encrypted frames are decrypted with the acknowledged key", async () => {
  await using rig = new KisRig({ fake: { encrypted: ["H0STCNT0"] } });
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.registered.length === 1, "a registration");
  await rig.until(() => rig.source.status().subscribed?.length === 1, "the acknowledgement");
  rig.fake.publish("H0STCNT0", "005930", [TRADE_RECORD]);
  rig.fake.broadcast("1|H0STCNT0|001|bm90IGVuY3J5cHRlZA==");
  await rig.until(() => rig.events.length === 2, "both frames");
  expect(rig.frames).toEqual([`0|H0STCNT0|001|${TRADE_RECORD}`]);
  expect(rig.events[1]).toMatchObject({ type: "refused", code: "undecryptable" });
});

Deno.test("garbage is handed on to be refused, and the connection lives on", async () => {
  await using rig = new KisRig();
  rig.source.want(["005930"]);
  await rig.until(() => rig.source.status().subscribed?.length === 1, "a registration");
  rig.fake.broadcast("");
  rig.fake.broadcast("what?");
  rig.fake.broadcast('{"header":1}');
  rig.fake.broadcast(new Uint8Array([0xff, 0xfe]));
  rig.fake.publish("H0STCNT0", "005930", [TRADE_RECORD]);
  await rig.until(() => rig.events.length === 5, "all of it");
  expect(rig.events.map((event) => event.type)).toEqual(["refused", "refused", "refused", "frame", "frame"]);
});

Deno.test("a server that is away is tried at growing intervals with one approval key, and then all comes back", async () => {
  await using rig = new KisRig({
    source: { random: () => 1, timings: { backoff: { baseMs: 40, capMs: 400, floorMs: 20 } } },
  });
  rig.fake.accept(false);
  rig.source.want(["005930"]);
  await rig.until(() => rig.fake.attempts.length === 6, "six attempts");
  const waits = rig.fake.attempts.slice(1).map((at, index) => at - (rig.fake.attempts[index] as number));
  [40, 80, 160, 320, 400].forEach((ms, index) => expect(waits[index]).toBeGreaterThanOrEqual(ms - 5));
  expect(rig.source.status().state).toBe("connecting");
  rig.fake.accept(true);
  await rig.until(() => rig.fake.registered.length === 1, "the registration");
  expect(rig.fake.approvals.get("app-key-one")).toBe(1);
});

Deno.test("neither app key, secret nor approval key is ever logged", async () => {
  const logged: string[] = [];
  await configure({
    sinks: { list: (record) => logged.push(JSON.stringify([record.message, record.properties])) },
    loggers: [{ category: "tickbell", sinks: ["list"], lowestLevel: "trace" }, {
      category: ["logtape", "meta"],
      sinks: [],
    }],
  });
  try {
    await using rig = new KisRig({ fake: { unknownSymbols: ["999999"] } });
    rig.source.want(["005930", "999999"]);
    await rig.until(() => rig.fake.registered.length === 1, "a registration");
    rig.fake.drop();
    await rig.until(() => rig.fake.attempts.length === 2, "the second connection");
    rig.fake.drop();
    rig.fake.occupy("app-key-one");
    await rig.until(() => rig.source.status().state === "failed", "the rest");
  } finally {
    await reset();
  }
  expect(logged.length).toBeGreaterThan(2);
  expect(logged.join("\n")).toContain("ALARM");
  expect(logged.join("\n")).not.toMatch(/app-key-one|secret-one|approval-\d/);
});

Deno.test("outside the market's sessions nothing is connected", async () => {
  const sunday = Date.parse("2026-11-22T10:00:00+09:00");
  const clock = {
    now: () => sunday,
    monotonic: () => 0,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true })),
  };
  await using rig = new KisRig({ source: { always: false, clock } });
  rig.source.want(["005930"]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(rig.source.status()).toMatchObject({ state: "waiting" });
  expect(rig.source.status().detail).toContain("the market is closed until 2026-11-22T23:25:00.000Z");
  expect(rig.fake.approvals.size).toBe(0);
});
