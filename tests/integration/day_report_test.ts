import { expect } from "expect";
import { decodeDelivery } from "../../src/alerts/ledger.ts";
import { noticeMessage } from "../../src/alerts/notice_message.ts";
import { systemClock } from "../../src/core/clock.ts";
import { allRecords } from "../support/temporary_log.ts";
import { until } from "../support/until.ts";
import { checkedRecord } from "../../src/books/checked_days.ts";
import { deadLetter } from "../../src/books/dead_letter.ts";
import { feedRecord } from "../../src/books/feed_report.ts";
import { type Json, withControl } from "../support/control.ts";
import { OPENING, reportOf } from "../support/reported_day.ts";
import { temporaryLog } from "../support/temporary_log.ts";

const SHORT = { minutes: 12, rate: 6 };
const rule = { kind: "target_price", comparator: "gte", value: 1, recipients: ["kim@example.com"] };

Deno.test("a clean day's report says that nothing was missed, and nothing that is not so", async () => {
  await using temporary = await temporaryLog(1);
  const { day, report, page } = await reportOf(temporary.log, { ...SHORT, losses: 0 });
  expect(report).toMatchObject({
    day: "2026-11-26",
    isTradingDay: true,
    isWhole: true,
    losses: [],
    deadLetters: {},
  });
  expect(report.trades).toMatchObject({ missing: 0, twice: 0, symbolsMissing: 0, polled: 0 });
  expect(report.trades.received + report.trades.before).toBe(report.trades.exchange);
  expect(report.trades.trades).toBeLessThanOrEqual(day.trades);
  expect(report.text[0]).toBe("2026-11-26: nothing was missed");
  expect(page).toContain("빠진 것이 없습니다");
});

Deno.test("a day's report finds the losses that were planted: of each symbol the shares and the minute", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const { day, report } = await reportOf(log, { ...SHORT, losses: 7 }, async ({ json }) => {
    const at = OPENING + 60_000;
    await json("POST", "/v1/rules", { ...rule, symbol: "005930" });
    await log.append([
      checkedRecord({ rounds: 2, trades: 100, differences: 0, missed: 0, since: at }, {
        date: "20261126",
        instance: "a",
        at,
      }),
      deadLetter({
        key: "x",
        bytes: new Uint8Array(),
        code: "mail_refused",
        reason: "no",
        role: "notifier",
        origin: "alerts/0/1",
        at,
      }),
      feedRecord({
        source: "kis",
        state: "open",
        detail: "",
        refused: [],
        gaps: [{ symbol: "005930", at, reason: "the connection was lost; 3 trades filled from REST" }],
        events: [],
        symbols: [],
      }, at),
    ]);
  });
  expect(day.planted.size).toBe(7);
  expect(report.isWhole).toBe(false);
  expect(new Map(report.losses.map(({ symbol, missing }: Json) => [symbol, missing]))).toEqual(day.planted);
  for (const { lost, missing } of report.losses) {
    expect(lost.reduce((sum: number, { shares }: Json) => sum + shares, 0)).toBe(missing);
  }
  expect(report.deadLetters).toEqual({ mail_refused: 1 });
  expect(report.feedGaps).toHaveLength(1);
  expect(report.selfCheck).toMatchObject({ rounds: 2, trades: 100, differences: 0 });
  expect(report.text[0]).toBe("2026-11-26: something was missed");
});

Deno.test("a day to come and a word that is no day have no report", () =>
  withControl(async ({ json }) => {
    expect((await json("GET", "/v1/reports/2999-01-01")).status).toBe(404);
    expect((await json("GET", "/v1/reports/yesterday")).status).toBe(400);
    const { body } = await json("GET", "/v1/reports/today");
    expect(body).toMatchObject({ isOver: false, trades: { trades: 0, since: null } });
  }));

Deno.test("the operator is mailed the day's report once, though control starts again", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const evening = { ...systemClock, now: () => OPENING + 12 * 3_600_000 };
  const options = { log, clock: evening, report: { to: "ops@example.com", atMs: 0, locale: "ko" } as const };
  const notices = async () => {
    const written = await allRecords(log, "deliveries");
    return written.filter(({ key }) => key.startsWith("notice:")).map(({ value }) => decodeDelivery(value!));
  };
  await withControl(
    async () => void await until(async () => (await notices()).length > 0, "the notice"),
    options,
  );
  const [{ id, recipient, notice }] = await notices() as [Json];
  expect([id, recipient]).toEqual(["notice:report:default:20261126", "ops@example.com"]);
  const { subject, text } = noticeMessage(notice, {});
  expect(subject).toBe("[Tickbell] 2026-11-26 (지금까지): 마감된 분에 체결이 없습니다");
  expect(text).toContain("데드레터: 없음");
  await withControl(async ({ json }) => {
    // It has looked once the report that it would send is made.
    await json("GET", "/v1/reports/today");
  }, options);
  expect(await notices()).toHaveLength(1);
});
