import { expect } from "expect";
import type { Trade } from "../market/trade.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import { thinTrades } from "./thin_trades.ts";

Deno.test("a burst in at most four trades of a symbol makes the candle of all of them", () => {
  const prices = [100, 104, 97, 101, 103, 99, 102];
  const burst = prices.flatMap((price, at): Trade[] => [
    { ...tradeOf(), symbol: "005930", eventTime: at, price, volume: 10 + at },
    { ...tradeOf(), symbol: "000660", eventTime: at, price: 200, volume: 1 },
  ]);
  const thin = thinTrades(burst);
  const candleOf = (trades: readonly Trade[], symbol: string) => {
    const own = trades.filter((one) => one.symbol === symbol);
    const all = own.map(({ price }) => price);
    return [
      all[0],
      Math.max(...all),
      Math.min(...all),
      all.at(-1),
      own.reduce((sum, { volume }) => sum + volume, 0),
    ];
  };
  for (const symbol of ["005930", "000660"]) expect(candleOf(thin, symbol)).toEqual(candleOf(burst, symbol));
  expect(thin.filter(({ symbol }) => symbol === "005930").map(({ price }) => price)).toEqual([
    100,
    104,
    97,
    102,
  ]);
  expect(thin.filter(({ symbol }) => symbol === "000660").length).toBe(2);
  expect(thin.map(({ eventTime }) => eventTime)).toEqual(
    [...thin.map(({ eventTime }) => eventTime)].sort((a, b) => a - b),
  );
  expect(thinTrades([])).toEqual([]);
});
