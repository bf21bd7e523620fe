import { expect } from "expect";
import { dailyShare } from "./daily_share.ts";

const SYMBOLS = ["000660", "005930", "035420", "035720", "068270", "105560", "207940", "373220"];

Deno.test("a rule of one symbol has its whole day on the one partition that it stands on", () => {
  expect(dailyShare({ maxAlertsPerDay: 10, symbol: "005930", symbols: null }, 32)).toBe(10);
  expect(dailyShare({ maxAlertsPerDay: 10, symbol: null, symbols: ["005930"] }, 32)).toBe(10);
});

Deno.test("a rule of many has its parts where its symbols are, rounded up; no limit stays none", () => {
  expect(dailyShare({ maxAlertsPerDay: 9, symbol: null, symbols: SYMBOLS }, 2)).toBe(5);
  expect(dailyShare({ maxAlertsPerDay: 200, symbol: null, symbols: null }, 32)).toBe(7);
  expect(dailyShare({ maxAlertsPerDay: 200, symbol: null, symbols: SYMBOLS.slice(0, 2) }, 1_024)).toBe(100);
  expect(dailyShare({ maxAlertsPerDay: null, symbol: "005930", symbols: null }, 2)).toBe(Infinity);
});
