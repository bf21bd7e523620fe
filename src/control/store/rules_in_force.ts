import type { ProjectionReader } from "../../books/projection.ts";
import { RULES_SILENT_MS, rulesReadOf } from "../../books/rules_read.ts";
import type { Clock } from "../../core/clock.ts";
import { Signal } from "../../core/signal.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { partitionsOf } from "../../rules/placements.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Topics } from "./topics.ts";

type Said = NonNullable<ReturnType<typeof rulesReadOf>>;

/** How long a change waits to be in force, ms: a stream that was killed says nothing of it. */
const PATIENCE_MS = 2_000;

/** Knows from the streams' own words, wherever they run, which rules are in force. */
export class RulesInForce implements ProjectionReader<Said> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  /** What streams said of their partitions, and when it came here: their machines' times are no matter. */
  readonly #said = new Map<number, { readonly offset: number; readonly at: number }>();
  readonly #news = new Signal();

  constructor(options: { readonly topics: Topics; readonly clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    this.#topics.read("status", this);
  }

  /** @throws {Error} for what is no such record. */
  decode(record: LogRecord): Said | undefined {
    return rulesReadOf(record);
  }

  apply({ partition, offset }: Said): void {
    if (offset === undefined) this.#said.delete(partition);
    else this.#said.set(partition, { offset, at: this.#clock.monotonic() });
    this.#news.notify();
  }

  /**
   * Resolves when rules that are stored are in force in every partition of theirs that a stream evaluates just now, and after
   * 2 s in any case: a stream that was killed has not said so, and whoever takes its partition reads the rules first. It is
   * not waited for again before it says something.
   */
  async until(rules: readonly Rule[]): Promise<void> {
    const stored = this.#topics.positions("rules");
    const partitions = new Set(rules.flatMap((rule) => partitionsOf(rule, stored.length)));
    const patience = new AbortController();
    void this.#clock.sleep(PATIENCE_MS, patience.signal).then(() => patience.abort());
    try {
      for (const partition of partitions) {
        while (!this.#isRead(partition, stored[partition] ?? 0)) {
          if (patience.signal.aborted) {
            this.#said.delete(partition);
            break;
          }
          await this.#news.wait(patience.signal);
        }
      }
    } finally {
      patience.abort();
    }
  }

  #isRead(partition: number, offset: number): boolean {
    const said = this.#said.get(partition);
    return said === undefined || said.offset >= offset || this.#clock.monotonic() - said.at > RULES_SILENT_MS;
  }
}
