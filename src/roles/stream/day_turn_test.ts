import { expect } from "expect";
import { referenceOf } from "../../../tests/support/references.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { appendRules, runUntilDone } from "../../../tests/support/stream_restarts.ts";
import { allRecords, temporaryLog } from "../../../tests/support/temporary_log.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { OutsideError } from "../../core/errors.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { referenceRecord } from "../../books/reference_book.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import { decodeReference } from "../../market/reference_codec.ts";
import { parseWhen } from "../../rules/when.ts";
import { InputIssues } from "../../rules/input_issues.ts";

/** 09:00 on a Monday in Seoul. */
const MONDAY = Date.parse("2026-11-23T09:00:00+09:00");
const DAY = 86_400_000;

function tradeRecord(day: number, price: number) {
  const eventTime = MONDAY + day * DAY;
  const trade = tradeOf({ eventTime, price, change: price - 10_000, open: price, high: price, low: price });
  return { topic: "trades", key: trade.symbol, value: encodeTrade(trade), timestamp: eventTime } as const;
}

Deno.test("a log that takes no references from the stream holds no alert back", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const refusing: EventLog = new Proxy(log, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (name !== "append") return typeof member === "function" ? member.bind(target) : member;
      return (records: readonly NewRecord[]) =>
        records.some(({ topic }) => topic === "reference")
          ? Promise.reject(new OutsideError("refused", "not authorized", { retryable: false }))
          : target.append(records);
    },
  });
  await appendRules(log, [ruleOf({ id: "price", value: "10800", repeat: "day" })]);
  await log.append([tradeRecord(0, 10_000), tradeRecord(1, 10_800), tradeRecord(2, 10_900)]);
  await runUntilDone(refusing);
  const alerts = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!).price);
  expect(alerts).toEqual([10_800, 10_900]);
});

Deno.test("measures of days go on from our own candles, from the first trade of a day on, through a crash as well", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const conditions = parseWhen("sma(3,1d) >= 3", "when", new InputIssues())!;
  await appendRules(log, [
    ruleOf({ id: "average", kind: "condition", comparator: null, value: null, conditions }),
  ]);
  await log.append([
    referenceRecord(referenceOf("005930", { date: "20261123" }), 0),
    tradeRecord(0, 10_000),
    tradeRecord(1, 10_400),
    // 3.85 % above the mean of the three.
    tradeRecord(2, 10_800),
  ]);
  await runUntilDone(log, true);
  const known = async () =>
    (await allRecords(log, "reference")).map(({ value }) => decodeReference(value!))
      .filter(({ symbol }) => symbol === "005930").map(({ date, candles }) => [
        date,
        candles.map(({ close }) => close),
      ]);
  const wanted = ["20261125", [10_000, 10_400]];
  expect((await known()).at(-1)).toEqual(wanted);
  const count = (await known()).length;
  await runUntilDone(log);
  expect(await known()).toHaveLength(count);
  const [alert] = (await allRecords(log, "alerts")).map(({ value }) => decodeAlert(value!));
  expect(alert).toMatchObject({ ruleId: "average", price: 10_800, eventTime: MONDAY + 2 * DAY });
  expect(alert?.conditions[0]?.measured).toBe("3.85");
});
