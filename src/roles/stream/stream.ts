import type { Registry } from "prom-client";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { Alert } from "../../alerts/alert.ts";
import { AlertWriter } from "../../alerts/alert_writer.ts";
import type { Mailer } from "../../alerts/mails_by.ts";
import { Engine, type Evaluation } from "../../engine/engine.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import type { Assignment, EventLog, PartitionTask, RawBatch } from "../../ports/event_log.ts";
import { DEFAULT_WINDOW_MS } from "../../rules/evaluation.ts";
import { partitionsOf } from "../../rules/placements.ts";
import type { Rule } from "../../rules/rule.ts";
import { RuleHistory } from "../../rules/rule_history.ts";
import { RuleTemplates } from "../../rules/rule_templates.ts";
import type { Health } from "../../telemetry/health.ts";
import { type StreamMetrics, streamMetrics } from "../../telemetry/stream_metrics.ts";
import { LateShare } from "./late_share.ts";
import { AlertSummary } from "./alert_summary.ts";
import { MisplacedRules } from "./misplaced_rules.ts";
import { type OffsetAccount, OUTCOMES } from "./partition_audit.ts";
import { StreamPartition } from "./partition.ts";
import { RulesReporter } from "./rules_reporter.ts";

/** What the stream role needs. */
export interface StreamOptions {
  readonly log: EventLog;
  /** The compiled engine; one instance of it is made for each partition. */
  readonly module: WebAssembly.Module;
  readonly directory: SymbolDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly health?: Health;
  readonly registry?: Registry;
  /** The consumer group; "stream" by default. */
  readonly group?: string;
  /** ms; an hour by default. */
  readonly windowMs?: number;
  /** ms; an hour by default. */
  readonly graceMs?: number;
  /** ms; two minutes by default. */
  readonly maxAheadMs?: number;
  /** ms; 250 by default. */
  readonly commitMs?: number;
  /** Who sends the messages of the alerts, where a box has a centre: said with each. */
  readonly mailer?: Mailer;
  /** Whether it says on the status topic how far it has read the rules, for a control of another process. */
  readonly reportRules?: boolean;
  /** Called with each alert once it is in the log. */
  readonly onAlert?: (alert: Alert) => void;
}

/** Why a trade could not fire. */
export type SkipReason = "late" | "halted" | "expected_price";

interface Owned {
  readonly rules: RuleHistory;
  readonly misplaced: MisplacedRules;
  ready: boolean;
}

/**
 * The stream role: trades in, alerts out. Any number of processes share the partitions; each partition has its own
 * engine, rules and windows.
 *
 * @example
 * ```ts ignore
 * const stream = new Stream({ log, module, directory, clock: systemClock, random: Math.random });
 * await stream.run(stop.signal);
 * ```
 */
export class Stream {
  readonly #options: StreamOptions;
  readonly #metrics: StreamMetrics | undefined;
  /** Trades that could not fire since the start, by reason. */
  readonly skipped: ReadonlyMap<SkipReason, number>;
  /** Records that are no trade, since the start, by code. */
  readonly rejected: ReadonlyMap<string, number>;
  readonly #skipped = new Map<SkipReason, number>();
  readonly #rejected = new Map<string, number>();
  readonly #late: LateShare;
  readonly #reporter: RulesReporter | undefined;
  readonly #owned = new Map<number, Owned>();
  readonly #templates = new RuleTemplates();
  #waiting: (() => void)[] = [];
  #joined = false;
  readonly #summary = new AlertSummary();
  readonly #writer: AlertWriter;
  #partitions = 1;
  /** Offsets of which nobody knows what became, since the start. */
  #unaccounted = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { windowMs = DEFAULT_WINDOW_MS, directory } = options;
    this.#writer = new AlertWriter({ windowMs, directory });
    this.#late = new LateShare(options.clock);
    this.#reporter = options.reportRules ? new RulesReporter(options) : undefined;
    this.#metrics = options.registry && streamMetrics(options.registry, () => this.#late.share);
    this.skipped = this.#skipped;
    this.rejected = this.#rejected;
    options.health?.watch("stream", () => this.#health());
  }

  /** Works until the signal is aborted, then finishes its batches, commits and leaves the group. */
  async run(signal: AbortSignal): Promise<void> {
    this.#partitions = await this.#options.log.partitions("rules");
    const member = await this.#options.log.joinRaw({
      group: this.#options.group ?? "stream",
      topics: ["trades"],
      assigned: (assignment) => this.#assigned(assignment),
    });
    this.#joined = true;
    const reporting = this.#reporter?.run(signal);
    const leave = () => void member.leave();
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    try {
      await member.done;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#joined = false;
      if (signal.aborted) await reporting;
    }
  }

  /**
   * Resolves when each of the rules is known, at its version or a later one, to the partition that evaluates it here.
   *
   * @throws {OutsideError} code `not_in_force` after `timeoutMs`: the rule is stored, and will be in force later.
   */
  async inForce(rules: readonly Rule[], timeoutMs = 5_000): Promise<void> {
    const { log, clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const partitions = await log.partitions("rules");
    for (const rule of rules) {
      for (const partition of partitionsOf(rule, partitions)) {
        while (!this.#knows(partition, rule)) {
          const left = deadline - clock.monotonic();
          if (left <= 0) {
            throw new OutsideError(
              "not_in_force",
              `rule ${rule.id} is stored, but the stream has not taken it up within ${timeoutMs} ms`,
              { retryable: true },
            );
          }
          await this.#change(left);
        }
      }
    }
  }

  #knows(partition: number, rule: Rule): boolean {
    const owned = this.#owned.get(partition);
    return owned?.ready === true && (owned.rules.get(rule.id)?.version ?? 0) >= rule.version;
  }

  /** Resolves at the next change of any partition's rules, or after `ms`. */
  async #change(ms: number): Promise<void> {
    const stop = new AbortController();
    const changed = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.race([changed, this.#options.clock.sleep(ms, stop.signal)]);
    stop.abort();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #assigned(assignment: Assignment): Promise<PartitionTask<RawBatch>> {
    const { module, windowMs = DEFAULT_WINDOW_MS, commitMs = 250 } = this.#options;
    const misplaced = new MisplacedRules({ partition: assignment.partition, partitions: this.#partitions });
    const owned: Owned = {
      rules: new RuleHistory(this.#templates),
      misplaced,
      ready: false,
    };
    this.#owned.set(assignment.partition, owned);
    this.#metrics?.assigned.set(this.#owned.size);
    const partitions = await this.#options.log.partitions("trades");
    const engine = new Engine(module, {
      ...this.#options,
      partitions,
      keepTrades: true,
      candles: true,
      stopsAtDays: true,
    });
    const task = await StreamPartition.restore({
      ...this.#options,
      assignment,
      engine,
      rules: owned.rules,
      templates: this.#templates,
      misplaced,
      summary: this.#summary,
      writer: this.#writer,
      windowMs,
      commitMs,
      metrics: this.#metrics,
      onRules: (next) => {
        this.#wake();
        if (owned.ready) this.#reporter?.reached(assignment.partition, next);
      },
      onEvaluation: (evaluation, account) => this.#tally(evaluation, account),
    });
    owned.ready = true;
    this.#reporter?.reached(assignment.partition, task.rulesRead);
    this.#wake();
    return {
      handle: (batch) => task.handle(batch),
      idle: () => task.idle(),
      revoke: async () => {
        if (this.#owned.get(assignment.partition) === owned) this.#owned.delete(assignment.partition);
        this.#metrics?.assigned.set(this.#owned.size);
        await task.revoke();
        // Whoever may own it by now says so itself.
        if (!(assignment.signal.reason instanceof OutsideError)) {
          await this.#reporter?.left(assignment.partition);
        }
      },
    };
  }

  #tally(evaluation: Evaluation, account: OffsetAccount): void {
    this.#unaccounted += account.unaccounted;
    for (const outcome of OUTCOMES) {
      if (account[outcome] > 0) this.#metrics?.offsets.inc({ outcome }, account[outcome]);
    }
    const skip = (reason: SkipReason, times: number) => {
      if (times === 0) return;
      this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + times);
      this.#metrics?.skipped.inc({ reason }, times);
    };
    this.#late.note(evaluation.trades, evaluation.late);
    this.#metrics?.passed.inc(evaluation.passed);
    skip("late", evaluation.late);
    skip("halted", evaluation.halted);
    skip("expected_price", evaluation.expected);
    for (const { code } of evaluation.rejected) {
      this.#rejected.set(code, (this.#rejected.get(code) ?? 0) + 1);
      this.#metrics?.rejected.inc({ code });
    }
  }

  #health() {
    const partitions = [...this.#owned.values()];
    const restoring = partitions.filter((owned) => !owned.ready).length;
    if (!this.#joined) return { state: "starting" as const, detail: "joining the group" };
    if (restoring > 0) {
      const detail = `restoring ${restoring} of ${partitions.length} partitions`;
      return { state: "starting" as const, detail };
    }
    if (this.#late.isHigh) return lateHealth(this.#late);
    const ready = { state: "ready" as const, detail: `evaluating ${partitions.length} partitions` };
    return wrongHealth(this.#unaccounted, partitions) ?? ready;
  }
}

function wrongHealth(unaccounted: number, partitions: readonly Owned[]) {
  const state = "degraded" as const;
  if (unaccounted > 0) {
    return {
      state,
      detail: `${unaccounted} offsets of the trades topic are not accounted for: this is a fault`,
    };
  }
  const misplaced = partitions.reduce((sum, owned) => sum + owned.misplaced.size, 0);
  if (misplaced === 0) return undefined;
  const detail = `${misplaced} rules stand on partitions where no trade of theirs comes and cannot fire: ` +
    'the topics had another number of partitions; delete and make the rules again, or "tickbell topics grow"';
  return { state, detail };
}

function lateHealth({ sums: { trades, late } }: LateShare) {
  const detail = `${late} of the last minute's ${trades} trades are too old to fire: ` +
    "the feed is far behind, or a clock is wrong";
  return { state: "degraded" as const, detail };
}
