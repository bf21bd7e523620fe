import { seededRandom } from "../../src/core/backoff.ts";
import { LISTING } from "../../src/market/listing.ts";
import type { Trade } from "../../src/market/trade.ts";
import { holds } from "../../src/rules/snapshot.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { ruleOf } from "../support/rules.ts";

/** What is traded in a run. */
export const SYMBOLS = LISTING.filter(({ type }) => type === "stock").slice(0, 60);
const BASE = 10_000;

/** What a rule of the run is posted as. */
export interface PostedRule {
  readonly id: string;
  readonly symbol: string;
  readonly kind: "target_price";
  readonly comparator: "gte" | "lte";
  readonly value: number;
  readonly recipients: readonly string[];
}

/** A rule and when it was surely absent and surely there, by this machine's clock, epoch ms. */
export interface RuleLife {
  readonly rule: PostedRule;
  addSent: number;
  addDone: number;
  deleteSent: number;
  deleteDone: number;
}

/** Trades of a seeded walk, in the order of time, `rate` a second (2,000 at most); none of a symbol twice in one millisecond. */
export function tortureTrades(
  options: { seed: number; start: number; seconds: number; rate: number },
): Trade[] {
  const random = seededRandom(options.seed);
  const prices = SYMBOLS.map(() => BASE);
  const volumes = SYMBOLS.map(() => 0);
  return Array.from({ length: options.seconds * options.rate }, (_, at) => {
    const eventTime = options.start + Math.floor(at * 1000 / options.rate);
    const index = (at % 2) * (SYMBOLS.length / 2) + Math.floor(random() * SYMBOLS.length / 2);
    const price = Math.max(
      7_100,
      Math.min(12_900, (prices[index] as number) + Math.round((random() - 0.5) * 6) * 10),
    );
    prices[index] = price;
    const volume = 1 + Math.floor(random() * 100);
    const accVolume = volumes[index] = (volumes[index] as number) + volume;
    const change = price - BASE;
    return {
      symbol: SYMBOLS[index]?.symbol as string,
      eventTime,
      price,
      sign: change > 0 ? "2" : change < 0 ? "5" : "3",
      change,
      rate: Math.round(change) / 100,
      open: BASE,
      high: 13_000,
      low: 7_000,
      volume,
      accVolume,
      accValue: accVolume * BASE,
      ask: price + 10,
      bid: price,
      halted: "N",
    };
  });
}

/** A rule whose threshold is often crossed. */
export function tortureRule(id: string, random: () => number, hook: string): PostedRule {
  const above = random() < 0.5;
  return {
    id,
    symbol: SYMBOLS[Math.floor(random() * SYMBOLS.length)]?.symbol as string,
    kind: "target_price",
    comparator: above ? "gte" : "lte",
    value: BASE + (above ? 1 : -1) * Math.round(random() * 60) * 10,
    recipients: [random() < 0.3 ? `webhook:${hook}?${id}` : `${id}@example.com`],
  };
}

/** The alert ids that have to be there, and those that may. */
export interface Expected {
  readonly must: ReadonlySet<string>;
  readonly may: ReadonlySet<string>;
}

/**
 * What fires, by the oracle's condition. A rule that was there from before the first trade to the end gives exactly one
 * set of ids; of one that came or went meanwhile, the ids whose trades lie surely within its life must be there, those
 * whose trades may have been evaluated within it may.
 *
 * @param options.lagMs How late a trade may be evaluated, or a rule taken up, at most.
 */
export function expectedAlerts(
  trades: readonly Trade[],
  lives: readonly RuleLife[],
  options: { windowMs: number; lagMs: number },
): Expected {
  const { windowMs, lagMs } = options;
  const bySymbol = Map.groupBy(lives, ({ rule }) => rule.symbol);
  const must = new Set<string>();
  const may = new Set<string>();
  for (const trade of trades) {
    for (const life of bySymbol.get(trade.symbol) ?? []) {
      if (!holds(asRule(life.rule), trade)) continue;
      const id = `${life.rule.id}@${Math.floor(trade.eventTime / windowMs) * windowMs}`;
      const { eventTime } = trade;
      if (eventTime > life.addDone + lagMs && eventTime < life.deleteSent - lagMs) must.add(id);
      if (eventTime > life.addSent - lagMs && eventTime < life.deleteDone + lagMs) may.add(id);
    }
  }
  return { must, may };
}

function asRule(posted: PostedRule): Rule {
  return ruleOf({ ...posted, value: String(posted.value) });
}
