import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { Signal } from "../../core/signal.ts";
import type { RuleMarket } from "../../market/reference.ts";
import { CANARY_SYMBOL, type Symbol } from "../../market/symbol.ts";
import { Projection, type ProjectionReader } from "../../books/projection.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import { decodeRule, isRuleKey } from "../../rules/codec.ts";
import { needsStatus } from "../../rules/measures.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import { RULE_HEADERS } from "../../rules/rule_history.ts";

/** Changes within this time are announced together, ms. */
const GATHER_MS = 100;

/** How often rules that have expired are searched for, ms. */
const EXPIRY_MS = 60_000;

/** What {@link RuleSymbols} needs. */
export interface RuleSymbolsOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** The symbols of a market, the most important first; none by default. */
  readonly listed?: (market: RuleMarket | "*") => readonly Symbol[];
  /**
   * Called at every change with the symbols that enabled rules name, the most named first, behind them those of whole
   * markets that rules are for; and the named ones for whose halts or volatility interruptions a rule asks.
   */
  readonly changed: (symbols: readonly Symbol[], statuses: ReadonlySet<Symbol>) => void;
}

/** What is kept of a rule: the symbols it is for, and from when until when. */
type Named = Pick<Rule, "symbol" | "symbols" | "market" | "expiresAt" | "armedAt"> & {
  readonly status: boolean;
};

/** What a record says of a rule: what it names; null where it names nothing any more. */
interface RuleNews {
  readonly id: string;
  readonly rule: Named | null;
}

/** Follows the `rules` topic and knows which symbols rules name. */
export class RuleSymbols implements ProjectionReader<RuleNews> {
  readonly #options: RuleSymbolsOptions;
  readonly #rules = new Map<string, Named>();
  readonly #news = new Signal();
  #since: ReadonlyMap<Symbol, number> = new Map();
  #announced = "";

  constructor(options: RuleSymbolsOptions) {
    this.#options = options;
  }

  /** Follows every partition until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#options;
    const rules = new Projection({ log, topic: "rules", readers: [this] });
    const following = rules.follow({ clock, random: Math.random, signal });
    // Nothing is announced before all rules that were there at the start are known: the feed subscribes once.
    await Promise.race([rules.ready, following]);
    while (!signal.aborted) {
      this.#announce();
      await this.#newsOrExpiry(signal);
      await clock.sleep(GATHER_MS, signal);
    }
    await following;
  }

  /** Since when, epoch ms, a rule for a symbol has been armed; undefined: there is none. */
  since(symbol: Symbol): number | undefined {
    return this.#since.get(symbol);
  }

  /** A rule that is no rule names no symbol; the stream dead-letters it. */
  decode({ key, value, headers }: LogRecord): RuleNews | undefined {
    // The home's record says all that the copies of a rule for several symbols do.
    if (!isRuleKey(key) || headers[RULE_HEADERS.copy] !== undefined) return undefined;
    const rule = value && ruleOf(value);
    if (!rule?.enabled || rule.symbol === CANARY_SYMBOL) return { id: key, rule: null };
    const { symbol, symbols, market, expiresAt, armedAt } = rule;
    const status = needsStatus(rule.conditions);
    return { id: key, rule: { symbol, symbols, market, expiresAt, armedAt, status } };
  }

  apply({ id, rule }: RuleNews): void {
    if (rule === null) this.#rules.delete(id);
    else this.#rules.set(id, rule);
    this.#news.notify();
  }

  /** Rules expire without a word on the topic. */
  async #newsOrExpiry(signal: AbortSignal): Promise<void> {
    const either = new AbortController();
    const until = AbortSignal.any([signal, either.signal]);
    await Promise.race([this.#news.wait(until), this.#options.clock.sleep(EXPIRY_MS, until)]);
    either.abort();
  }

  #announce(): void {
    const { listed = () => [], clock, changed } = this.#options;
    const now = clock.now();
    const live = [...this.#rules.values()].filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    const { symbols, statuses, since } = wantedBy(live, listed);
    this.#since = since;
    const text = `${symbols.join(",")} ${[...statuses].sort().join(",")}`;
    if (text === this.#announced && symbols.length > 0) return;
    this.#announced = text;
    changed(symbols, statuses);
  }
}

/** What some rules want. */
interface Wanted {
  /** Those that rules name, the most named first; behind them those of markets. */
  readonly symbols: readonly Symbol[];
  readonly statuses: ReadonlySet<Symbol>;
  /** Since when, epoch ms, the first rule for a symbol has been armed. */
  readonly since: ReadonlyMap<Symbol, number>;
}

function wantedBy(
  rules: readonly Named[],
  listed: (market: RuleMarket | "*") => readonly Symbol[],
): Wanted {
  const counts = new Map<Symbol, number>();
  const statuses = new Set<Symbol>();
  const since = new Map<Symbol, number>();
  const markets = new Map<RuleMarket | "*", number>();
  for (const { symbol, symbols, market, armedAt, status } of rules) {
    if (market !== null) markets.set(market, Math.min(markets.get(market) ?? Infinity, armedAt));
    for (const each of symbolsOf({ symbol, symbols })) {
      counts.set(each, (counts.get(each) ?? 0) + 1);
      since.set(each, Math.min(since.get(each) ?? Infinity, armedAt));
      if (status) statuses.add(each);
    }
  }
  const named = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([symbol]) => symbol);
  const members: Symbol[] = [];
  for (const [market, armedAt] of markets) {
    for (const symbol of listed(market)) {
      members.push(symbol);
      since.set(symbol, Math.min(since.get(symbol) ?? Infinity, armedAt));
    }
  }
  return { symbols: [...new Set([...named, ...members])], statuses, since };
}

function ruleOf(value: Uint8Array): Rule | undefined {
  try {
    return decodeRule(value);
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}

/** The symbols that enabled rules name at present, the most named first. */
export async function symbolsOfRules(
  log: EventLog,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Symbol[]> {
  const known = new AbortController();
  let symbols: readonly Symbol[] = [];
  const changed = (wanted: readonly Symbol[]) => {
    symbols = wanted;
    known.abort();
  };
  await new RuleSymbols({ log, clock, changed }).run(AbortSignal.any([signal, known.signal]));
  return symbols;
}
