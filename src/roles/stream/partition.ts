import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { RecordPack } from "../../core/record_pack.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import { lookBackOf } from "../../rules/measures.ts";
import { type Alert, idOfMatch } from "../../alerts/alert.ts";
import type { Engine, Evaluation, Match } from "../../engine/engine.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import type { Mailer } from "../../alerts/mails_by.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import type {
  Assignment,
  EventLog,
  LogRecord,
  NewRecord,
  PartitionTask,
  Position,
  RawBatch,
  Topic,
} from "../../ports/event_log.ts";
import { isRuleKey } from "../../rules/codec.ts";
import { windowOf } from "../../rules/repeat.ts";
import type { Rule } from "../../rules/rule.ts";
import type { RefusedRule, RuleHistory } from "../../rules/rule_history.ts";
import type { RuleTemplates } from "../../rules/rule_templates.ts";
import { logger } from "../../telemetry/log.ts";
import type { StreamMetrics } from "../../telemetry/stream_metrics.ts";
import { appendOrBury, appendPackOrBury } from "../../books/append_until.ts";
import type { AlertSummary } from "./alert_summary.ts";
import type { MisplacedRules } from "./misplaced_rules.ts";
import { type OffsetAccount, PartitionAudit } from "./partition_audit.ts";
import { LiveWindows } from "./live_windows.ts";
import type { AlertWriter } from "../../alerts/alert_writer.ts";
import { makeAlert } from "../../alerts/make_alert.ts";
import { CandlePlaces } from "./candle_places.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { turnedReferences } from "./day_turn.ts";
import { lookFurtherBack, neededUntil, referenceIn, restorePartition } from "./restore.ts";
import { dateOf } from "../../market/seoul_time.ts";
import { spentBy, type SpentMark, spentRecord } from "../../books/spent_rules.ts";
import { packAlerts, statusRecord } from "./stream_records.ts";

const log = logger("stream");

/** What a partition of the stream works with. */
export interface StreamPartitionOptions {
  readonly log: EventLog;
  readonly assignment: Assignment;
  readonly engine: Engine;
  readonly rules: RuleHistory;
  readonly templates: RuleTemplates;
  readonly misplaced: MisplacedRules;
  /** One for all partitions, as is the next. */
  readonly summary: AlertSummary;
  readonly writer: AlertWriter;
  readonly directory: SymbolDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly windowMs: number;
  /** How often the offset is committed, ms. */
  readonly commitMs: number;
  /** Who sends the messages of the alerts, where that is not whoever reads them first. */
  readonly mailer?: Mailer;
  readonly metrics?: StreamMetrics;
  /** Called with each alert once it is in the log. */
  readonly onAlert?: (alert: Alert) => void;
  /** Called when rules of this partition have come into force or gone: all before offset `next` have. */
  readonly onRules?: (next: number) => void;
  /** Called with each evaluation once its alerts are in the log. */
  readonly onEvaluation?: (evaluation: Evaluation, account: OffsetAccount) => void;
}

/**
 * One partition of the stream: its engine, its rules, its windows.
 *
 * Delivery: alerts are written and acknowledged before the offset is committed, and the fired bits are read back from
 * the alerts topic on assignment, so a trade that is evaluated twice cannot give a second alert id.
 */
export class StreamPartition implements PartitionTask<RawBatch> {
  /** The offset after the last record of the rules that is in force here. */
  rulesRead = 0;
  readonly #options: StreamPartitionOptions;
  readonly #stop = new AbortController();
  #windows = new LiveWindows(0);
  #candles = new CandlePlaces(0);
  #referencesFrom = 0;
  #done = 0;
  /** Whether the engine has evaluated what is not written: what it says of itself is not where the partition is, then. */
  #isAhead = false;
  #committed = -1;
  #committedAt = -Infinity;
  #committing: Promise<void> | undefined;
  #following: Promise<void> = Promise.resolve();
  #failure: unknown;
  #audit: PartitionAudit;

  private constructor(options: StreamPartitionOptions) {
    this.#options = options;
    this.#audit = new PartitionAudit(options.assignment.committed?.offset ?? null);
  }

  /** Loads the rules to the end, reads back the alerts of the live windows, then is ready to evaluate. */
  static async restore(options: StreamPartitionOptions): Promise<StreamPartition> {
    const partition = new StreamPartition(options);
    const rulesEnd = await partition.#loadRules();
    await partition.#restore();
    const following = [partition.#followRules(rulesEnd), partition.#followReferences()];
    partition.#following = Promise.all(following).then(() => {}, (error) => {
      partition.#failure = error;
    });
    return partition;
  }

  get partition(): number {
    return this.#options.assignment.partition;
  }

  async handle(batch: RawBatch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#isAhead = true;
    let evaluation = await this.#evaluate(batch);
    while (evaluation?.dayBegan && await this.#turnDay()) {
      const rest = await this.#evaluate({ ...batch, fromOffset: evaluation.nextOffset });
      evaluation = rest && joined(evaluation, rest);
    }
    if (evaluation === undefined || evaluation.dayBegan) return;
    this.#done = Math.max(evaluation.nextOffset, batch.nextOffset);
    this.#isAhead = false;
    this.#count(evaluation, batch);
    this.#commitWhenDue();
  }

  /** Evaluates a batch, to the end of a day, and writes what comes of it; undefined when the partition was taken away first. */
  async #evaluate(batch: RawBatch): Promise<Evaluation | undefined> {
    const { engine, metrics } = this.#options;
    const began = performance.now();
    const evaluation = engine.evaluate(batch);
    metrics?.engineSeconds.inc((performance.now() - began) / 1000);
    return await this.#write(evaluation, batch) ? evaluation : undefined;
  }

  /**
   * A day begins: what is known of the symbols goes on to it, before its first trade is evaluated.
   *
   * @returns false when the partition was taken away first.
   */
  async #turnDay(): Promise<boolean> {
    const { engine, assignment, clock } = this.#options;
    const turn = { ...this.#options, ...assignment, candles: this.#candles, now: clock.now() };
    for await (const next of turnedReferences({ ...turn, watermark: engine.time.watermark })) {
      if (!await this.#writeReferences(next.flatMap(({ record }) => record ?? []))) return false;
      for (const { reference } of next) engine.setReference(reference);
    }
    return true;
  }

  /** Writes references; alerts do not wait for a log that takes none from us: this engine knows them all the same. */
  async #writeReferences(records: readonly NewRecord[]): Promise<boolean> {
    try {
      return await this.#append(records) !== undefined;
    } catch (thrown) {
      if (!(thrown instanceof OutsideError)) throw thrown;
      log.error("references of the new day cannot be written, and are gone with a restart: {error}; {help}", {
        error: thrown.message,
        help: "the stream must be allowed to write that topic: tickbell topics acls",
      });
      return true;
    }
  }

  async idle(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#options.summary.flush(this.#options.clock.monotonic());
    this.#commitWhenDue();
    await this.#committing;
  }

  async revoke(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#committing;
    await this.#commit();
    this.#options.summary.flush(this.#options.clock.monotonic(), 0);
  }

  /** Writes the alerts and dead letters of an evaluation; false when the partition was taken away first. */
  async #write(evaluation: Evaluation, batch: RawBatch): Promise<boolean> {
    const madeAt = this.#options.clock.now();
    const { matches, candles = [], statuses = [] } = evaluation;
    const letters = evaluation.rejected.map(({ bytes, code, reason, offset }) =>
      deadLetter({
        key: "",
        bytes,
        code,
        reason,
        role: "stream",
        origin: `${batch.topic}/${batch.partition}/${offset}`,
        at: madeAt,
      })
    );
    const alerts = packAlerts(matches, { ...this.#options, madeAt });
    // The fired bits are set already: the same records are sent until they are acknowledged, never dropped.
    const [alertsAt, candlesAt, positions] = await Promise.all([
      Promise.all(alerts.map((pack) => this.#appendPack("alerts", pack))),
      Promise.all(candles.map((pack) => this.#appendPack("candles", pack))),
      this.#append([...letters, ...statuses.map(statusRecord)]),
    ]);
    if (positions === undefined || [...alertsAt, ...candlesAt].includes(undefined)) return false;
    this.#written(matches, alerts.map(({ count }, each) => ({ count, offset: alertsAt[each]?.offset })));
    for (const [each, pack] of candles.entries()) {
      const position = candlesAt[each];
      if (position) this.#candles.notePack(pack, position.offset);
    }
    for (const [each, status] of statuses.entries()) {
      const position = positions[letters.length + each];
      if (position !== undefined) this.#candles.noteStatus(status, position.offset);
    }
    return await this.#writeSpent(matches.filter(({ rule }) => rule.repeat === "once").map(spentBy));
  }

  /** @returns where the pack's first record is, null when none was taken; undefined when the partition was taken away first. */
  #appendPack(topic: Topic, pack: RecordPack): Promise<Position | null | undefined> {
    return appendPackOrBury({ topic, partition: this.partition }, pack, this.#appending);
  }

  /**
   * Writes which rules that fire once have, after their alerts: who dies in between leaves it to who reads those back.
   *
   * @returns false when the partition was taken away first.
   */
  async #writeSpent(spent: readonly SpentMark[]): Promise<boolean> {
    return await this.#append(spent.map(spentRecord)) !== undefined;
  }

  async #append(
    records: readonly NewRecord[],
  ): Promise<readonly (Position | undefined)[] | undefined> {
    return records.length === 0 ? [] : await appendOrBury(records, this.#appending);
  }

  get #appending() {
    const { log: events, clock, random, assignment } = this.#options;
    return {
      log: events,
      clock,
      random,
      signal: assignment.signal,
      role: "stream",
      failed: (error: OutsideError) =>
        log.warn("the stream's records cannot be written, trying again: {error}", { error: error.message }),
    };
  }

  /** The alerts are in the log: so many each at an offset or behind it, or none of them where it is undefined. */
  #written(
    matches: readonly Match[],
    packs: readonly { readonly count: number; readonly offset: number | undefined }[],
  ): void {
    const { metrics, summary, clock, onAlert, windowMs, directory } = this.#options;
    const now = clock.now();
    // A batch that fires nothing is to cost nothing: it is most of them.
    const each = matches.length > 0 && log.isEnabledFor("debug");
    let [pack, left] = [-1, 0];
    for (const match of matches) {
      const { rule, symbol, eventTime } = match;
      if (left-- === 0) left = packs[++pack]!.count - 1;
      const { offset } = packs[pack]!;
      if (offset !== undefined) {
        const windowEnd = windowOf(rule, match.windowStart, windowMs).end;
        this.#windows.note(neededUntil({ windowEnd, eventTime }, rule.maxAlertsPerDay !== null), offset);
      }
      const waitedMs = Math.max(0, now - eventTime);
      metrics?.tradeToAlert.observe(waitedMs / 1000);
      summary.note(match, waitedMs);
      if (each) log.debug("alert {alertId} of {symbol}", { alertId: idOfMatch(match), symbol });
      onAlert?.(makeAlert(match, windowMs, directory));
    }
    if (metrics && matches.length > 0) {
      for (const [kind, of] of Map.groupBy(matches, ({ rule }) => rule.kind)) {
        metrics.alerts.inc({ kind }, of.length);
      }
    }
    summary.flush(clock.monotonic());
  }

  #count(evaluation: Evaluation, batch: RawBatch): void {
    const { metrics, engine, onEvaluation } = this.#options;
    onEvaluation?.(evaluation, this.#audit.account(batch, evaluation));
    if (!metrics) return;
    const partition = String(this.partition);
    metrics.batches.inc();
    metrics.trades.inc(evaluation.trades);
    metrics.lag.set({ partition }, Math.max(0, (batch.endOffset ?? this.#done) - this.#done));
    metrics.rules.set({ partition }, engine.ruleCount);
  }

  /** Begins a commit when it is time and none is under way. The next batch does not wait for it: its trades would. */
  #commitWhenDue(): void {
    const { clock, commitMs } = this.#options;
    if (this.#done <= this.#committed || clock.monotonic() - this.#committedAt < commitMs) return;
    this.#committing ??= this.#commit()
      .catch((error) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#committing = undefined;
      });
  }

  async #commit(): Promise<void> {
    const { assignment, engine, clock, metrics } = this.#options;
    if (this.#isAhead || this.#done <= this.#committed) return;
    const { time, formingFrom } = engine;
    this.#windows.forget(time.watermark - engine.graceMs);
    const metadata = encodePosition({
      ...time,
      alertsFrom: this.#windows.restoreFrom,
      candles: this.#candles.range(time.watermark, engine.lookBack),
      days: this.#candles.days(time.watermark),
      formingFrom,
    });
    const offset = this.#done;
    try {
      await assignment.commit({ offset, metadata });
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      // Nothing is lost: what is not committed is evaluated again, and cannot fire again.
      log.warn("offset {offset} of partition {partition} not committed: {error}", {
        offset,
        partition: this.partition,
        error: error.message,
      });
      return;
    }
    this.#committed = offset;
    this.#committedAt = clock.monotonic();
    metrics?.lastCommit.set({ partition: String(this.partition) }, clock.now() / 1000);
  }

  /**
   * Loads the rules to the end.
   *
   * @returns the offset to follow on from.
   */
  async #loadRules(): Promise<number> {
    const { rules, engine, assignment, misplaced, metrics } = this.#options;
    const { start, end } = await this.#options.log.bounds("rules", this.partition);
    let next = start;
    for await (
      const batch of this.#options.log.read({
        topic: "rules",
        partition: this.partition,
        from: start,
        to: end,
        signal: assignment.signal,
      })
    ) {
      for (const record of batch.records) {
        const change = rules.load(record);
        if (change?.type === "refused") await this.#refuse(change, record);
      }
      next = batch.nextOffset;
    }
    const all = rules.list();
    for (let each = 0; each < all.length; each++) misplaced.put(all.at(each)!);
    metrics?.misplaced.set({ partition: String(this.partition) }, misplaced.size);
    engine.load(all);
    return this.rulesRead = Math.max(next, end);
  }

  async #followRules(from: number): Promise<void> {
    const { engine, rules, templates, assignment, metrics, misplaced } = this.#options;
    const signal = AbortSignal.any([assignment.signal, this.#stop.signal]);
    for await (
      const batch of this.#options.log.read({ topic: "rules", partition: this.partition, from, signal })
    ) {
      const written = batch.records.map((record) => ruleOf(record, templates));
      await this.#lookBackFor(written);
      for (const [index, record] of batch.records.entries()) {
        const change = rules.apply(record, written[index]);
        if (change.type === "put") {
          misplaced.put(change.rule);
          engine.put(change.rule);
        } else if (change.type === "removed") {
          misplaced.remove(change.ruleId);
          engine.remove(change.ruleId);
        } else if (change.type === "refused") await this.#refuse(change, record);
      }
      metrics?.rules.set({ partition: String(this.partition) }, engine.ruleCount);
      metrics?.misplaced.set({ partition: String(this.partition) }, misplaced.size);
      this.rulesRead = batch.nextOffset;
      this.#options.onRules?.(batch.nextOffset);
    }
  }

  /** Reads the candles that measures of new rules look back at, unless the engine has them. */
  async #lookBackFor(rules: readonly (Rule | undefined)[]): Promise<void> {
    const { log: events, engine, assignment } = this.#options;
    let most = engine.lookBack;
    for (const rule of rules) {
      if (rule !== undefined) most = Math.max(most, lookBackOf(rule.conditions) ?? -1);
    }
    if (most === engine.lookBack) return;
    const { partition, signal } = assignment;
    await lookFurtherBack({ log: events, partition, signal, engine, places: this.#candles }, most);
  }

  /** A record on the rules topic that is no rule, or none of a symbol, goes to the dead letters; the next one is handled. */
  async #refuse({ code, reason }: Pick<RefusedRule, "code" | "reason">, record: LogRecord): Promise<void> {
    const letter = deadLetter({
      key: record.key,
      bytes: record.value ?? new Uint8Array(),
      code,
      reason,
      role: "stream",
      origin: `${record.topic}/${record.partition}/${record.offset}`,
      at: this.#options.clock.now(),
    });
    await this.#append([letter]);
  }

  /** Brings the engine to where the partition was committed. */
  async #restore(): Promise<void> {
    const { log: events, assignment, engine, rules, directory } = this.#options;
    const { partition, signal, committed } = assignment;
    this.#done = committed?.offset ?? 0;
    this.#committed = this.#done;
    const restored = await restorePartition({
      log: events,
      partition,
      engine,
      rules,
      directory,
      signal,
      position: decodePosition(committed?.metadata ?? ""),
      done: this.#done,
    });
    this.#windows = restored.windows;
    this.#candles = restored.candles;
    this.#referencesFrom = restored.referencesFrom;
    // Before anything is committed: the next restart does not read their alerts back.
    await this.#writeSpent(restored.unsaid);
  }

  async #followReferences(): Promise<void> {
    const { log: events, assignment, engine } = this.#options;
    const signal = AbortSignal.any([assignment.signal, this.#stop.signal]);
    const range = { partition: this.partition, from: this.#referencesFrom, signal };
    for await (const { records } of events.read({ topic: "reference", ...range })) {
      for (const record of records) {
        const reference = referenceIn(record);
        if (reference instanceof InputError) {
          await this.#refuse({ code: reference.code, reason: reference.message }, record);
          continue;
        }
        if (reference === undefined) continue;
        // One of a later day waits for that day's turn, which reads it: until then it would hide today's.
        const { watermark } = engine.time;
        if (watermark === 0 || reference.date <= dateOf(watermark)) engine.setReference(reference);
      }
    }
  }
}

/** What came of two parts of a batch, as far as it is counted. */
function joined(first: Evaluation, rest: Evaluation): Evaluation {
  return {
    ...rest,
    trades: first.trades + rest.trades,
    passed: first.passed + rest.passed,
    late: first.late + rest.late,
    halted: first.halted + rest.halted,
    expected: first.expected + rest.expected,
    rejected: [...first.rejected, ...rest.rejected],
    matches: [...first.matches, ...rest.matches],
  };
}

/** The rule that a record says; undefined: it says none, or none that can be read, which is for the rules' history to refuse. */
function ruleOf({ key, value }: LogRecord, templates: RuleTemplates): Rule | undefined {
  if (value === null || !isRuleKey(key)) return undefined;
  try {
    return templates.decode(key, value);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return undefined;
  }
}
