import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { decodeDelivery, type Delivery } from "../../alerts/ledger.ts";
import { isRecipientKey } from "../../alerts/recipient_settings.ts";
import type { EventLog, LogRecord, NewRecord, Position } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";
import type { LedgerWriter } from "./ledger_writer.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import type { OpenDelivery } from "./open_delivery.ts";

const log = logger("notifier");

export interface LedgerWatchOptions {
  readonly log: EventLog;
  readonly partition: number;
  readonly clock: Clock;
  readonly writer: LedgerWriter;
  readonly ledger: PartitionLedger;
}

/** How often the partition's end is looked at while nothing is written, ms. */
const LOOK_MS = 10_000;

interface Gap {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Finds what another notifier wrote on a partition of the ledger after this one had read it: a zombie that lost the
 * partition and had a record on its way. That record is the newest of its key and holds for whoever reads the ledger:
 *
 * - of what is open here, or unknown, it is taken up as if it had come before the partition was read: an intent of the
 *   other one's is a call whose outcome nobody knows;
 * - of what has ended here it is wrong: the end is written again. But what the other one did send is sent.
 *
 * One writer's records stand side by side. Where the log acknowledges a record further on than the one before, somebody
 * else wrote between the two, and only that is read: a ledger that is nobody else's costs nothing to watch.
 */
export class LedgerWatch {
  readonly #options: LedgerWatchOptions;
  /** Where the next record stands if nobody else writes. */
  #next = 0;
  #gaps: Gap[] = [];
  #lookedAt = 0;
  #checking = false;
  /** Keys this notifier wrote since the check under way began. */
  #written = new Set<string>();

  constructor(options: LedgerWatchOptions) {
    this.#options = options;
  }

  /** Everything before `end` has been read. */
  begin(end: number): void {
    this.#next = end;
    this.#lookedAt = this.#options.clock.now();
  }

  /** Takes note of an append of this notifier's, in the order they were made. */
  appended(records: readonly NewRecord[], positions: readonly Position[]): void {
    for (const [index, { topic, partition, offset }] of positions.entries()) {
      if (topic !== "deliveries" || partition !== this.#options.partition) continue;
      if (offset > this.#next) this.#gaps.push({ from: this.#next, to: offset });
      this.#next = Math.max(this.#next, offset + 1);
      if (this.#checking) this.#written.add(records[index]?.key ?? "");
    }
  }

  /**
   * Puts right what somebody else wrote since the last check. Answers deliveries that nobody here knew of: they are to
   * be resumed.
   *
   * @param owns Whether the partition is still held, as the log says and not as we believe: two notifiers that both
   * put things right would never come to an end.
   * @throws {OutsideError} when the log is away: the next check looks at the same records again.
   */
  async check(owns: () => Promise<boolean>): Promise<readonly OpenDelivery[]> {
    if (this.#checking) return [];
    this.#checking = true;
    try {
      await this.#look();
      if (this.#gaps.length === 0 || !await owns()) return [];
      const gaps = [...this.#gaps];
      const foreign = await this.#foreign(gaps);
      const adopted = foreign.size === 0 ? [] : await this.#putRight(foreign, gaps);
      this.#gaps.splice(0, gaps.length);
      return adopted;
    } finally {
      this.#checking = false;
      this.#written.clear();
    }
  }

  /** While nothing is written, no acknowledgement tells of a gap. */
  async #look(): Promise<void> {
    const { log: eventLog, partition, clock, writer } = this.#options;
    if (clock.now() - this.#lookedAt < LOOK_MS || writer.busy) return;
    const before = this.#next;
    const { end } = await eventLog.bounds("deliveries", partition);
    if (writer.busy || this.#next !== before) return;
    this.#lookedAt = clock.now();
    if (end <= before) return;
    this.#gaps.push({ from: before, to: end });
    this.#next = end;
  }

  /** The newest records of their keys that are somebody else's. */
  async #foreign(gaps: readonly Gap[]): Promise<Map<string, LogRecord>> {
    const found = new Map<string, LogRecord>();
    const from = (gaps[0] as Gap).from;
    for await (const record of this.#records(from)) {
      if (isRecipientKey(record.key)) continue;
      if (isIn(gaps, record.offset)) found.set(record.key, record);
      else found.delete(record.key);
    }
    return found;
  }

  async #putRight(foreign: ReadonlyMap<string, LogRecord>, gaps: readonly Gap[]): Promise<OpenDelivery[]> {
    const { ledger, writer, clock } = this.#options;
    const ours = await this.#ours(foreign, gaps);
    const adopted: OpenDelivery[] = [];
    const again: NewRecord[] = [];
    for (const [key, record] of foreign) {
      const delivery = read(record);
      // What we wrote, or are writing, since then stands after it.
      if (delivery === undefined || this.#written.has(key) || writer.holds(key)) continue;
      const end = ledger.endOf(key);
      if (end === undefined || delivery.state === "sent") {
        adopted.push(...ledger.adopt(record));
        continue;
      }
      // Compaction may have taken our record already.
      const { alerts: _, ...known } = delivery;
      again.push(ledger.record(ours.get(key) ?? { ...known, state: end, at: clock.now() }));
    }
    log.warn(
      "another notifier wrote to partition {partition} after it was ours: {open} deliveries taken up, {ended} ends " +
        "written again",
      { partition: this.#options.partition, open: adopted.length, ended: again.length },
    );
    if (again.length > 0) await writer.write(again);
    return adopted;
  }

  /** The newest of our own records of what has ended here. */
  async #ours(
    foreign: ReadonlyMap<string, LogRecord>,
    gaps: readonly Gap[],
  ): Promise<ReadonlyMap<string, Delivery>> {
    const { ledger } = this.#options;
    const ours = new Map<string, Delivery>();
    const ended = new Set([...foreign.keys()].filter((key) => ledger.endOf(key) !== undefined));
    if (ended.size === 0) return ours;
    for await (const record of this.#records()) {
      const delivery = ended.has(record.key) && !isIn(gaps, record.offset) ? read(record) : undefined;
      if (delivery !== undefined) ours.set(record.key, delivery);
    }
    return ours;
  }

  async *#records(from?: number): AsyncGenerator<LogRecord> {
    const { log: eventLog, partition } = this.#options;
    const { start } = await eventLog.bounds("deliveries", partition);
    const range = {
      topic: "deliveries",
      partition,
      from: Math.max(start, from ?? start),
      to: this.#next,
    } as const;
    for await (const batch of eventLog.read(range)) yield* batch.records;
  }
}

function isIn(gaps: readonly Gap[], offset: number): boolean {
  return gaps.some(({ from, to }) => offset >= from && offset < to);
}

function read(record: LogRecord): Delivery | undefined {
  if (record.value === null) return undefined;
  try {
    return decodeDelivery(record.value);
  } catch (error) {
    // What is no delivery is dead-lettered when the partition is read anew.
    if (!(error instanceof InputError)) throw error;
    return undefined;
  }
}
