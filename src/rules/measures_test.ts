import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import type { Trade } from "../market/trade.ts";
import { InputIssues } from "./input_issues.ts";
import { MEASURE_NAMES, measuredUnits, MEASURES } from "./measures.ts";
import { ratio, type Snapshot } from "./measures/measure.ts";
import { snapshotOf } from "./snapshot.ts";
import { formatMeasure, parseWhen } from "./when.ts";

const TRADE = tradeOf({
  price: 10_500,
  change: 500,
  rate: 5,
  sign: "2",
  open: 10_200,
  high: 10_600,
  low: 9_900,
  volume: 1_234,
  accVolume: 987_654,
  accValue: 10_123_456_789,
  ask: 10_510,
  bid: 10_500,
  strength: 123.456,
  turnover: 1.234,
  viBase: 10_000,
  previousVolumeRate: 310.5,
  totalBidSize: 3_000,
  totalAskSize: 2_000,
});

const candles = Array.from({ length: 260 }, (_, index) => ({
  date: `2026${String(1 + Math.floor(index / 28)).padStart(2, "0")}${
    String(1 + index % 28).padStart(2, "0")
  }`,
  open: 10_000,
  high: index === 200 ? 12_000 : 11_000,
  low: index === 210 ? 8_000 : 9_000,
  close: 10_000,
  volume: 1,
}));
const REFERENCE = referenceOf("005930", { date: "20261123", candles, listedOn: "20000101" });

function measured(
  text: string,
  trade: Partial<Trade> = {},
  over: Partial<Snapshot> = {},
): number | undefined {
  const issues = new InputIssues();
  const [condition] = parseWhen(text, "when", issues) ?? [];
  issues.throwIfAny("bad_when");
  return measuredUnits(
    condition!,
    snapshotOf({ ...TRADE, ...trade } as Trade, { reference: REFERENCE, ...over }),
  );
}

Deno.test("what each measure says of a trade, by hand", () => {
  const said = (name: string) => measured(`${name} >= 1`);
  expect({
    price: said("price"),
    change: said("change"),
    abs_change: measured("abs_change >= 1", { change: -500 }),
    rate: said("rate"),
    abs_rate: measured("abs_rate >= 1", { rate: -4.76 }),
    limit: measured("limit >= 1", { sign: "4" }),
    abs_limit: measured("abs_limit >= 1", { sign: "4" }),
    gap: said("gap"),
    from_open: said("from_open"),
    from_high: said("from_high"),
    "from_high(20d)": said("from_high(20d)"),
    "from_high(60d)": said("from_high(60d)"),
    from_low: said("from_low"),
    "from_low(60d)": said("from_low(60d)"),
    "sma(20)": said("sma(20)"),
    trade_value: measured("trade_value >= 10000"),
    day_value: measured("day_value >= 10000"),
    day_volume: said("day_volume"),
    strength: said("strength"),
    turnover: said("turnover"),
    volume_rate: said("volume_rate"),
    spread: said("spread"),
    book_ratio: said("book_ratio"),
    vi_gap: said("vi_gap"),
    vi: measured("vi", {}, { status: { vi: true, halted: false } }),
    halted: measured("halted", {}, { status: { vi: true, halted: false } }),
  }).toEqual({
    price: 10_500,
    change: 500,
    abs_change: 500,
    rate: 500,
    abs_rate: 476,
    limit: -1,
    abs_limit: 1,
    gap: 200, // (10,200 - 10,000) / 10,000
    from_open: 294, // 300 / 10,200 = 2.941 %
    from_high: -94, // -100 / 10,600 = -0.943 %
    "from_high(20d)": -455, // -500 / 11,000 = -4.545 %
    "from_high(60d)": -1_250, // -1,500 / 12,000
    from_low: 606, // 600 / 9,900 = 6.06 %
    "from_low(60d)": 3_125, // 2,500 / 8,000
    "sma(20)": 474, // mean (19 * 10,000 + 10,500) / 20 = 10,025: 475 / 10,025 = 4.738 %
    trade_value: 1_295, // 12,957,000 won
    day_value: 1_012_345,
    day_volume: 987_654,
    strength: 12_346,
    turnover: 123,
    volume_rate: 31_050,
    spread: 10, // 10 / 10,505 = 0.095 %
    book_ratio: 150,
    vi_gap: 500, // 10 - 5
    vi: 1,
    halted: 0,
  });
});

Deno.test("what is missing has no value; what is beyond every threshold is clamped", () => {
  for (const name of ["strength", "turnover", "volume_rate", "book_ratio", "vi_gap"] as const) {
    const missing = {
      strength: undefined,
      turnover: undefined,
      viBase: undefined,
      previousVolumeRate: undefined,
    };
    expect([name, measured(`${name} >= 1`, { ...missing, totalAskSize: undefined })]).toEqual([
      name,
      undefined,
    ]);
  }
  expect(measured("from_open >= 1", { open: 0 })).toBeUndefined();
  expect(measured("from_high(52w) <= 0", {}, { reference: undefined })).toBeUndefined();
  expect(measured("book_ratio >= 1", { totalAskSize: 0 })).toBe(2_000_000_001);
  expect(measured("day_volume >= 1", { accVolume: Number.MAX_SAFE_INTEGER })).toBe(2_000_000_001);
});

Deno.test("divisions round half away from zero, and there is no minus zero", () => {
  expect([ratio(1, 8, 2), ratio(-1, 8, 2), ratio(-1, 1_000_000, 2), ratio(5, 2, 0), ratio(-5, 2, 0)]).toEqual(
    [13, -13, 0, 3, -3],
  );
  expect(Object.is(ratio(-1, 1_000_000, 2), -0)).toBe(false);
});

Deno.test("every measure has its words in both languages, and its states where it has few values", () => {
  for (const name of MEASURE_NAMES) {
    const { words, unit, min, max, params } = MEASURES[name];
    for (const { name: word, help, states } of [words.ko, words.en]) {
      expect(word.length).toBeGreaterThan(0);
      expect(help.length).toBeGreaterThan(0);
      if (params.some((spec) => spec.name === "span")) {
        expect(JSON.stringify([word, states])).toContain("{0}");
      }
      if (unit === "flag") expect(Object.keys(states!).length).toBeGreaterThanOrEqual(max - min + 1);
    }
    const given = params.map((spec) => spec.default ?? ("words" in spec ? "5m" : 2));
    const [first] = params;
    expect(formatMeasure(name, given)).toBe(
      first === undefined || first.default !== undefined ? name : `${name}(${given[0]})`,
    );
  }
});
