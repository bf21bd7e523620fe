import { seededRandom } from "../../src/core/backoff.ts";
import type { Sign, Trade } from "../../src/market/trade.ts";
import type { Rule, RuleKind } from "../../src/rules/rule.ts";
import { ruleOf } from "../../tests/support/rules.ts";

/** Symbols listed on KOSPI and KOSDAQ, about. */
const SYMBOL_COUNT = 2_700;
const START = 1_764_115_200_000;

/** A seeded market and its rules: what every column of a benchmark is given alike. */
export interface World {
  readonly symbols: readonly string[];
  readonly rules: readonly Rule[];
  readonly trades: readonly Trade[];
}

/**
 * Rules and trades, both spread over the symbols as attention is: the symbol of rank r gets a share of 1 / r. Prices walk
 * within the day's limits; thresholds lie around the base price, so that some rules fire soon, some later, some never.
 */
export function makeWorld(options: { seed: number; rules: number; trades: number }): World {
  const random = seededRandom(options.seed);
  const symbols = Array.from(
    { length: SYMBOL_COUNT },
    (_, index) => String(index * 10 + 20).padStart(6, "0"),
  );
  const pick = zipf(SYMBOL_COUNT, random);
  const base = symbols.map(() => Math.round(1_000 * 10 ** (random() * 2)));
  const rules = Array.from({ length: options.rules }, (_, index) => {
    const symbol = pick();
    return makeRule(`rule-${index}`, symbols[symbol] as string, base[symbol] as number, random);
  });
  return { symbols, rules, trades: makeTrades({ count: options.trades, symbols, base, pick, random }) };
}

/** Draws indices with probability proportional to 1 / (index + 1). */
function zipf(count: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let each = 0; each < count; each++) sums[each] = sum += 1 / (each + 1);
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function makeRule(id: string, symbol: string, base: number, random: () => number): Rule {
  const drawn = random();
  const kind: RuleKind = drawn < 0.5
    ? "target_price"
    : drawn < 0.8
    ? "change_rate"
    : drawn < 0.95
    ? "day_change"
    : "price_limit";
  const spread = (random() - 0.5) * 0.2;
  const value = kind === "target_price"
    ? String(Math.round(base * (1 + spread)))
    : kind === "change_rate"
    ? String(Math.round(Math.abs(spread) * 10_000) / 100)
    : kind === "day_change"
    ? String(Math.round(base * Math.abs(spread)))
    : null;
  const upwards = kind !== "target_price" || spread > 0;
  return ruleOf({
    id,
    symbol,
    kind,
    comparator: value === null ? null : upwards ? "gte" : "lte",
    value,
    direction: kind === "target_price"
      ? null
      : (["up", "down", "either"] as const)[Math.floor(random() * 3)] ?? "either",
    createdAt: START,
    updatedAt: START,
  });
}

interface TradesSpec {
  readonly count: number;
  readonly symbols: readonly string[];
  readonly base: readonly number[];
  readonly pick: () => number;
  readonly random: () => number;
}

function makeTrades({ count, symbols, base, pick, random }: TradesSpec): Trade[] {
  const price = [...base];
  const accVolume = symbols.map(() => Math.floor(random() * 100_000));
  return Array.from({ length: count }, (_, index) => {
    const at = pick();
    const from = base[at] as number;
    const step = Math.round((price[at] as number) * (random() - 0.5) * 0.004);
    const next = Math.min(
      Math.floor(from * 1.3),
      Math.max(Math.ceil(from * 0.7), (price[at] as number) + step),
    );
    price[at] = next;
    const volume = 1 + Math.floor(random() ** 4 * 1_000);
    const total = accVolume[at] = (accVolume[at] as number) + volume;
    const change = next - from;
    return {
      symbol: symbols[at] as string,
      eventTime: START + index,
      price: next,
      sign: signOf(next, from),
      change,
      rate: Math.round((change / from) * 10_000) / 100,
      open: from,
      high: Math.max(next, from),
      low: Math.min(next, from),
      volume,
      accVolume: total,
      accValue: total * from,
      ask: next + 10,
      bid: next,
      halted: "N",
    };
  });
}

function signOf(price: number, base: number): Sign {
  if (price === Math.floor(base * 1.3)) return "1";
  if (price === Math.ceil(base * 0.7)) return "4";
  return price > base ? "2" : price < base ? "5" : "3";
}
