import type { Clock } from "../../core/clock.ts";
import { recordsOf } from "../../books/records_of.ts";
import { type Delivery, readDelivery } from "../../alerts/ledger.ts";
import { isNoticeId } from "../../alerts/notice.ts";
import { isRecipientKey } from "../../alerts/recipient_settings.ts";
import type { EventLog, LogRecord, NewRecord } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";
import type { Gap, GapFinder } from "./gap_finder.ts";
import type { LedgerWriter } from "./ledger_writer.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import type { OpenDelivery } from "./open_delivery.ts";

const log = logger("notifier");

export interface LedgerWatchOptions {
  readonly log: EventLog;
  readonly partition: number;
  readonly clock: Clock;
  readonly writer: LedgerWriter;
  readonly gaps: GapFinder;
  readonly ledger: PartitionLedger;
  /** The offset after the last notice on the partition that is known: others write those, and they are to go out at once. */
  readonly noticesEnd: () => number;
}

/** How often the partition's end is asked for while nothing is written, ms. */
const ASK_MS = 10_000;

/**
 * Finds what another notifier wrote on a partition of the ledger after this one had read it: a zombie that lost the
 * partition and had a record on its way. That record is the newest of its key and counts for whoever reads the ledger:
 *
 * - of what is open here, or unknown, it is taken up as if it had come before the partition was read: an intent of the
 *   other one's is a call whose outcome nobody knows;
 * - of what has ended here it is wrong: the end is written again. But what the other one did send is sent;
 * - a notice is somebody else's by design: whoever has the recipients' partition takes it up.
 *
 * Only the gaps that such records leave are read: a ledger that is nobody else's costs nothing to watch.
 */
export class LedgerWatch {
  readonly #options: LedgerWatchOptions;
  #askedAt: number;
  #checking = false;

  constructor(options: LedgerWatchOptions) {
    this.#options = options;
    this.#askedAt = options.clock.monotonic();
  }

  /**
   * Puts right what somebody else wrote since the last check.
   *
   * @param owns Whether the partition is still owned, as the log says and not as we believe: two notifiers that both
   * put things right would never come to an end.
   * @returns deliveries that nobody here knew of: they are to be resumed.
   * @throws {OutsideError} when the log is away: the next check examines the same records again.
   */
  async check(owns: () => Promise<boolean>): Promise<readonly OpenDelivery[]> {
    if (this.#checking) return [];
    this.#checking = true;
    const written = this.#options.gaps.watch();
    let done = 0;
    try {
      await this.#ask();
      const gaps = [...this.#options.gaps.gaps];
      if (gaps.length === 0 || !await owns()) return [];
      const foreign = await this.#foreign(gaps);
      const adopted = foreign.size === 0 ? [] : await this.#putRight(foreign, gaps, written);
      done = gaps.length;
      return adopted;
    } finally {
      this.#options.gaps.checked(done);
      this.#checking = false;
    }
  }

  /** While nothing is written, no acknowledgement shows a gap. */
  async #ask(): Promise<void> {
    const { log: eventLog, partition, clock, writer, gaps, noticesEnd } = this.#options;
    if (writer.busy || (clock.monotonic() - this.#askedAt < ASK_MS && noticesEnd() <= gaps.next)) return;
    const before = gaps.next;
    const { end } = await eventLog.bounds("deliveries", partition);
    if (writer.busy || gaps.next !== before) return;
    this.#askedAt = clock.monotonic();
    gaps.reach(end);
  }

  /** The newest records of their keys that are somebody else's. */
  async #foreign(gaps: readonly Gap[]): Promise<Map<string, LogRecord>> {
    const found = new Map<string, LogRecord>();
    const from = (gaps[0] as Gap).from;
    for await (const record of this.#records(from)) {
      if (isRecipientKey(record.key)) continue;
      if (isIn(gaps, record.offset)) {
        found.set(record.key, record);
        this.#options.ledger.noteForeign(record);
      } else found.delete(record.key);
    }
    return found;
  }

  async #putRight(
    foreign: ReadonlyMap<string, LogRecord>,
    gaps: readonly Gap[],
    written: ReadonlySet<string>,
  ): Promise<OpenDelivery[]> {
    const { ledger, writer, clock } = this.#options;
    const ours = await this.#ours(foreign, gaps);
    const adopted: OpenDelivery[] = [];
    const again: NewRecord[] = [];
    for (const [key, record] of foreign) {
      const delivery = readDelivery(record.value);
      // What we wrote, or are writing, since then stands after it.
      if (delivery === undefined || written.has(key) || writer.isWriting(key)) continue;
      const end = ledger.endOf(key);
      if (end === undefined || delivery.state === "sent") {
        adopted.push(...ledger.adopt(record));
        continue;
      }
      // Compaction may have taken our record already.
      const { alerts: _, ...known } = delivery;
      again.push(ledger.record(ours.get(key) ?? { ...known, state: end, at: clock.now() }));
    }
    if (again.length > 0) await writer.write(again);
    if (adopted.length + again.length === 0 || [...foreign.keys()].every(isNoticeId)) return adopted;
    log.warn(
      "another notifier wrote to partition {partition} after it was ours: {open} deliveries taken up, {ended} ends " +
        "written again",
      { partition: this.#options.partition, open: adopted.length, ended: again.length },
    );
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
      const delivery = ended.has(record.key) && !isIn(gaps, record.offset)
        ? readDelivery(record.value)
        : undefined;
      if (delivery !== undefined) ours.set(record.key, delivery);
    }
    return ours;
  }

  #records(from = 0): AsyncGenerator<LogRecord> {
    const { log: eventLog, partition, gaps } = this.#options;
    return recordsOf(eventLog, { topic: "deliveries", partition, from, to: gaps.next });
  }
}

function isIn(gaps: readonly Gap[], offset: number): boolean {
  return gaps.some(({ from, to }) => offset >= from && offset < to);
}
