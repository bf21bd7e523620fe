import { expect } from "expect";
import type { DayReport } from "./day_report.ts";
import { reportText } from "./report_text.ts";

const NOTHING: DayReport = {
  date: "20261130",
  madeAt: Date.UTC(2026, 10, 30, 0, 5),
  isTradingDay: true,
  isOver: false,
  isWhole: true,
  trades: {
    symbols: 0,
    trades: 0,
    received: 0,
    exchange: 0,
    before: 0,
    missing: 0,
    twice: 0,
    symbolsMissing: 0,
    polled: 0,
    since: null,
  },
  losses: [],
  feedGaps: [],
  logGaps: [],
  selfCheck: { trades: 0, rounds: 0, differences: 0 },
  silent: { rules: 1, symbols: [{ symbol: "005930", rules: 1 }] },
  alerts: 1,
  messages: { outcomes: { sent: 1 }, late: 0, slowestMs: 0 },
  deadLetters: {},
};

Deno.test("of a day that goes on only closed minutes are spoken of: its trades may have fired rules already", () => {
  const { title, lines } = reportText(NOTHING, "en");
  expect(title).toBe("2026-11-30 (so far): no closed minute has a trade");
  expect(lines[0]).toBe("Trades: none in closed minutes");
  expect(lines).toContain("Rules that wait for symbols without a trade in a closed minute: 1");
  expect(reportText(NOTHING, "ko").title).toBe("2026-11-30 (지금까지): 마감된 분에 체결이 없습니다");
});

Deno.test("a trading day that ended without a trade says so, and so does a holiday", () => {
  const { title, lines } = reportText({ ...NOTHING, isOver: true }, "en");
  expect([title, lines[0]]).toEqual(["2026-11-30: no trade came", "Trades: none"]);
  expect(lines).toContain("Rules that waited for symbols of which nothing came: 1");
  expect(reportText({ ...NOTHING, isOver: true, isTradingDay: false }, "en").title).toBe(
    "2026-11-30: no trading",
  );
});
