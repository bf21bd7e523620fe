import type { Registry } from "prom-client";
import { type Alert, alertId } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { Projection } from "../../books/projection.ts";
import { checkedRecord, type CheckedSpan } from "../../books/checked_days.ts";
import { recordsOf } from "../../books/records_of.ts";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import { spentOf } from "../../books/spent_rules.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import { dateOf } from "../../market/seoul_time.ts";
import type { Rule } from "../../rules/rule.ts";
import type { WindowOptions } from "../../rules/evaluation.ts";
import { RuleHistory } from "../../rules/rule_history.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { type SelfCheckMetrics, selfCheckMetrics } from "../../telemetry/self_check_metrics.ts";
import { decodePosition, type StreamPosition } from "../stream/position.ts";
import { type Difference, differencesOf } from "./compare.ts";
import { certainRules, sampleOf, withinLimits } from "./judged_rules.ts";
import { restoredOracle } from "./restored_oracle.ts";

/** What a self-check is made with; windows and time as the stream's. */
export interface SelfCheckOptions extends WindowOptions {
  readonly log: EventLog;
  /** As the stream's: which symbols a market has before references say it. */
  readonly directory: SymbolDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  readonly health?: Health;
  /** What this process is called among those that check: what it comes to on a day is written under it; absent: nowhere. */
  readonly instance?: string;
  /** The stream's consumer group; "stream" by default. */
  readonly streamGroup?: string;
  /** How long a sample is gathered, in ms; 10,000 by default. */
  readonly sliceMs?: number;
  /** From the end of a round to the next, in ms; 50,000 by default. */
  readonly everyMs?: number;
  /** Trades of a round, at most; 20,000 by default. */
  readonly maxTrades?: number;
  /** Rules of a round, at most, drawn by chance; 500 by default. */
  readonly maxRules?: number;
  /** A rule is judged when it has stood unchanged for this long, in ms; 60,000 by default. */
  readonly settledMs?: number;
}

/** What a round found. */
export interface CheckedSlice {
  readonly trades: number;
  readonly rules: number;
  readonly differences: readonly Difference[];
}

/** Records after a sample among which some may be of the same symbol's same millisecond as its last ones. */
const SAME_MOMENT = 1_000;
/** A round that took long, because it read the candles of weeks back, is followed by so many times as long a rest. */
const REST = 20;
/** Alerts read back, at most: of the live windows of one partition. */
const MAX_ALERTS = 500_000;

const NOTHING_CHECKED = { rounds: 0, trades: 0, differences: 0, missed: 0, since: 0 };

const log = logger("self-check");

interface Start {
  /** Epoch ms. */
  readonly at: number;
  readonly offset: number;
  readonly position: StreamPosition;
}

/**
 * Checks the promise that no alert is missed: takes the trades the stream has committed in a while on one partition,
 * restores the plain oracle to where the stream stood before them, as a restart would, with a sample of the rules that did
 * not change meanwhile, evaluates them again and compares with the alerts topic. Every difference is counted and reported;
 * it changes nothing itself.
 */
export class SelfCheck {
  readonly #options: SelfCheckOptions;
  readonly #metrics: SelfCheckMetrics;
  readonly #group: string;
  #found = 0;
  /** How long the last round took, its gathering left out. */
  #workedMs = 0;
  /** What was checked today. */
  #today: CheckedSpan & { readonly date: string } = { date: "", ...NOTHING_CHECKED };
  /** Whether a rule has been judged since the start. */
  #hasJudged = false;

  constructor(options: SelfCheckOptions) {
    this.#options = options;
    this.#metrics = selfCheckMetrics(options.registry);
    this.#group = options.streamGroup ?? "stream";
    options.health?.watch("self_check", () => this.#health());
  }

  /** Checks one partition after another until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { log: events, clock, random, everyMs = 50_000 } = this.#options;
    while (!signal.aborted) {
      try {
        const partition = Math.floor(random() * await events.partitions("trades"));
        const slice = await this.check(partition, signal);
        if (slice !== undefined && !signal.aborted) await this.#note(slice);
        if (!signal.aborted) this.#metrics.rounds.inc({ outcome: slice === undefined ? "idle" : "checked" });
      } catch (thrown) {
        if (!(thrown instanceof OutsideError)) throw thrown;
        this.#metrics.rounds.inc({ outcome: "failed" });
        log.warn("a sample could not be checked: {reason}", { reason: thrown.message });
      }
      await clock.sleep(Math.max(everyMs, this.#workedMs * REST), signal);
    }
  }

  /** Adds a sample to the day's, for the day's report. */
  async #note({ trades, rules, differences }: CheckedSlice): Promise<void> {
    const { log: events, clock, instance } = this.#options;
    if (instance === undefined || rules === 0) return;
    const at = clock.now();
    const date = dateOf(at);
    const before = this.#today.date === date ? this.#today : { ...NOTHING_CHECKED, since: at };
    const checked = {
      rounds: before.rounds + 1,
      trades: before.trades + trades,
      differences: before.differences + differences.length,
      missed: before.missed + differences.filter(({ kind }) => kind === "missed").length,
      since: before.since,
    };
    this.#today = { date, ...checked };
    await events.append([checkedRecord(checked, { date, instance, at })]);
  }

  /** Gathers and checks one sample of a partition; undefined when the stream evaluated nothing meanwhile. */
  async check(partition: number, signal: AbortSignal): Promise<CheckedSlice | undefined> {
    const { log: events, clock, sliceMs = 10_000, maxTrades = 20_000 } = this.#options;
    const start = await this.#committed(partition);
    if (start === undefined) return undefined;
    const { end: alertsBefore } = await events.bounds("alerts", partition);
    const rules = new RuleHistory();
    const changed = new Set<string>();
    const topic = this.#rulesOf(partition, rules, changed);
    await topic.load();
    changed.clear();
    await clock.sleep(sliceMs, signal);
    const end = await this.#committed(partition);
    if (signal.aborted || end === undefined || end.offset <= start.offset) return undefined;
    const began = clock.now();
    const to = Math.min(end.offset, start.offset + maxTrades);
    const trades = { topic: "trades", partition } as const;
    const records = await Array.fromAsync(recordsOf(events, { ...trades, from: start.offset, to }));
    const following = await Array.fromAsync(recordsOf(events, { ...trades, from: to, to: to + SAME_MOMENT }));
    await topic.load();
    const alerts = await this.#alerts(partition, start.position.alertsFrom, alertsBefore);
    const settledBefore = start.at - (this.#options.settledMs ?? 60_000);
    const time = start.position;
    const sample = await this.#sample(
      certainRules(rules.rules(), { settledBefore, time, records, changed }),
      alerts.all.values(),
    );
    const { oracle, unsure } = await restoredOracle({
      ...this.#options,
      ...start,
      partition,
      signal,
      windows: this.#options,
      rules: sample,
      settledBefore,
    });
    const fired = new Set(alerts.all.keys());
    if (sample.some(({ repeat }) => repeat === "once")) await this.#addSpent(partition, fired);
    const judged = new Map(sample.map((rule) => [rule.id, rule]));
    const written = { fired, since: alerts.since };
    const slice = { oracle, judged, records, following, unsure, written, clock };
    const differences = await differencesOf(slice);
    this.#workedMs = clock.now() - began;
    return this.#report({ trades: records.length, rules: judged.size, differences });
  }

  async #sample(certain: readonly Rule[], alerts: Iterable<Alert>): Promise<Rule[]> {
    const { log: events, maxRules = 500, random } = this.#options;
    return withinLimits(sampleOf(certain, maxRules, random), alerts, await events.partitions("trades"));
  }

  async #committed(partition: number): Promise<Start | undefined> {
    const at = this.#options.clock.now();
    const committed = await this.#options.log.committed(this.#group, "trades", partition);
    return committed === null
      ? undefined
      : { at, offset: committed.offset, position: decodePosition(committed.metadata) };
  }

  /** The rules of a partition; notes which ones the records that are read are about. */
  #rulesOf(partition: number, rules: RuleHistory, changed: Set<string>): Projection {
    const apply = (record: LogRecord) => {
      rules.apply(record);
      changed.add(record.key);
    };
    const readers = [{ decode: (record: LogRecord) => record, apply }];
    return new Projection({ log: this.#options.log, topic: "rules", partition, readers });
  }

  /** The alerts that a restart would read back, by their ids, and those of them that were not there before an offset. */
  async #alerts(
    partition: number,
    from: number,
    before: number,
  ): Promise<{ readonly all: ReadonlyMap<string, Alert>; readonly since: readonly Alert[] }> {
    const { log: events } = this.#options;
    const { end } = await events.bounds("alerts", partition);
    const all = new Map<string, Alert>();
    const since: Alert[] = [];
    const range = { topic: "alerts", partition, from: Math.max(from, end - MAX_ALERTS), to: end } as const;
    for await (const { value, offset } of recordsOf(events, range)) {
      const alert = value === null ? undefined : alertOf(value);
      // One that was written twice was fired once.
      if (alert === undefined || all.has(alert.id)) continue;
      all.set(alert.id, alert);
      if (offset >= before) since.push(alert);
    }
    return { all, since };
  }

  /** Adds what fires once and has, however long ago. */
  async #addSpent(partition: number, fired: Set<string>): Promise<void> {
    for await (const { value } of recordsOf(this.#options.log, { topic: "spent", partition })) {
      const mark = value === null ? undefined : spentOf(value);
      if (mark !== undefined) fired.add(alertId(mark));
    }
  }

  #report(slice: CheckedSlice): CheckedSlice {
    this.#metrics.trades.inc(slice.trades);
    this.#metrics.rules.inc(slice.rules);
    this.#metrics.lastRound.set(this.#options.clock.now() / 1000);
    this.#found += slice.differences.length;
    this.#hasJudged ||= slice.rules > 0;
    for (const { kind, alertId, ruleId } of slice.differences) {
      this.#metrics.differences.inc({ kind });
      log.error("{kind} alert {alertId} of rule {ruleId}: the stream and the oracle differ", {
        kind,
        alertId,
        ruleId,
      });
    }
    return slice;
  }

  #health() {
    if (this.#found > 0) {
      const detail = `${this.#found} differences between the stream and the oracle; see the log`;
      return { state: "degraded", detail } as const;
    }
    const detail = this.#hasJudged
      ? "no difference between the stream and the oracle"
      : "nothing compared yet: no trade of a rule that can be judged";
    return { state: "ready", detail } as const;
  }
}

/** What is no alert is the notifier's to dead-letter. */
function alertOf(value: Uint8Array): Alert | undefined {
  try {
    return decodeAlert(value);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return undefined;
  }
}
