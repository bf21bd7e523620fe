import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { quietUntil, type StormBreaker } from "../../alerts/gate.ts";
import { type Delivery, deliveryKey, intent, moved, newDelivery, recipientsOf } from "../../alerts/ledger.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { REDRIVEN_HEADER } from "../../books/dead_letters.ts";
import type {
  Assignment,
  EventLog,
  LogRecord,
  NewRecord,
  PartitionTask,
  RecordBatch,
} from "../../ports/event_log.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import { logger } from "../../telemetry/log.ts";
import type { NotifierMetrics } from "../../telemetry/notifier_metrics.ts";
import { LedgerWatch } from "./ledger_watch.ts";
import { LedgerWriter } from "./ledger_writer.ts";
import { deliveryLetters, type Fault, type UnknownPolicy } from "./deliverer.ts";
import type { Lane } from "./lane.ts";
import type { HeldDeliveries } from "./held_deliveries.ts";
import { PartitionLedger } from "./partition_ledger.ts";
import { resume } from "./resume.ts";
import type { OpenDelivery } from "./open_delivery.ts";

const log = logger("notifier");

/** What the partitions of a notifier share. */
export interface PartitionShared {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Why a delivery is not to be made now: its recipient is suppressed, or somebody silenced it. */
  readonly hushed: (delivery: Delivery) => Fault | undefined;
  readonly book: RecipientBook;
  readonly storm: StormBreaker;
  readonly held: HeldDeliveries;
  readonly unknown: UnknownPolicy;
  readonly metrics: NotifierMetrics | undefined;
  readonly rememberMs: number;
  readonly commitMs: number;
  /** How long running calls may take to end when the partition is taken away, ms. */
  readonly drainMs: number;
  /** The lane of a delivery; undefined when its channel is not configured. */
  readonly laneFor: (open: { readonly lane: string; readonly channel: string }) => Lane | undefined;
  /** Puts a delivery off until its `due`. */
  readonly later: (open: OpenDelivery) => void;
  /** A delivery waits for a digest. */
  readonly waits: (open: OpenDelivery) => void;
  /** Waits while there is more open than the notifier takes on. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** A batch has been taken up. */
  readonly moved: () => void;
  /** A partition's deliveries are forgotten. */
  readonly forgot: () => void;
  readonly changed: (delivery: Delivery, open: OpenDelivery) => void;
}

/** Records that go into one append, about. */
const CHUNK = 250;

interface Admitted {
  readonly records: NewRecord[];
  /** By index in `records`: the delivery whose first record it is, and the lane where a place is reserved for it. */
  readonly taken: {
    readonly index: number;
    readonly open: OpenDelivery;
    readonly next: Delivery;
    readonly lane?: Lane;
  }[];
}

/**
 * One partition of alerts and its ledger.
 *
 * Delivery: an alert's deliveries are in the ledger before its offset is committed; each carries the alert until its
 * end, so nothing waits for a slow channel but the messages of that channel.
 */
export class NotifierPartition implements PartitionTask<RecordBatch> {
  readonly ledger: PartitionLedger;
  readonly #shared: PartitionShared;
  readonly #assignment: Assignment;
  readonly #writer: LedgerWriter;
  readonly #watch: LedgerWatch;
  /** Aborted when the time to finish is over. */
  readonly #stop = new AbortController();
  #running = new Set<Promise<void>>();
  #next: number;
  #committed: number;
  #committedAt: number;

  constructor(shared: PartitionShared, assignment: Assignment) {
    this.#shared = shared;
    this.#assignment = assignment;
    this.#writer = new LedgerWriter({
      log: shared.log,
      clock: shared.clock,
      random: shared.random,
      signal: this.#stop.signal,
      failed: (error) =>
        log.warn("the ledger cannot be written, trying again: {error}", { error: error.message }),
      appended: (records, positions) => this.#watch.appended(records, positions),
    });
    this.ledger = new PartitionLedger({
      log: shared.log,
      partition: assignment.partition,
      writer: this.#writer,
      clock: shared.clock,
      held: shared.held,
      rememberMs: shared.rememberMs,
      counted: (recipient, at) => shared.storm.recall(recipient, at, shared.clock.now()),
      changed: shared.changed,
    });
    this.#watch = new LedgerWatch({
      log: shared.log,
      partition: assignment.partition,
      clock: shared.clock,
      writer: this.#writer,
      ledger: this.ledger,
    });
    this.#next = this.#committed = assignment.committed?.offset ?? 0;
    this.#committedAt = shared.clock.now();
  }

  get partition(): number {
    return this.#assignment.partition;
  }

  /** Everything before this offset of the alerts topic is in the ledger. */
  get position(): number {
    return this.#next;
  }

  /** Aborted when calls under way are to be given up. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get revoked(): boolean {
    return this.#assignment.signal.aborted;
  }

  get lost(): boolean {
    return this.#assignment.signal.reason instanceof OutsideError;
  }

  /** Keeps the partition until the work has ended. */
  track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work)).catch(() => {});
  }

  /** Reads the ledger and goes on with what is open. */
  async restore(): Promise<void> {
    const { open, unreadable, end } = await this.ledger.load();
    this.#watch.begin(end);
    const letters = unreadable.map(({ record, error }) => this.#letter(record, error));
    if (letters.length > 0) await this.#writer.write(letters);
    for (const delivery of open) await resume(delivery, this.ledger, this.#shared);
    if (open.length > 0) {
      log.info("{count} deliveries of partition {partition} are taken up again", {
        count: open.length,
        partition: this.partition,
      });
    }
  }

  async handle(batch: RecordBatch): Promise<void> {
    await this.#shared.room(this.#assignment.signal);
    let admitted: Admitted = { records: [], taken: [] };
    for (const record of batch.records) {
      this.#admit(record, admitted);
      if (admitted.records.length < CHUNK) continue;
      if (!await this.#write(admitted)) return;
      admitted = { records: [], taken: [] };
    }
    if (!await this.#write(admitted)) return;
    this.#next = batch.nextOffset;
    this.#shared.moved();
    const lag = Math.max(0, (batch.endOffset ?? batch.nextOffset) - batch.nextOffset);
    this.#shared.metrics?.lag.set({ partition: this.partition }, lag);
    await this.#commitWhenDue();
    await this.#putRight();
  }

  async idle(): Promise<void> {
    await this.#commitWhenDue();
    await this.#putRight();
  }

  async revoke(): Promise<void> {
    for (const open of this.ledger.open()) if (open.state !== "calling") open.forgotten = true;
    await this.#drain();
    this.ledger.forget();
    this.#shared.forgot();
    this.#shared.metrics?.lag.remove({ partition: this.partition });
    await this.#commit();
  }

  /** Waits for what is running, a limited time; then gives it up. */
  async #drain(): Promise<void> {
    const ended = new AbortController();
    const timeout = this.#shared.clock.sleep(this.#shared.drainMs, ended.signal);
    const drained = (async () => {
      while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    })();
    await Promise.race([drained, timeout]);
    ended.abort();
    this.#stop.abort();
    await drained;
  }

  #admit(record: LogRecord, admitted: Admitted): void {
    const { metrics, clock } = this.#shared;
    let alert: Alert;
    try {
      alert = decodeAlert(record.value ?? new Uint8Array());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      metrics?.skipped.inc({ reason: "unreadable" });
      log.warn("the record at {origin} is no alert: {error}", {
        origin: originOf(record),
        error: error.message,
      });
      admitted.records.push(this.#letter(record, error));
      return;
    }
    metrics?.alerts.inc();
    const redriven = record.headers[REDRIVEN_HEADER] !== undefined;
    const only = redriven ? record.headers.recipient : undefined;
    const recipients = recipientsOf(alert).filter((to) => only === undefined || to === only);
    for (const recipient of recipients) {
      if (!this.ledger.wants(deliveryKey(alert.id, recipient), redriven)) {
        metrics?.skipped.inc({ reason: "duplicate" });
        continue;
      }
      const fresh = newDelivery(alert, recipient, { at: clock.now(), origin: originOf(record) });
      this.#decide(fresh, admitted);
    }
  }

  /** What becomes of a new delivery: it is called at once, queues, waits for a digest, or is not sent. */
  #decide(fresh: Delivery, admitted: Admitted): void {
    const { book, clock, storm } = this.#shared;
    const at = clock.now();
    const open = this.ledger.begin(fresh, at);
    const put = (next: Delivery, lane?: Lane) => {
      admitted.taken.push({
        index: admitted.records.length,
        open,
        next,
        ...(lane === undefined ? {} : { lane }),
      });
      admitted.records.push(this.ledger.record(next));
    };
    const hush = this.#shared.hushed(fresh);
    if (hush !== undefined) return put(moved(fresh, "suppressed", { at, ...hush }));
    const lane = this.#shared.laneFor({ lane: open.lane, channel: fresh.channel });
    if (lane === undefined) {
      const fault = { code: "no_channel", reason: `no ${fresh.channel} channel is configured` };
      admitted.records.push(...deliveryLetters(fresh, fault, at));
      return put(moved(fresh, "dead", { at, ...fault }));
    }
    const hours = book.quietHours(fresh.recipient);
    const quiet = hours && quietUntil(hours, at);
    const until = quiet ?? storm.admit(fresh.recipient, at);
    if (until !== undefined) {
      return put(moved(fresh, "waiting", { at, until, why: quiet === undefined ? "storm" : "quiet" }));
    }
    if (!lane.tryReserve()) return put(fresh);
    put(intent(fresh, at), lane);
  }

  /** Writes what was admitted and sets it going; false when the partition was taken away first. */
  async #write({ records, taken }: Admitted): Promise<boolean> {
    if (records.length === 0) return !this.revoked;
    const writing = this.#writer.write(records);
    this.track(writing.then(() => {}));
    const positions = await writing;
    for (const { index, open, next, lane } of taken) {
      const offset = positions?.[index]?.offset;
      if (offset === undefined) {
        lane?.release();
        continue;
      }
      this.ledger.settle(open, next, offset);
      if (lane === undefined) this.#forward(open, next);
      else if (open.forgotten) lane.release();
      else {
        open.intended = true;
        lane.start(open);
      }
    }
    return positions !== undefined;
  }

  /** Hands a delivery to where it waits for its turn. */
  #forward(open: OpenDelivery, delivery: Delivery): void {
    open.due = delivery.retryAt ?? delivery.until ?? 0;
    if (open.state === "pending") {
      this.#shared.laneFor({ lane: open.lane, channel: delivery.channel })?.push(open);
    } else if (open.state === "waiting") this.#shared.waits(open);
  }

  #letter(record: LogRecord, error: InputError): NewRecord {
    return deadLetter({
      key: record.key,
      bytes: record.value ?? new Uint8Array(),
      code: error.code,
      reason: error.message,
      role: "notifier",
      origin: originOf(record),
      at: this.#shared.clock.now(),
    });
  }

  /** Looks for what another notifier wrote here after it had lost the partition. */
  async #putRight(): Promise<void> {
    if (this.revoked) return;
    const work = this.#watch.check(() => this.#commit({ always: true }));
    this.track(work.then(() => {}));
    try {
      const adopted = await work;
      for (const open of adopted) await resume(open, this.ledger, this.#shared);
      if (adopted.length > 0) this.#shared.moved();
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      log.warn("the ledger cannot be looked over, trying again: {error}", { error: error.message });
    }
  }

  async #commitWhenDue(): Promise<void> {
    const { clock, commitMs } = this.#shared;
    if (this.#next > this.#committed && clock.now() - this.#committedAt >= commitMs) await this.#commit();
  }

  /** Commits what is done; answers whether the log says that the partition is ours. */
  async #commit({ always = false } = {}): Promise<boolean> {
    if (this.#next <= this.#committed && !always) return true;
    const offset = this.#next;
    try {
      await this.#assignment.commit({ offset, metadata: "" });
      this.#committed = offset;
      this.#committedAt = this.#shared.clock.now();
      this.ledger.forgetOld();
      return true;
    } catch (error) {
      // Not ours any more, or the log is away: what is done is in the ledger, and reading it again does no harm.
      if (!(error instanceof OutsideError)) throw error;
      log.warn("the notifier's offset is not committed: {error}", { error: error.message });
      return false;
    }
  }
}

function originOf(record: LogRecord): string {
  return `${record.topic}/${record.partition}/${record.offset}`;
}
