import { recordsOf } from "../../books/records_of.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import { decodeRule, encodeRule, isRuleKey } from "../../rules/codec.ts";
import { homeOf, partitionsOf, placedOn } from "../../rules/placements.ts";
import { armingHeaders, armingOf, RULE_HEADERS } from "../../rules/rule_history.ts";
import type { Rule } from "../../rules/rule.ts";
import { logger } from "../../telemetry/log.ts";

const log = logger("forwarder");

/** The header of a rule that came from the centre: gone there, it goes here. */
const UPSTREAM_HEADER = "upstream";
/** How often the centre's rules are asked for the end, ms. */
const PAUSE_MS = 250;

/** What {@link UpstreamRules} is made of. */
export interface UpstreamRulesOptions {
  readonly log: EventLog;
  readonly upstream: EventLog;
  readonly clock: Clock;
}

/**
 * The centre's rules in the box's own log: made, changed and deleted as they are there. Rules that were made in the box stay
 * its own; of one id the centre's newer version wins. While the centre is away the rules stand as they were, and so does a
 * rule whose newest record cannot be read here, which a newer centre may have written.
 *
 * No projection: after a cut everything is read again and compared, since a compacted topic forgets after a while what was
 * deleted on it, and a box may be away for longer.
 */
export class UpstreamRules {
  readonly #options: UpstreamRulesOptions;
  /** Those that came from the centre, by key. */
  readonly #taken = new Map<string, Rule>();
  /** Why the newest record of a key cannot be read here. */
  readonly #unreadable = new Map<string, string>();
  #loaded = false;

  constructor(options: UpstreamRulesOptions) {
    this.#options = options;
  }

  /** What of the centre's rules cannot be read here: how many, and why the last of them; undefined when all can be. */
  get unreadable(): { readonly count: number; readonly last: string } | undefined {
    const [key, reason] = [...this.#unreadable].at(-1) ?? [];
    return key === undefined ? undefined : { count: this.#unreadable.size, last: `${key}: ${reason}` };
  }

  /**
   * Brings the box's rules to what the centre has, then follows it, until the signal is aborted.
   *
   * @param caughtUp is called when the box has what the centre has.
   * @throws {OutsideError} either log cannot be reached.
   */
  async follow(signal: AbortSignal, caughtUp: () => void): Promise<void> {
    const { upstream } = this.#options;
    await this.#load(signal);
    this.#unreadable.clear();
    const partitions = await upstream.partitions("rules");
    const there = new Map<string, Rule>();
    const ends: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const { end } = await upstream.bounds("rules", partition);
      ends.push(end);
      for await (const record of recordsOf(upstream, { topic: "rules", partition, to: end, signal })) {
        const rule = this.#read(record);
        if (rule === null) there.delete(record.key);
        else if (rule !== undefined && rule.version >= (there.get(record.key)?.version ?? 0)) {
          there.set(record.key, rule);
        }
      }
    }
    signal.throwIfAborted();
    for (const [key, rule] of there) await this.#put(key, rule);
    for (const key of [...this.#taken.keys()]) {
      if (!there.has(key) && !this.#unreadable.has(key)) await this.#remove(key);
    }
    log.info("{count} rules are those of the centre", { count: this.#taken.size });
    caughtUp();
    await Promise.all(ends.map((from, partition) => this.#followOne({ partition, from }, signal)));
  }

  async #followOne(
    place: { readonly partition: number; readonly from: number },
    signal: AbortSignal,
  ): Promise<void> {
    for await (const { records } of this.#options.upstream.read({ topic: "rules", ...place, signal })) {
      for (const record of records) {
        const rule = this.#read(record);
        if (rule === null) await this.#remove(record.key);
        else if (rule !== undefined) await this.#put(record.key, rule);
      }
    }
    await this.#options.clock.sleep(PAUSE_MS, signal);
  }

  /** The rule of a record of the centre; what cannot be read here is counted until something newer of its key comes. */
  #read(record: LogRecord): Rule | null | undefined {
    this.#unreadable.delete(record.key);
    try {
      return ruleOf(record);
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      this.#unreadable.set(record.key, thrown.message);
      log.warn("the centre's rule {key} cannot be read here: {reason}", {
        key: record.key,
        reason: thrown.message,
      });
      return undefined;
    }
  }

  /** Which of the box's rules came from the centre before. */
  async #load(signal: AbortSignal): Promise<void> {
    if (this.#loaded) return;
    const { log: events } = this.#options;
    for (let partition = 0; partition < await events.partitions("rules"); partition++) {
      for await (const record of recordsOf(events, { topic: "rules", partition, signal })) {
        const rule = UPSTREAM_HEADER in record.headers ? ruleOf(record) : undefined;
        if (rule === undefined || rule === null) this.#taken.delete(record.key);
        else this.#taken.set(record.key, rule);
      }
    }
    signal.throwIfAborted();
    this.#loaded = true;
  }

  async #put(key: string, rule: Rule): Promise<void> {
    const standing = this.#taken.get(key);
    if ((standing?.version ?? 0) >= rule.version) return;
    await this.#append(key, rule, standing ?? rule);
    this.#taken.set(key, rule);
  }

  async #remove(key: string): Promise<void> {
    const standing = this.#taken.get(key);
    if (standing === undefined) return;
    await this.#append(key, null, standing);
    this.#taken.delete(key);
  }

  /** Writes a rule, or that it is gone, on every partition where it stands or stood; its home first. */
  async #append(key: string, rule: Rule | null, before: Rule): Promise<void> {
    const { log: events, clock } = this.#options;
    const partitions = await events.partitions("rules");
    const home = homeOf(before, partitions);
    const wanted = rule === null ? [] : partitionsOf(rule, partitions);
    const places = new Set([home, ...wanted, ...partitionsOf(before, partitions)]);
    const version = rule?.version ?? before.version + 1;
    const timestamp = clock.now();
    await events.append([...places].map((partition): NewRecord => ({
      topic: "rules",
      key,
      placement: placedOn(partition, partitions),
      value: rule === null || !wanted.includes(partition) ? null : encodeRule(rule),
      timestamp,
      headers: {
        [UPSTREAM_HEADER]: "1",
        ...(partition === home ? {} : { [RULE_HEADERS.copy]: String(version) }),
        ...(rule === null && partition === home ? armingHeaders(armingOf(before)) : {}),
      },
    })));
  }
}

/** The rule of a record; null: it was deleted; undefined: it is none. @throws {InputError} it is one that is not known here. */
function ruleOf({ key, value }: LogRecord): Rule | null | undefined {
  if (!isRuleKey(key)) return undefined;
  return value === null ? null : decodeRule(value);
}
