import { seededRandom } from "../../src/core/backoff.ts";
import { symbolAt } from "./market.ts";

type Random = () => number;
const between = (random: Random, low: number, high: number) => low + Math.floor(random() * (high - low + 1));
const tens = (random: Random, low: number, high: number) => 10 * between(random, low / 10, high / 10);

/** Conditions of every kind, most of them near what happens: what a rule is about, with a threshold of chance. */
const CONDITIONS: readonly ((random: Random) => string)[] = [
  (random) => `price >= ${tens(random, 10_000, 11_500)}`,
  (random) => `price <= ${tens(random, 8_500, 10_000)}`,
  (random) => `rate >= ${between(random, 1, 12)}`,
  (random) => `change <= -${tens(random, 100, 1_200)}`,
  (random) => `from_open >= ${between(random, 1, 10)}`,
  (random) => `from_high <= -${between(random, 1, 10)}`,
  (random) => `trade_value >= ${between(random, 20, 60)}000000`,
  (random) => `day_value >= ${between(random, 1, 40)}00000000`,
  (random) => `strength >= ${between(random, 150, 199)}`,
  (random) => `move(1m) >= ${between(random, 1, 8)}`,
  (random) => `move(1m) <= -${between(random, 1, 8)}`,
  (random) => `volume(1m) >= ${between(random, 10, 90)}000`,
  (random) => `range(1m) >= ${between(random, 2, 12)}`,
  (random) => `new_high(day) >= 1 and rate >= ${between(random, 1, 9)}`,
  (random) => `price >= ${tens(random, 10_000, 11_000)} and strength >= ${between(random, 120, 190)}`,
  (random) => `volume(1m) >= ${between(random, 10, 60)}000 and move(1m) >= ${between(random, 1, 5)}`,
  () => `limit >= 1`,
  (random) => `rsi(3,1m) >= ${between(random, 60, 95)}`,
];
const REPEATS = ["1m", "10m", "1h", "day", "once"];

/** Rules of every kind: one in a hundred is for a list of symbols, a handful for a whole market. */
export function dayRules(
  { seed, count, symbols }: { seed: number; count: number; symbols: number },
): readonly Record<string, unknown>[] {
  const random = seededRandom(seed + 1);
  return Array.from({ length: count }, (_, index) => ({
    id: `r${index}`,
    ...targetOf(index, { random, symbols }),
    when: CONDITIONS[index % CONDITIONS.length]!(random),
    on: random() < 0.4 ? "crossing" : "level",
    repeat: REPEATS[between(random, 0, REPEATS.length - 1)],
    recipients: [`r${index % 5_000}@example.com`],
  }));
}

function targetOf(index: number, { random, symbols }: { random: Random; symbols: number }) {
  if (index % 20_000 === 19_999) return { market: "KOSPI", maxAlertsPerDay: 100_000 };
  if (index % 100 !== 99) return { symbol: symbolAt(Math.floor(random() ** 2 * symbols)) };
  const list = new Set(Array.from({ length: 5 }, () => symbolAt(between(random, 0, symbols - 1))));
  return { symbols: [...list], maxAlertsPerDay: 100_000 };
}
