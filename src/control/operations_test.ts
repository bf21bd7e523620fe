import { expect } from "expect";
import { eventsOf } from "./client/read_stream.ts";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { encodeDelivery, newDelivery } from "../alerts/ledger.ts";
import { deliveryKey } from "../alerts/ledger.ts";
import { silenceFor } from "../alerts/silences.ts";
import { signUnsubscribe } from "../alerts/unsubscribe.ts";
import type { Alert } from "../alerts/alert.ts";
import type { Trade } from "../market/trade.ts";
import { deadLetter } from "../books/dead_letter.ts";
import { findDeadLetter } from "../books/dead_letters.ts";
import { RecipientBook } from "../books/recipients.ts";
import { ControlBook } from "../books/control_book.ts";
import type { BacktestRunner } from "../backtest/job.ts";
import { runStored } from "../backtest/run_stored.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { BacktestReportView } from "./schemas/backtest.ts";
import { type Json, type TestControl, withControl } from "../../tests/support/control.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "72000",
  recipients: ["kim@example.com"],
};

const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 10, 22, 15);
const OPEN = DAY_START + 9 * HOUR;

function trade(eventTime: number, price: number, more: Partial<Trade> = {}): Trade {
  return {
    symbol: "005930",
    eventTime,
    price,
    sign: "2",
    change: price - 70_000,
    rate: Math.round((price - 70_000) / 7) / 100,
    open: 70_000,
    high: price,
    low: 70_000,
    volume: 10,
    accVolume: 10,
    accValue: 10,
    ask: price,
    bid: price,
    halted: "N",
    ...more,
  };
}

async function writeAlerts({ log }: TestControl, alerts: readonly Alert[]): Promise<void> {
  await log.append(alerts.map((alert) => ({
    topic: "alerts",
    key: alert.symbol,
    value: encodeAlert(alert),
    timestamp: alert.eventTime,
  })));
}

/** Waits for what the control role follows. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return await check();
    } catch (thrown) {
      if (attempt > 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

Deno.test("what would this rule have done: once a window, over the last session", () =>
  withControl(async (test) => {
    const trades = [
      trade(OPEN, 71_000),
      trade(OPEN + 1_000, 72_000),
      trade(OPEN + 2_000, 73_000),
      trade(OPEN + HOUR, 72_500),
      trade(OPEN + 2 * HOUR, 72_500, { halted: "Y" }),
      trade(OPEN + 2 * HOUR + 1, 71_000),
    ];
    await test.series.write({ trades: [trade(OPEN - 24 * HOUR, 80_000), ...trades], quotes: [] });
    const { status, body } = await test.json("POST", "/v1/rules:test", rule);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      trades: 6,
      complete: true,
      fires: 2,
      from: new Date(DAY_START).toISOString(),
    });
    expect(body.alerts.map((fire: Json) => fire.at)).toEqual([
      new Date(OPEN + 1_000).toISOString(),
      new Date(OPEN + HOUR).toISOString(),
    ]);
    const wider = await test.json("POST", `/v1/rules:test?from=${OPEN - 48 * HOUR}&to=${OPEN}`, rule);
    expect(wider.body).toMatchObject({ trades: 1, fires: 1 });
    expect((await test.json("POST", "/v1/rules:test", { ...rule, symbol: "005931" })).status).toBe(400);
    expect((await test.json("GET", "/v1/rules")).body.data).toEqual([]);
  }));

Deno.test("a trial uses the daily candles that there are, and says of a condition that it had no value", () =>
  withControl(async (test) => {
    const back = [5, 4, 3, 0].map((days) =>
      trade(OPEN - days * 24 * HOUR, 71_000 + (days === 0 ? 9_000 : 0))
    );
    await test.series.write({ trades: back, quotes: [] });
    const draft = (when: string) => ({ symbol: rule.symbol, when, recipients: rule.recipients });
    const tried = await test.json("POST", "/v1/rules:test", draft("sma(2,1d) >= 4"));
    const codes = (body: Json) => body.warnings.map(({ code }: Json) => code);
    expect(tried.body).toMatchObject({ trades: 1, fires: 1 });
    expect(codes(tried.body)).not.toContain("no_value");
    const short = await test.json("POST", "/v1/rules:test", draft("sma(20,1d) >= 4"));
    expect(short.body.fires).toBe(0);
    expect(short.body.warnings).toContainEqual({
      field: "conditions[0]",
      code: "no_value",
      reason: expect.stringContaining("sma(20) >= 4 had no value for 005930: "),
    });
  }));

Deno.test("why a rule has or has not fired: threshold, distance, paused, halted, fired already", () =>
  withControl(async (test) => {
    await test.json("POST", "/v1/rules", { ...rule, id: "r" });
    const explained = async () => (await test.json("GET", "/v1/rules/r/explain")).body;
    expect((await explained()).verdict).toBe("no_trade");
    await test.series.write({ trades: [trade(OPEN, 71_500)], quotes: [] });
    expect(await explained()).toMatchObject({
      verdict: "waiting",
      current: "71500",
      threshold: "72000",
      distance: "500",
      holds: false,
    });
    await test.series.write({ trades: [trade(OPEN + 1, 72_500, { halted: "Y" })], quotes: [] });
    expect((await explained()).verdict).toBe("halted");
    await test.series.write({ trades: [trade(OPEN + 2, 72_500, { session: "A" })], quotes: [] });
    expect((await explained()).verdict).toBe("auction");
    await test.series.write({ trades: [trade(OPEN + 3, 72_500)], quotes: [] });
    expect(await explained()).toMatchObject({ verdict: "met", holds: true, distance: "-500" });
    await test.json("POST", "/v1/rules/r/pause");
    expect((await explained()).verdict).toBe("paused");
    const windowStart = Math.floor(OPEN / HOUR) * HOUR;
    await writeAlerts(test, [
      alertFixture({ id: `r@${windowStart}`, ruleId: "r", windowStart, tenant: "default" }),
    ]);
    await eventually(async () => {
      expect(await explained()).toMatchObject({ verdict: "fired", alertId: `r@${windowStart}` });
    });
    const preview = (await test.json("GET", "/v1/rules/r/preview")).body;
    expect(preview.subject).toContain("삼성전자");
    expect(preview.html).toContain("72,500");
  }));

Deno.test("what a rule for several symbols would have done: each symbol's day from its beginning, in order of time", () =>
  withControl(async (test) => {
    const at = (symbol: string, minutes: number) => trade(OPEN + minutes * 60_000, 72_500, { symbol });
    const trades = [at("005930", 0), at("005930", 200), at("000660", 1), at("000660", 2)];
    await test.series.write({ trades, quotes: [] });
    const draft = {
      symbols: ["000660", "005930"],
      when: "price >= 1",
      repeat: "1h",
      recipients: ["a@example.com"],
    };
    const answer = await test.json("POST", "/v1/rules:test", draft);
    expect(answer.body.alerts.map(({ symbol }: Json) => symbol)).toEqual(["005930", "000660", "005930"]);
    const most = await test.json("POST", "/v1/rules:test", { ...draft, maxAlertsPerDay: 2 });
    expect(most.body.fires).toBe(2);
  }));

Deno.test("a change of what decides when it fires arms a rule anew; a note, or making it again, does not", () =>
  withControl(async ({ json }) => {
    const made = await json("POST", "/v1/rules", { ...rule, id: "r" });
    expect(made.body.armed).toBe(1);
    const patch = async (change: unknown) => (await json("PATCH", "/v1/rules/r", change)).body;
    expect(await patch({ note: "x" })).toMatchObject({ version: 2, armed: 1 });
    const changed = await patch({ value: 75000 });
    expect(changed).toMatchObject({ version: 3, armed: 3 });
    expect(changed.next).toBe("armed again: it fires on the next trade that meets it");
    expect(await patch({ recipients: ["lee@example.com"] })).toMatchObject({ version: 4, armed: 3 });
    expect(await patch({ repeat: "once" })).toMatchObject({ version: 5, armed: 5 });
    await json("POST", "/v1/rules/r/pause");
    expect((await json("POST", "/v1/rules/r/resume")).body).toMatchObject({ version: 7, armed: 7 });
    await json("DELETE", "/v1/rules/r");
    const body = { ...rule, id: "r", value: "75000", repeat: "once" };
    expect((await json("POST", "/v1/rules", body)).body).toMatchObject({ version: 9, armed: 7 });
    await json("DELETE", "/v1/rules/r");
    expect((await json("POST", "/v1/rules", { ...body, value: "76000" })).body).toMatchObject({
      version: 11,
      armed: 11,
    });
  }));

Deno.test("rules are found by a symbol that they name, or that is of their market", () =>
  withControl(async ({ json }) => {
    const { symbol: _, ...rest } = rule;
    await json("POST", "/v1/rules", [
      { ...rest, id: "one", symbol: "005930" },
      { ...rest, id: "list", symbols: ["000660", "005930"] },
      { ...rest, id: "kospi", market: "KOSPI" },
      { ...rest, id: "kosdaq", market: "KOSDAQ" },
    ]);
    const ids = async (symbol: string) =>
      (await json("GET", `/v1/rules?symbol=${symbol}&sort=id`)).body.data.map(({ id }: Json) => id);
    expect(await ids("005930")).toEqual(["kospi", "list", "one"]);
    expect(await ids("035720")).toEqual(["kospi"]);
  }));

Deno.test("why not, of several conditions: which one, how far, what is missing; and what happens next", () =>
  withControl(async (test) => {
    const two = {
      id: "two",
      when: "rate >= 5 and strength >= 120 and from_high(52w) <= -10",
      kind: undefined,
    };
    await test.json("POST", "/v1/rules", { ...rule, comparator: undefined, value: undefined, ...two });
    const explained = async () => (await test.json("GET", "/v1/rules/two/explain?symbol=005930")).body;
    const near = { rate: 5.5, strength: 110 };
    await test.series.write({ trades: [trade(OPEN, 71_500, near)], quotes: [] });
    expect(await explained()).toMatchObject({
      symbol: "005930",
      verdict: "not_known",
      reason: "from_high(52w) <= -10: there is no reference of the day: tickbell reference update",
      conditions: [
        { when: "rate >= 5", measured: "5.5", distance: "-0.5", holds: true, missing: null },
        { when: "strength >= 120", measured: "110", distance: "10", holds: false, missing: null },
        { when: "from_high(52w) <= -10", measured: null, distance: null, holds: false },
      ],
    });
    await test.json("PATCH", "/v1/rules/two", { when: "rate >= 5 and strength >= 120" });
    expect(await explained()).toMatchObject({
      verdict: "waiting",
      reason: "The last trade does not meet the condition: strength >= 120 is 110",
    });
    await test.json("PATCH", "/v1/rules/two", { sessions: ["pre"] });
    expect((await explained()).verdict).toBe("other_session");
    const paused = await test.json("POST", "/v1/rules/two/pause");
    expect(paused.body.next).toBe("paused: it fires once it is resumed");
  }));

Deno.test("a rule that fired once is spent though its alert is long gone: explain and next say so", () =>
  withControl(async (test) => {
    const body = { ...rule, id: "once", repeat: "once" };
    const { body: made } = await test.json("POST", "/v1/rules", body);
    const windowStart = Date.parse(made.armedAt);
    await test.series.write({ trades: [trade(windowStart + 1, 72_500)], quotes: [] });
    const verdict = async () => (await test.json("GET", "/v1/rules/once/explain")).body.verdict;
    expect(await verdict()).toBe("met");
    const mark = { ruleId: "once", symbol: null, armed: 1, windowStart };
    await test.log.append([
      { topic: "spent", key: "once", placement: "005930", value: JSON.stringify(mark), timestamp: 0 },
    ]);
    await eventually(async () => expect(await verdict()).toBe("fired"));
    const noted = await test.json("PATCH", "/v1/rules/once", { note: "again" });
    expect(noted.body.next).toBe("fired, and fires once: pause and resume it to arm it again");
    await test.json("POST", "/v1/rules/once/pause");
    await test.json("POST", "/v1/rules/once/resume");
    expect(await verdict()).toBe("met");
  }));

Deno.test("a measure of candles is explained and tried with the stored candles, and says how many are missing", () =>
  withControl(async (test) => {
    const minutes = (count: number) =>
      Array.from({ length: count }, (_, minute) => trade(OPEN + minute * 60_000, 70_000, { volume: 10 }));
    await test.series.write({ trades: minutes(4), quotes: [] });
    const body = { ...rule, id: "move", when: "move(5m) >= 2 and volume(3m) >= 1000" };
    const draft = { ...body, kind: undefined, comparator: undefined, value: undefined };
    await test.json("POST", "/v1/rules", draft);
    const explained = async () => (await test.json("GET", "/v1/rules/move/explain")).body;
    expect(await explained()).toMatchObject({
      verdict: "not_known",
      reason: "move(5m) >= 2: 3 of 6 minutes since the day's first trade",
    });
    await test.series.write({
      trades: [...minutes(8), trade(OPEN + 8 * 60_000, 71_400, { volume: 980 })],
      quotes: [],
    });
    expect(await explained()).toMatchObject({
      verdict: "met",
      conditions: [{ measured: "2", holds: true }, { measured: "1000", holds: true }],
    });
    const tried = await test.json(
      "POST",
      `/v1/rules:test?from=${OPEN + 8 * 60_000}&to=${OPEN + HOUR}`,
      draft,
    );
    expect(tried.body).toMatchObject({ trades: 1, fires: 1 });
  }));

Deno.test("what a rule that has fired does next is said when it is changed", () =>
  withControl(async (test) => {
    await test.json("POST", "/v1/rules", { ...rule, id: "r" });
    const windowStart = Math.floor(Date.now() / HOUR) * HOUR;
    await writeAlerts(test, [
      alertFixture({ id: `r@${windowStart}`, ruleId: "r", windowStart, windowEnd: windowStart + HOUR }),
    ]);
    await eventually(async () => {
      const { body } = await test.json("PATCH", "/v1/rules/r", { note: "x" });
      expect(body.next).toMatch(/^fired at 09:47, again from \d\d:00/);
    });
  }));

Deno.test("alerts: filters, pages, one with its deliveries, other tenants' hidden", () =>
  withControl(async (test) => {
    const alert = (n: number, over: Partial<Alert> = {}) =>
      alertFixture({
        id: `r${n}@${OPEN}`,
        ruleId: `r${n}`,
        tenant: "default",
        eventTime: OPEN + n,
        recipients: ["kim@example.com"],
        ...over,
      });
    const other = alert(9, { id: `acme~r9@${OPEN}`, ruleId: "acme~r9", tenant: "acme" });
    await writeAlerts(test, [alert(1), alert(2, { symbol: "000660" }), alert(3), alert(3), other]);
    const delivery = newDelivery(alert(1), "kim@example.com", { at: OPEN, origin: "alerts/0/0" });
    await test.log.append([{
      topic: "deliveries",
      key: deliveryKey(delivery.id, delivery.recipient),
      placement: delivery.symbol,
      value: encodeDelivery(delivery),
      timestamp: OPEN,
    }]);
    const ids = async (query: string) =>
      (await test.json("GET", `/v1/alerts${query}`)).body.data.map((a: Json) => a.ruleId);
    await eventually(async () => expect(await ids("")).toEqual(["r3", "r2", "r1"]));
    expect(await ids("?symbol=000660")).toEqual(["r2"]);
    expect(await ids("?ruleId=r1")).toEqual(["r1"]);
    expect(await ids(`?from=${OPEN + 2}`)).toEqual(["r3", "r2"]);
    expect(await ids(`?to=${encodeURIComponent(new Date(OPEN + 3).toISOString())}`)).toEqual(["r2", "r1"]);
    const first = (await test.json("GET", "/v1/alerts?limit=2")).body;
    expect(await ids(`?limit=2&cursor=${first.nextCursor}`)).toEqual(["r1"]);
    await eventually(async () => {
      const { body } = await test.json("GET", `/v1/alerts/r1@${OPEN}`);
      expect(body.deliveries).toMatchObject([{
        recipient: "kim@example.com",
        state: "pending",
        attempts: 0,
      }]);
      expect(body.eventTime).toBe(new Date(OPEN + 1).toISOString());
    });
    expect((await test.json("GET", `/v1/alerts/acme~r9@${OPEN}`)).status).toBe(404);
    expect((await test.json("GET", "/v1/alerts?from=yesterday")).body.code).toBe("bad_time");
  }));

/** The first events of a stream that are not heartbeats. */
async function events(response: Response, count: number): Promise<{ id: string; data: Json }[]> {
  const found: { id: string; data: Json }[] = [];
  for await (const { event, id = "", data } of eventsOf(response)) {
    if (event !== "heartbeat" && found.push({ id, data: JSON.parse(data) }) === count) break;
  }
  return found;
}

Deno.test("the stream of alerts: live, and with Last-Event-ID what was missed, each once", () =>
  withControl(async (test) => {
    const alert = (n: number, symbol: string) =>
      alertFixture({ id: `r${n}@${OPEN}`, ruleId: `r${n}`, tenant: "default", symbol, eventTime: OPEN + n });
    const live = await test.request("GET", "/v1/alerts/stream");
    expect(live.headers.get("content-type")).toContain("text/event-stream");
    const reading = events(live, 2);
    await writeAlerts(test, [alert(1, "005930"), alert(2, "000660")]);
    const [one, two] = await reading;
    expect(new Set([one!.data.ruleId, two!.data.ruleId])).toEqual(new Set(["r1", "r2"]));
    await writeAlerts(test, [alert(3, "005930"), alert(4, "000660")]);
    const resumed = await test.request("GET", "/v1/alerts/stream", undefined, { "last-event-id": one!.id });
    const missed = await events(resumed, 3);
    expect(missed.map((event) => event.data.ruleId).sort()).toEqual(
      [two!.data.ruleId, "r3", "r4"].sort(),
    );
  }, { partitions: 3 }));

Deno.test("a silence recurs by hours that begin on some days, and knows a rule's labels", () =>
  withControl(async (test) => {
    const input = {
      matchers: [{ field: "label", value: "team=desk-1" }],
      hours: "22:00-07:00",
      days: ["fri"],
      comment: "nights of the weekend",
    };
    const made = await test.json("POST", "/v1/silences", input);
    expect([made.status, made.body.until, made.body.days]).toEqual([201, null, ["fri"]]);
    const [silence] = (await ControlBook.load(test.log)).silences.all();
    const heldAt = (time: string, labels: Record<string, string>) => {
      const alert = { ...alertFixture(), labels };
      return silenceFor([{ ...silence!, from: 0 }], { alert, recipient: "x", now: Date.parse(time) }) !==
        undefined;
    };
    const team = { team: "desk-1" };
    // The 27th of November 2026 is a Friday.
    expect(heldAt("2026-11-27T23:00:00+09:00", team)).toBe(true);
    expect(heldAt("2026-11-28T06:59:00+09:00", team)).toBe(true);
    expect(heldAt("2026-11-27T06:59:00+09:00", team)).toBe(false);
    expect(heldAt("2026-11-28T23:00:00+09:00", team)).toBe(false);
    expect(heldAt("2026-11-27T23:00:00+09:00", { team: "desk-2" })).toBe(false);
    expect(heldAt("2026-11-27T23:00:00+09:00", {})).toBe(false);
    const refused = async (change: object) =>
      (await test.json("POST", "/v1/silences", { ...input, ...change })).body.errors[0].field;
    expect(await refused({ hours: undefined })).toBe("until");
    expect(await refused({ matchers: [{ field: "label", value: "team" }] })).toBe("matchers[0].value");
  }));

Deno.test("silences: made with who and why, seen by the notifier's book, ended", () =>
  withControl(async (test) => {
    const until = new Date(Date.now() + HOUR).toISOString();
    const input = { matchers: [{ field: "symbol", value: "005930" }], until, comment: "rebalancing" };
    const made = await test.json("POST", "/v1/silences", input);
    expect(made.body).toMatchObject({ state: "active", by: "root", comment: "rebalancing" });
    const silences = (await ControlBook.load(test.log)).silences.all();
    const alert = alertFixture({ symbol: "005930", tenant: "default" });
    const now = Date.now();
    expect(silenceFor(silences, { alert, recipient: "a@example.com", now })?.id).toBe(made.body.id);
    expect(silenceFor(silences, { alert, recipient: "a@example.com", now: now + 2 * HOUR })).toBeUndefined();
    expect(silenceFor(silences, { alert: { ...alert, tenant: "acme" }, recipient: "a@example.com", now }))
      .toBeUndefined();
    expect(silenceFor(silences, { alert: { ...alert, symbol: "000660" }, recipient: "x", now }))
      .toBeUndefined();
    expect((await test.json("GET", "/v1/silences")).body.data).toHaveLength(1);
    expect((await test.request("DELETE", `/v1/silences/${made.body.id}`)).status).toBe(204);
    expect((await ControlBook.load(test.log)).silences.all()).toEqual([]);
    expect((await test.json("POST", "/v1/silences", { ...input, until: 5 })).body.errors[0].field).toBe(
      "until",
    );
    expect((await test.json("POST", "/v1/silences", { ...input, matchers: [] })).status).toBe(400);
    const kind = { ...input, matchers: [{ field: "kind", value: "nothing" }] };
    expect((await test.json("POST", "/v1/silences", kind)).body.errors[0].field).toBe("matchers[0].value");
  }));

Deno.test("suppressions and quiet hours are what the notifier reads", () =>
  withControl(async (test) => {
    const path = "/v1/suppressions/Kim%40example.com";
    await test.json("PUT", path, { suppressed: true, reason: "asked to", quietHours: "22:00-07:30" });
    const book = await RecipientBook.load(test.log);
    expect(book.suppression("kim@example.com")).toMatchObject({ cause: "manual", reason: "asked to" });
    expect((await test.json("GET", "/v1/suppressions")).body.data).toHaveLength(1);
    await test.json("PUT", path, { suppressed: false, quietHours: null });
    expect((await test.json("GET", path)).body).toMatchObject({ suppression: null, quietHours: null });
    expect((await test.json("PUT", path, { quietHours: "late" })).status).toBe(400);
  }));

Deno.test("dead letters: the newest first, with their bytes, put back where they can be", () =>
  withControl(async (test) => {
    const letter = (n: number, origin: string) =>
      deadLetter({
        key: "005930",
        bytes: new TextEncoder().encode(`{"n":${n}`),
        code: "not_json",
        reason: "is cut short",
        role: "stream",
        origin,
        at: OPEN + n,
      });
    await test.log.append([letter(1, "trades/0/7"), letter(2, "rules/0/8"), letter(3, "trades/1/9")]);
    const first = (await test.json("GET", "/v1/deadletters?limit=2")).body;
    expect(first.data.map((one: Json) => one.origin)).toEqual(["trades/1/9", "rules/0/8"]);
    const second = (await test.json("GET", `/v1/deadletters?limit=2&cursor=${first.nextCursor}`)).body;
    expect(second.data.map((one: Json) => one.origin)).toEqual(["trades/0/7"]);
    expect((await test.json("GET", "/v1/deadletters?code=other")).body.data).toEqual([]);
    const [newest, rules] = first.data;
    expect((await test.json("GET", `/v1/deadletters/${newest.id}`)).body.text).toBe('{"n":3');
    const back = (await test.json("POST", `/v1/deadletters/${newest.id}/redrive`)).body;
    expect(back.topic).toBe("trades");
    // It is noted as the command notes it, and the note is no dead letter.
    expect((await findDeadLetter(test.log, Number(newest.id)))?.redrivenAt).not.toBeNull();
    expect((await test.json("GET", "/v1/deadletters?role=operator")).body.data).toEqual([]);
    expect((await test.json("POST", `/v1/deadletters/${rules.id}/redrive`)).status).toBe(409);
    expect((await test.json("GET", "/v1/deadletters/999")).status).toBe(404);
    expect((await test.json("GET", "/v1/deadletters/x")).status).toBe(404);
  }));

Deno.test("a stop link asks first, takes its recipient off, and pauses a rule that has no other", () => {
  const secret = "a secret of the tests, long";
  return withControl(async (test) => {
    await test.json("POST", "/v1/rules", {
      ...rule,
      id: "r",
      recipients: ["kim@example.com", "lee@example.com"],
    });
    const link = async (recipient: string) =>
      `/v1/unsubscribe?token=${await signUnsubscribe({ ruleId: "r", tenant: "default", recipient }, secret)}`;
    const ask = await test.control.app.request(await link("kim@example.com"));
    expect([ask.status, (await ask.text()).includes("<form")]).toEqual([200, true]);
    const standing = async () => (await test.json("GET", "/v1/rules/r")).body;
    expect((await standing()).recipients).toHaveLength(2);
    expect((await test.control.app.request(await link("kim@example.com"), { method: "POST" })).status).toBe(
      200,
    );
    expect(await standing()).toMatchObject({ recipients: ["lee@example.com"], enabled: true });
    await test.control.app.request(await link("lee@example.com"), { method: "POST" });
    expect(await standing()).toMatchObject({ recipients: ["lee@example.com"], enabled: false });
    expect((await test.control.app.request("/v1/unsubscribe?token=a.b", { method: "POST" })).status).toBe(
      403,
    );
  }, { linkSecret: secret });
});

Deno.test("hostile bodies are refused with a problem, and the next request is served", () =>
  withControl(async (test) => {
    const utf8 = new TextEncoder().encode(JSON.stringify(rule));
    const bodies: [string | Uint8Array, string][] = [
      [new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), "not_utf8"],
      ["[".repeat(200_000), "too_deep"],
      [`{"a":${"[".repeat(40)}${"]".repeat(40)}}`, "too_deep"],
      ["{", "not_json"],
      ["", "missing_body"],
      ["null", "bad_rule"],
      ["[]", "bad_list"],
      ['{"__proto__":{"enabled":true}}', "bad_rule"],
      ['{"constructor":{"prototype":{"x":1}}}', "bad_rule"],
      [JSON.stringify({ ...rule, value: 1e308 }), "bad_rule"],
      [JSON.stringify({ ...rule, value: "9".repeat(5_000) }), "bad_rule"],
      [utf8.slice(0, -1), "not_json"],
    ];
    for (const [body, code] of bodies) {
      const answer = await test.json("POST", "/v1/rules", body);
      expect([String(body).slice(0, 30), answer.status, answer.body.code]).toEqual([
        String(body).slice(0, 30),
        400,
        code,
      ]);
      expect(answer.body.requestId).toBeDefined();
    }
    expect((await test.json("POST", "/v1/rules", `"${"x".repeat(1_100_000)}"`)).status).toBe(413);
    expect((await test.json("POST", "/v1/rules", rule, { "content-type": "text/plain" })).status).toBe(415);
    expect((await test.json("GET", "/v1/rules?colour=red")).body.errors[0].code).toBe("unknown_parameter");
    expect((await test.json("GET", "/v1/rules?limit=0")).status).toBe(400);
    expect((await test.json("GET", "/v1/rules?limit=5&limit=6")).status).toBe(400);
    expect((await test.json("GET", `/v1/rules?text=${"x".repeat(9_000)}`)).status).toBe(414);
    expect((await test.json("GET", "/v1/rules", undefined, { "x-much": "x".repeat(40_000) })).status).toBe(
      431,
    );
    expect((await test.json("POST", "/v1/rules", rule)).status).toBe(201);
    expect(({} as Json).x).toBeUndefined();
  }));

Deno.test("answers carry security headers and a request id; nothing is allowed across origins", () =>
  withControl(async (test) => {
    const { headers } = await test.json("GET", "/v1/rules", undefined, { origin: "https://evil.example" });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("access-control-allow-origin")).toBeNull();
    for (const path of ["/docs", "/docs/page.js", "/docs/page.css"]) {
      const text = await (await test.request("GET", path)).text();
      expect(text).not.toMatch(/https?:\/\//);
    }
  }));

/** Runs backtests here, each once `begin` resolves. */
function runnerOf(begin: Promise<void>, test: () => TestControl): BacktestRunner {
  return {
    async *run(job, signal) {
      yield { date: null, days: 0, daysTotal: 1, trades: 0, fires: 0 };
      const aborted = new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("ended")), { once: true })
      );
      await Promise.race([begin, aborted]);
      return yield* runStored(job, { series: test().series, module: await engineModule() });
    },
  };
}

/** Asks for a backtest until it is no longer open. */
async function ended(test: TestControl, id: string): Promise<Json> {
  let body: Json;
  await eventually(async () => {
    body = (await test.json("GET", `/v1/backtests/${id}`)).body;
    expect(["queued", "running"]).not.toContain(body.state);
  });
  return body;
}

Deno.test("trials over recorded trades take turns, and of one tenant only so many wait", async () => {
  await withControl(async (test) => {
    await test.series.write({ trades: [trade(OPEN, 71_000), trade(OPEN + 1, 72_500)], quotes: [] });
    const rule = { symbol: "005930", when: "price >= 72000", recipients: ["kim@example.com"] };
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => test.json("POST", "/v1/rules:test", rule)),
    );
    const codes = answers.map(({ status, body }) => status === 200 ? `fires ${body.fires}` : body.code);
    expect([...new Set(codes)].sort()).toEqual(["fires 1", "too_many_at_once"]);
    expect((await test.json("POST", "/v1/rules:test", rule)).status).toBe(200);
  });
});

Deno.test("a backtest is a job: it is asked for until it is done, then its report has every form; it can be ended", async () => {
  const begin = Promise.withResolvers<void>();
  let known: TestControl | undefined;
  await withControl(async (test) => {
    known = test;
    await test.series.write({ trades: [trade(OPEN, 71_000), trade(OPEN + 1, 72_500)], quotes: [] });
    const input = {
      rules: [{ symbol: "005930", when: "price >= 72000" }],
      from: "2026-11-23",
      to: "2026-11-24",
    };
    const { status, headers, body } = await test.json("POST", "/v1/backtests", input);
    expect([status, headers.get("location")]).toEqual([202, `/v1/backtests/${body.id}`]);
    expect((await test.json("GET", `/v1/backtests/${body.id}/report`)).body.code).toBe("not_finished");
    const other = await test.json("POST", "/v1/backtests", { ...input, sweep: "value=72000..73000/500" });
    await test.json("POST", "/v1/backtests", input);
    expect((await test.json("POST", "/v1/backtests", input)).body.code).toBe("too_many_backtests");
    begin.resolve();
    expect(await ended(test, body.id)).toMatchObject({
      state: "done",
      progress: { days: 2, trades: 2, fires: 1 },
    });
    const { body: report } = await test.json("GET", `/v1/backtests/${body.id}/report`);
    expect(BacktestReportView.parse(report)).toEqual(report);
    expect(report.fires).toMatchObject([{ at: "2026-11-23T00:00:00.001Z", price: 72_500, name: "삼성전자" }]);
    for (const [format, type] of [["csv", "text/csv"], ["html", "text/html"], ["text", "text/plain"]]) {
      const answer = await test.request("GET", `/v1/backtests/${body.id}/report?format=${format}`);
      expect([answer.status, answer.headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
      expect((await answer.text()).length).toBeGreaterThan(100);
    }
    expect((await ended(test, other.body.id)).state).toBe("done");
    const { body: swept } = await test.json("GET", `/v1/backtests/${other.body.id}/report`);
    expect(swept.sweep.steps.map(({ fires }: Json) => fires)).toEqual([1, 1, 0]);
    expect((await test.json("GET", "/v1/backtests?limit=2")).body.data).toHaveLength(2);
    expect((await test.request("DELETE", `/v1/backtests/${body.id}`)).status).toBe(204);
    expect((await test.json("GET", `/v1/backtests/${body.id}`)).status).toBe(404);
    for (
      const [bad, code] of [
        [{ ...input, from: "2026-11-25" }, "bad_day"],
        [{ ...input, from: "2026-02-30" }, "bad_day"],
        [{ ...input, rules: [{ symbol: "005930", when: "pric >= 1" }] }, "bad_rule"],
        [{ ...input, sweep: "value=9..1/1" }, "bad_sweep"],
        [{ from: "2026-11-23" }, "bad_body"],
        [{ ...input, ruleIds: ["none"] }, "not_found"],
      ] as const
    ) expect((await test.json("POST", "/v1/backtests", bad)).body.code).toBe(code);
  }, { backtests: runnerOf(begin.promise, () => known!) });
});

Deno.test("a backtest that runs can be ended, and where there is no engine there are none", async () => {
  const input = { rules: [{ symbol: "005930", when: "price >= 1" }], from: "2026-11-23", to: "2026-11-23" };
  let known: TestControl | undefined;
  await withControl(async (test) => {
    known = test;
    const { body } = await test.json("POST", "/v1/backtests", input);
    await eventually(async () =>
      expect((await test.json("GET", `/v1/backtests/${body.id}`)).body.state).toBe("running")
    );
    await test.request("DELETE", `/v1/backtests/${body.id}`);
    expect((await ended(test, body.id)).state).toBe("cancelled");
  }, { backtests: runnerOf(new Promise(() => {}), () => known!) });
  await withControl(async (test) =>
    expect((await test.json("POST", "/v1/backtests", input)).body.code).toBe("no_backtests")
  );
});

Deno.test("a chart has candles of every length, made of minutes and days", () =>
  withControl(async (test) => {
    const trades = [0, 2, 4, 5, 61].map((minute) => trade(OPEN + minute * 60_000, 71_000 + minute));
    await test.series.write({ trades, quotes: [] });
    const span = `from=${DAY_START}&to=${OPEN + 24 * HOUR}`;
    const starts = async (interval: string) => {
      const { body } = await test.json("GET", `/v1/market/005930/candles?interval=${interval}&${span}`);
      return body.data.map(({ start, close }: Json) => [(start - OPEN) / 60_000, close]);
    };
    expect(await starts("5m")).toEqual([[0, 71_004], [5, 71_005], [60, 71_061]]);
    expect(await starts("60m")).toEqual([[0, 71_005], [60, 71_061]]);
    expect(await starts("1d")).toHaveLength(1);
    const week = await test.json("GET", `/v1/market/005930/candles?interval=1w&from=${DAY_START}&to=${OPEN}`);
    expect(week.body.data).toMatchObject([{ interval: "1w", start: DAY_START }]);
  }));
