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
 * its own; of one id the centre's newer version wins. While the centre is away the rules stand as they were.
 */
export class UpstreamRules {
  readonly #options: UpstreamRulesOptions;
  /** Those that came from the centre, by key. */
  readonly #taken = new Map<string, Rule>();
  #loaded = false;

  constructor(options: UpstreamRulesOptions) {
    this.#options = options;
  }

  /**
   * Brings the box's rules to what the centre has, then follows it, until the signal is aborted.
   *
   * @throws {OutsideError} either log cannot be reached.
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { upstream } = this.#options;
    await this.#load(signal);
    const partitions = await upstream.partitions("rules");
    const there = new Map<string, Rule>();
    const ends: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const { end } = await upstream.bounds("rules", partition);
      ends.push(end);
      for await (const record of recordsOf(upstream, { topic: "rules", partition, to: end, signal })) {
        const rule = ruleOf(record);
        if (rule === null) there.delete(record.key);
        else if (rule !== undefined && rule.version >= (there.get(record.key)?.version ?? 0)) {
          there.set(record.key, rule);
        }
      }
    }
    signal.throwIfAborted();
    for (const [key, rule] of there) await this.#put(key, rule);
    for (const key of [...this.#taken.keys()]) if (!there.has(key)) await this.#remove(key);
    log.info("{count} rules are those of the centre", { count: this.#taken.size });
    await Promise.all(ends.map((from, partition) => this.#followOne({ partition, from }, signal)));
  }

  async #followOne(
    place: { readonly partition: number; readonly from: number },
    signal: AbortSignal,
  ): Promise<void> {
    for await (const { records } of this.#options.upstream.read({ topic: "rules", ...place, signal })) {
      for (const record of records) {
        const rule = ruleOf(record);
        if (rule === null) await this.#remove(record.key);
        else if (rule !== undefined) await this.#put(record.key, rule);
      }
    }
    await this.#options.clock.sleep(PAUSE_MS, signal);
  }

  /** Which of the box's rules came from the centre before. */
  async #load(signal: AbortSignal): Promise<void> {
    if (this.#loaded) return;
    const { log: events } = this.#options;
    for (let partition = 0; partition < await events.partitions("rules"); partition++) {
      for await (const record of recordsOf(events, { topic: "rules", partition, signal })) {
        const rule = ruleOf(record);
        if (rule === undefined || rule === null || !(UPSTREAM_HEADER in record.headers)) {
          this.#taken.delete(record.key);
        } else this.#taken.set(record.key, rule);
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

/** The rule of a record; null: it was deleted; undefined: it is none that is known here. */
function ruleOf({ key, value }: LogRecord): Rule | null | undefined {
  if (!isRuleKey(key)) return undefined;
  if (value === null) return null;
  try {
    return decodeRule(value);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    log.warn("a rule of the centre cannot be read here: {reason}", { reason: thrown.message });
    return undefined;
  }
}
