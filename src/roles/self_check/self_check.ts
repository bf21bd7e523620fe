import type { Registry } from "prom-client";
import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { Projection } from "../../books/projection.ts";
import { recordsOf } from "../../books/records_of.ts";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import type { WindowOptions } from "../../rules/evaluation.ts";
import { RuleHistory } from "../../rules/rule_history.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { type SelfCheckMetrics, selfCheckMetrics } from "../../telemetry/self_check_metrics.ts";
import { certainRules, type Difference, differencesOf, sampleOf, withinLimits } from "./compare.ts";
import { decodePosition, type StreamPosition } from "../stream/position.ts";

/** What a self-check is made with; windows and time as the stream's. */
export interface SelfCheckOptions extends WindowOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  readonly health?: Health;
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

/** Alerts read back, at most: of the live windows of one partition. */
const MAX_ALERTS = 500_000;

const log = logger("self-check");

interface Start {
  /** Epoch ms. */
  readonly at: number;
  readonly offset: number;
  readonly position: StreamPosition;
}

/**
 * Checks the promise that no alert is missed: takes the trades the stream has committed in a while on one partition,
 * evaluates them again with the plain oracle against a sample of the rules that did not change meanwhile, and compares
 * with the alerts topic. Every difference is counted and reported; it changes nothing itself.
 */
export class SelfCheck {
  readonly #options: SelfCheckOptions;
  readonly #metrics: SelfCheckMetrics;
  readonly #group: string;
  #found = 0;
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
        if (!signal.aborted) this.#metrics.rounds.inc({ outcome: slice === undefined ? "idle" : "checked" });
      } catch (thrown) {
        if (!(thrown instanceof OutsideError)) throw thrown;
        this.#metrics.rounds.inc({ outcome: "failed" });
        log.warn("a sample could not be checked: {reason}", { reason: thrown.message });
      }
      await clock.sleep(everyMs, signal);
    }
  }

  /** Gathers and checks one sample of a partition; undefined when the stream evaluated nothing meanwhile. */
  async check(partition: number, signal: AbortSignal): Promise<CheckedSlice | undefined> {
    const { clock, sliceMs = 10_000, maxTrades = 20_000 } = this.#options;
    const start = await this.#committed(partition);
    if (start === undefined) return undefined;
    const rules = new RuleHistory();
    const changed = new Set<string>();
    const topic = this.#rulesOf(partition, rules, changed);
    await topic.load();
    changed.clear();
    await clock.sleep(sliceMs, signal);
    const end = await this.#committed(partition);
    if (signal.aborted || end === undefined || end.offset <= start.offset) return undefined;
    const to = Math.min(end.offset, start.offset + maxTrades);
    const range = { topic: "trades", partition, from: start.offset, to } as const;
    const records = await Array.fromAsync(recordsOf(this.#options.log, range));
    await topic.load();
    const { alertsFrom, ...time } = start.position;
    const { maxRules = 500, settledMs = 60_000, random } = this.#options;
    const settledBefore = start.at - settledMs;
    const certain = certainRules(rules.rules(), { settledBefore, time, records, changed });
    const alerts = await this.#alerts(partition, alertsFrom);
    const partitions = await this.#options.log.partitions("trades");
    const sample = withinLimits(sampleOf(certain, maxRules, random), alerts, partitions);
    const judged = new Map(sample.map((rule) => [rule.id, rule]));
    const windows = this.#options;
    const differences = await differencesOf({ time, windows, records, judged, alerts, clock });
    return this.#report({ trades: records.length, rules: judged.size, differences });
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

  async #alerts(partition: number, from: number): Promise<ReadonlyMap<string, Alert>> {
    const { log: events } = this.#options;
    const { end } = await events.bounds("alerts", partition);
    const alerts = new Map<string, Alert>();
    const range = { topic: "alerts", partition, from: Math.max(from, end - MAX_ALERTS), to: end } as const;
    for await (const { value } of recordsOf(events, range)) {
      const alert = value === null ? undefined : alertOf(value);
      if (alert !== undefined) alerts.set(alert.id, alert);
    }
    return alerts;
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
