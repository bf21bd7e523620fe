import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import type { Alert } from "../../alerts/alert.ts";
import { decodeAlert } from "../../alerts/codec.ts";
import { type Mailer, mailsFrom } from "../../alerts/mails_by.ts";
import { sinceOf } from "../../alerts/since.ts";
import { deliveryKey, isDigest, newDelivery, recipientsOf } from "../../alerts/ledger.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { redriveOf } from "../../books/dead_letters.ts";
import type {
  Assignment,
  EventLog,
  LogRecord,
  NewRecord,
  PartitionTask,
  RecordBatch,
} from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";
import type { NotifierMetrics } from "../../telemetry/notifier_metrics.ts";
import type { Clock } from "../../core/clock.ts";
import type { Place } from "../delivery/lane.ts";
import { scopeOf } from "../delivery/lanes.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { NotifierGate } from "./gate.ts";
import { isListed, regatheredOf } from "./digest_records.ts";
import { LedgerWatch } from "./ledger_watch.ts";
import type { OpenDelivery } from "./open_delivery.ts";
import type { LedgerBudget, PartitionLedger, Planned } from "./partition_ledger.ts";

const log = logger("notifier");

/** What a partition works with; it is above all of it. */
export interface NotifierPartitionOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly assignment: Assignment;
  readonly ledger: PartitionLedger;
  readonly dispatcher: Dispatcher;
  readonly gate: NotifierGate;
  readonly book: RecipientBook;
  readonly budget: LedgerBudget;
  readonly metrics: NotifierMetrics | undefined;
  readonly mailer: Mailer;
  readonly commitMs: number;
  /** How long running calls may take to end when the partition is taken away, ms. */
  readonly drainMs: number;
}

/** Records that go into one append, about. */
const CHUNK = 250;

/** What one append takes up. */
interface Batch {
  readonly others: NewRecord[];
  readonly planned: Planned[];
  readonly places: (Place<OpenDelivery> | undefined)[];
}

/**
 * One partition of alerts and its ledger.
 *
 * Delivery: an alert's deliveries are in the ledger before its offset is committed; each carries the alert until its
 * end, so nothing waits for a slow channel but the messages of that channel.
 */
export class NotifierPartition implements PartitionTask<RecordBatch> {
  readonly ledger: PartitionLedger;
  readonly #options: NotifierPartitionOptions;
  readonly #watch: LedgerWatch;
  #restored = false;
  #next: number;
  #committed: number;
  #committedAt: number;

  constructor(options: NotifierPartitionOptions) {
    const { log: eventLog, clock, assignment, ledger, book } = options;
    const { partition, writer, gaps } = ledger;
    this.#options = options;
    this.ledger = ledger;
    const noticesEnd = () => book.noticesEnd(partition);
    this.#watch = new LedgerWatch({ log: eventLog, partition, clock, writer, gaps, ledger, noticesEnd });
    this.#next = this.#committed = assignment.committed?.offset ?? 0;
    this.#committedAt = clock.monotonic();
  }

  /** Everything before this offset of the alerts topic is in the ledger; -1 while the ledger is being read. */
  get position(): number {
    return this.#restored ? this.#next : -1;
  }

  /** Reads the ledger and goes on with what is open. */
  async restore(): Promise<void> {
    const { gate, clock } = this.#options;
    const { open, unreadable, counted, overwritten, late } = await this.ledger.load();
    gate.recall({ partition: this.ledger.partition, messages: counted }, clock.now());
    const letters = unreadable.map(({ record, error }) => this.#letter(record, error));
    const records = [...letters, ...overwritten];
    if (records.length > 0) await this.ledger.writer.write(records);
    await this.#resume(open, ({ key }) => late.has(key));
    this.#restored = true;
    this.#options.dispatcher.changed.notify();
    if (open.length === 0) return;
    log.info("{count} deliveries of partition {partition} are taken up again", {
      count: open.length,
      partition: this.ledger.partition,
    });
  }

  /** Takes up a batch of alerts. */
  async handle(batch: RecordBatch): Promise<void> {
    const { budget, clock, assignment } = this.#options;
    // What is open is worked on meanwhile.
    while (budget.open > budget.openLimit && !this.ledger.revoked) await clock.sleep(100, assignment.signal);
    let taken: Batch = { others: [], planned: [], places: [] };
    for (const record of batch.records) {
      this.#admit(record, taken);
      if (taken.others.length + taken.planned.length < CHUNK) continue;
      if (!await this.#write(taken)) return;
      taken = { others: [], planned: [], places: [] };
    }
    if (!await this.#write(taken)) return;
    this.#next = batch.nextOffset;
    this.#options.dispatcher.changed.notify();
    const lag = Math.max(0, (batch.endOffset ?? batch.nextOffset) - batch.nextOffset);
    this.#options.metrics?.lag.set({ partition: this.ledger.partition }, lag);
    await this.idle();
  }

  async idle(): Promise<void> {
    const { clock, commitMs } = this.#options;
    if (this.#next > this.#committed && clock.monotonic() - this.#committedAt >= commitMs) {
      await this.#commit();
    }
    await this.#putRight();
  }

  async revoke(): Promise<void> {
    const { dispatcher, gate, metrics } = this.#options;
    this.ledger.release();
    await this.#drain();
    if (this.#restored) gate.release(this.ledger.partition, this.ledger.gaps.next);
    this.ledger.forget();
    dispatcher.sweep();
    metrics?.lag.remove({ partition: this.ledger.partition });
    if (this.#next > this.#committed) await this.#commit();
  }

  /** Waits for what is running, a limited time; then gives up the calls, writes how far they came, and ends. */
  async #drain(): Promise<void> {
    const { clock, drainMs, dispatcher } = this.#options;
    const ended = new AbortController();
    const drained = this.ledger.quiet();
    await Promise.race([drained, clock.sleep(drainMs, ended.signal)]);
    dispatcher.giveUp(this.ledger);
    await Promise.race([drained, clock.sleep(LAST_WRITES_MS, ended.signal)]);
    ended.abort();
    this.ledger.giveUp();
    await drained;
  }

  #admit(record: LogRecord, batch: Batch): void {
    const { metrics, clock, mailer } = this.#options;
    if (!mailsFrom(mailer, record.headers)) return void metrics?.skipped.inc({ reason: "elsewhere" });
    let alert: Alert;
    try {
      alert = decodeAlert(record.value ?? new Uint8Array());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      metrics?.skipped.inc({ reason: "unreadable" });
      const origin = originOf(record);
      log.warn("the record at {origin} is no alert: {error}", { origin, error: error.message });
      batch.others.push(this.#letter(record, error));
      return;
    }
    metrics?.alerts.inc();
    const at = clock.now();
    const redriven = redriveOf(record.headers);
    const only = redriven ? record.headers.recipient : undefined;
    const given = { at, origin: originOf(record), since: redriven ? at : sinceOf(record.headers, at) };
    for (const recipient of recipientsOf(alert)) {
      if (only !== undefined && recipient !== only) continue;
      if (this.ledger.wants(deliveryKey(alert.id, recipient), redriven)) {
        this.#decide(alert, recipient, { ...given, batch });
      } else metrics?.skipped.inc({ reason: "duplicate" });
    }
  }

  /** What becomes of a new delivery: it is called at once, queues, waits for a digest, or is not sent. */
  #decide(
    alert: Alert,
    recipient: string,
    { at, batch, ...given }: { at: number; origin: string; since: number; batch: Batch },
  ): void {
    const { dispatcher, gate } = this.#options;
    const fresh = newDelivery(alert, recipient, { at, ...given });
    const verdict = gate.verdict(fresh, at, dispatcher.has(fresh.channel));
    const { channel, tenant = "" } = fresh;
    const turn = { tenant, recipient, channel, scope: scopeOf(channel, recipient) };
    const place = Object.keys(verdict).length === 0 ? dispatcher.reserve(turn) : undefined;
    const event = { type: "admitted", at, place: place !== undefined, ...verdict } as const;
    batch.planned.push(this.ledger.begin(fresh, event, at));
    batch.places.push(place);
  }

  /** Writes what was admitted and sets it going; false when the partition was taken away first. */
  async #write({ others, planned, places }: Batch): Promise<boolean> {
    const { dispatcher } = this.#options;
    const written = await this.ledger.write(planned, others);
    if (written === undefined) {
      for (const place of places) place?.lane.release(place);
      return false;
    }
    for (const [index, one] of written.entries()) dispatcher.follow(one, places[index]);
    return true;
  }

  #letter(record: LogRecord, error: InputError): NewRecord {
    return deadLetter({
      key: record.key,
      bytes: record.value ?? new Uint8Array(),
      code: error.code,
      reason: error.message,
      role: "notifier",
      origin: originOf(record),
      at: this.#options.clock.now(),
    });
  }

  /** Goes on with what is open. @param mayBeLate Of which to ask, if it is a digest, what became of its alerts before it came. */
  async #resume(
    all: readonly OpenDelivery[],
    mayBeLate: (open: OpenDelivery) => boolean,
  ): Promise<void> {
    const { dispatcher, log: eventLog } = this.#options;
    for (const open of all) {
      const digest = mayBeLate(open) && isDigest({ id: open.key }) && await this.ledger.read(open);
      const regathered = digest ? await regatheredOf(eventLog, digest) : new Set<string>();
      const listed = open.state === "gathered" && open.delivery !== undefined &&
        await isListed(eventLog, open.delivery);
      await dispatcher.resume(open, { listed, regathered });
    }
  }

  /** Searches for what another notifier wrote here after it had lost the partition. */
  async #putRight(): Promise<void> {
    if (this.ledger.revoked) return;
    const work = this.#watch.check(() => this.#commit());
    this.ledger.track(work);
    try {
      const adopted = await work;
      await this.#resume(adopted, ({ state }) => state === "pending");
      if (adopted.length > 0) this.#options.dispatcher.changed.notify();
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      log.warn("the ledger cannot be checked, trying again: {error}", { error: messageOf(error) });
    }
  }

  /**
   * Commits what is done.
   *
   * @returns whether the log says that the partition is ours.
   */
  async #commit(): Promise<boolean> {
    const { assignment, clock } = this.#options;
    const offset = this.#next;
    try {
      await assignment.commit({ offset, metadata: "" });
      this.#committed = offset;
      this.#committedAt = clock.monotonic();
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

/** For writing how far the calls came that were given up, ms. */
const LAST_WRITES_MS = 500;

function originOf(record: LogRecord): string {
  return `${record.topic}/${record.partition}/${record.offset}`;
}
