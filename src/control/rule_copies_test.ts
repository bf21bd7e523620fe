import { expect } from "expect";
import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock, VirtualClock } from "../core/clock.ts";
import { OutsideError } from "../core/errors.ts";
import type { EventLog } from "../ports/event_log.ts";
import { type Json, type TestControl, withControl } from "../../tests/support/control.ts";
import { standing, wantedStanding } from "../../tests/support/rules_standing.ts";
import { until } from "../../tests/support/until.ts";

const PARTITIONS = 4;
const rule = { symbols: ["005930", "000660"], when: "rate >= 5", recipients: ["kim@example.com"] };

const wanted = (body: Json) => wantedStanding(body, PARTITIONS);

async function withLog(body: (log: EventLog) => Promise<void>): Promise<void> {
  const log = await openSqliteLog({ path: ":memory:", partitions: PARTITIONS, clock: systemClock });
  try {
    await body(log);
  } finally {
    await log.close();
  }
}

const read = async ({ json }: TestControl, id: string) => (await json("GET", `/v1/rules/${id}`)).body;

Deno.test("a rule for several symbols stands on the partitions of its symbols, one for a market on all", () =>
  withControl(async (test) => {
    const { json, log } = test;
    const made = await json("POST", "/v1/rules", { ...rule, id: "list" });
    expect([made.status, made.body.symbol, made.body.symbols, made.body.maxAlertsPerDay]).toEqual(
      [201, null, ["000660", "005930"], 200],
    );
    expect(await standing(log, "list")).toEqual(wanted(made.body));
    const edited = await json("PATCH", "/v1/rules/list", { symbols: ["035720"], note: "x" });
    expect([edited.status, edited.body.version]).toEqual([200, 2]);
    expect(await standing(log, "list")).toEqual(wanted(edited.body));
    const market = await json("POST", "/v1/rules", {
      ...rule,
      symbols: undefined,
      market: "KOSDAQ",
      id: "market",
    });
    expect(await standing(log, "market")).toEqual(wanted(market.body));
    expect(new Set(await standing(log, "market"))).toEqual(new Set([1]));
    expect((await json("GET", "/v1/rules")).body.data.map(({ id }: Json) => id).sort()).toEqual([
      "list",
      "market",
    ]);
    expect((await json("PATCH", "/v1/rules/list", { symbol: "005930" })).status).toBe(400);
    for (const id of ["list", "market"]) {
      expect((await json("DELETE", `/v1/rules/${id}`)).status).toBe(204);
      expect(await standing(log, id)).toEqual([null, null, null, null]);
    }
    const again = await json("POST", "/v1/rules", { ...rule, symbols: ["000660"], id: "list" });
    expect(await standing(log, "list")).toEqual(wanted(again.body));
  }, { partitions: PARTITIONS }));

Deno.test("an id of one symbol, deleted and made again for several, stands where the first one was, too", () =>
  withControl(async ({ json, log }) => {
    for (const symbol of ["005930", "000660", "035720"]) {
      const id = `of-${symbol}`;
      await json("POST", "/v1/rules", { ...rule, symbols: undefined, symbol, id });
      expect((await json("DELETE", `/v1/rules/${id}`)).status).toBe(204);
      const again = await json("POST", "/v1/rules", { ...rule, symbols: undefined, market: "*", id });
      expect(await standing(log, id)).toEqual(wanted(again.body));
    }
  }, { partitions: PARTITIONS }));

/** A log that takes so many appends of the rule `r` and then none. */
function failingLog(log: EventLog) {
  const takes = { appends: Infinity };
  const append: EventLog["append"] = (records) => {
    if (records.some(({ key }) => key === "r") && takes.appends-- <= 0) {
      return Promise.reject(new OutsideError("away", "the log is away", { retryable: false }));
    }
    return log.append(records);
  };
  const failing = new Proxy(log, {
    get(target, name) {
      const member = Reflect.get(target, name);
      return name === "append" ? append : typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { failing, takes };
}

Deno.test("what a crash between the home and its copies left is put right", () =>
  withLog(async (log) => {
    const { failing, takes } = failingLog(log);
    await withControl(async ({ json }) => {
      await json("POST", "/v1/rules", { ...rule, symbols: undefined, market: "*", id: "r" });
      takes.appends = 1;
      expect((await json("PATCH", "/v1/rules/r", { market: "KOSPI" })).status).toBeGreaterThanOrEqual(500);
      expect(new Set(await standing(log, "r"))).toEqual(new Set([1, 2]));
    }, { log: failing });
    await withControl(async (test) => {
      await until(async () => {
        const stands = await standing(log, "r");
        return stands.every((version) => version === 2) || undefined;
      }, "the copies of version 2");
      expect((await read(test, "r")).version).toBe(2);
    }, { log });
  }));

Deno.test("copies that could not be written are written once the log is back, by the same process", () =>
  withLog(async (log) => {
    const { failing, takes } = failingLog(log);
    const clock = new VirtualClock(Date.UTC(2026, 2, 10, 3));
    await withControl(async ({ json }) => {
      await json("POST", "/v1/rules", { ...rule, symbols: undefined, market: "*", id: "r" });
      takes.appends = 1;
      expect((await json("DELETE", "/v1/rules/r")).status).toBeGreaterThanOrEqual(500);
      // The log is away while they are to be put right, too.
      for (let round = 0; round < 5; round++) await clock.advance(1_000);
      expect(await standing(log, "r")).toContain(1);
      takes.appends = Infinity;
      await until(async () => {
        await clock.advance(1_000);
        return (await standing(log, "r")).every((version) => version === null);
      }, "every copy to go");
    }, { log: failing, clock });
  }));

Deno.test("two instances change and delete rules of many symbols at once: no partition keeps an old one", () =>
  withLog((log) =>
    withControl((a) =>
      withControl(async (b) => {
        const lists = [["005930"], ["000660", "035720"], ["005930", "000660", "035720"]];
        await a.json("POST", "/v1/rules", { ...rule, id: "r" });
        for (let round = 0; round < 20; round++) {
          await Promise.all(
            [a, b].map(async (one, at) =>
              await one.json("PATCH", "/v1/rules/r", {
                symbols: lists[(round + at) % 3],
                note: `${at}${round}`,
              })
            ),
          );
        }
        await until(async () => {
          const [one, two] = await Promise.all([read(a, "r"), read(b, "r")]);
          if (JSON.stringify(one) !== JSON.stringify(two)) return undefined;
          return JSON.stringify(await standing(log, "r")) === JSON.stringify(wanted(one)) || undefined;
        }, "every partition to have what the home says");
        await Promise.all([
          a.json("DELETE", "/v1/rules/r"),
          b.json("PATCH", "/v1/rules/r", { note: "late" }),
        ]);
        await until(async () => {
          const { status, body } = await a.json("GET", "/v1/rules/r");
          const stands = JSON.stringify(await standing(log, "r"));
          const none = JSON.stringify([null, null, null, null]);
          return stands === (status === 404 ? none : JSON.stringify(wanted(body))) || undefined;
        }, "every partition to have what the home says after the deletion");
      }, { log }), { log })
  ));
