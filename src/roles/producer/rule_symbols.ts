import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import { decodeRule, isRuleKey } from "../../rules/codec.ts";
import type { Rule } from "../../rules/rule.ts";

/** Changes within this time are told together, ms. */
const GATHER_MS = 100;

/** How often rules that have expired are looked for, ms. */
const EXPIRY_MS = 60_000;

/** What {@link RuleSymbols} needs. */
export interface RuleSymbolsOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Told of every change: the symbols that enabled rules name, the most named first. */
  readonly changed: (symbols: readonly Symbol[]) => void;
}

/** Follows the `rules` topic and knows which symbols rules name. */
export class RuleSymbols {
  readonly #options: RuleSymbolsOptions;
  readonly #rules = new Map<string, Pick<Rule, "symbol" | "symbols" | "expiresAt">>();
  #told = "";

  constructor(options: RuleSymbolsOptions) {
    this.#options = options;
  }

  /** Follows every partition until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const partitions = await this.#options.log.partitions("rules");
    const ends = await Promise.all(
      Array.from({ length: partitions }, (_, partition) => this.#options.log.bounds("rules", partition)),
    );
    const waiting = new Set(ends.flatMap(({ start, end }, partition) => end > start ? [partition] : []));
    if (waiting.size === 0) this.#tell();
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const follow = async (partition: number) => {
      try {
        for await (
          const batch of this.#options.log.read({ topic: "rules", partition, from: 0, signal: until })
        ) {
          for (const record of batch.records) this.#take(record);
          if (batch.nextOffset >= (ends[partition]?.end ?? 0)) waiting.delete(partition);
          // Nothing is told before all rules that were there at the start are known: the feed subscribes once.
          if (waiting.size === 0) this.#tellSoon(until);
        }
      } catch (error) {
        failed.abort();
        throw error;
      }
    };
    const following = Array.from({ length: partitions }, (_, partition) => follow(partition));
    await Promise.all([...following, this.#forgetExpired(until)]);
  }

  #take(record: LogRecord): void {
    if (!isRuleKey(record.key)) return;
    this.#rules.delete(record.key);
    if (record.value === null) return;
    try {
      const rule = decodeRule(record.value);
      if (rule.enabled) {
        const { symbol, symbols, expiresAt } = rule;
        this.#rules.set(record.key, { symbol, symbols, expiresAt });
      }
    } catch (error) {
      // The stream dead-letters what is no rule; here it names no symbol.
      if (!(error instanceof InputError)) throw error;
    }
  }

  /** Rules expire without a word on the topic. */
  async #forgetExpired(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(EXPIRY_MS, signal);
      this.#tellSoon(signal);
    }
  }

  #gathering = false;

  #tellSoon(signal: AbortSignal): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#options.clock.sleep(GATHER_MS, signal).then(() => {
      this.#gathering = false;
      if (!signal.aborted) this.#tell();
    });
  }

  #tell(): void {
    const now = this.#options.clock.now();
    const counts = new Map<Symbol, number>();
    for (const { symbol, symbols, expiresAt } of this.#rules.values()) {
      if (expiresAt !== null && expiresAt <= now) continue;
      const named = symbol === null ? symbols ?? [] : [symbol];
      for (const each of named) counts.set(each, (counts.get(each) ?? 0) + 1);
    }
    const symbols = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([symbol]) =>
      symbol
    );
    const told = symbols.join(",");
    if (told === this.#told && told !== "") return;
    this.#told = told;
    this.#options.changed(symbols);
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
