import type { Clock } from "../../core/clock.ts";
import type { LogGap, LogGapReason } from "../../ports/log_gap.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { LogGapList } from "../../books/log_gap_list.ts";
import type { PassedOver, ReadPlace } from "./inbox.ts";
import type { BrokenBatch } from "./record_batch.ts";

/** A transaction that is open for longer is said: a program that hangs keeps back the whole partition, ms. */
const STANDING_MS = 10_000;

/** What the readings of a log passed over. A batch that several of them cannot read is one dead letter. */
export class PassedOverRecords implements PassedOver {
  #gaps = new LogGapList();
  #clock: Clock;
  #append: (records: readonly NewRecord[]) => Promise<unknown>;
  #standing = new Map<string, { readonly offset: number; readonly since: number }>();
  #buried = new Map<string, Promise<void>>();

  constructor(options: { clock: Clock; append: (records: readonly NewRecord[]) => Promise<unknown> }) {
    this.#clock = options.clock;
    this.#append = options.append;
  }

  get gaps(): readonly LogGap[] {
    return this.#gaps.gaps;
  }

  gap(place: ReadPlace, gap: { from: number; to: number; reason: LogGapReason; detail: string }): void {
    const { topic, partition, group } = place;
    const at = this.#clock.now();
    this.#gaps.note({ topic, partition, ...gap, ...(group === undefined ? {} : { group }), at });
  }

  standsAt({ name, partition }: ReadPlace, offset: number | undefined): void {
    const place = `${name}/${partition}`;
    const known = this.#standing.get(place);
    if (offset === undefined) this.#standing.delete(place);
    else if (known?.offset !== offset) this.#standing.set(place, { offset, since: this.#clock.monotonic() });
  }

  /** What has waited too long for the end of another client's transaction, for people; undefined when nothing has. */
  get standingReason(): string | undefined {
    const now = this.#clock.monotonic();
    for (const [place, { offset, since }] of this.#standing) {
      if (now - since < STANDING_MS) continue;
      return `${place} has stood at offset ${offset} for ${Math.floor((now - since) / 1000)} s: ` +
        "another client has a transaction open there, and nothing behind it is handed out";
    }
    return undefined;
  }

  unreadable(place: ReadPlace, batch: BrokenBatch & { readonly after: number }): Promise<void> {
    const { topic, partition, group } = place;
    const { offset, after, bytes, reason } = batch;
    const origin = `${topic}/${partition}/${offset}`;
    const buried = this.#buried.get(origin);
    if (buried !== undefined) return buried;
    const detail = `the record batch at offsets ${offset} to ${after - 1} cannot be read: ${reason}`;
    this.gap(place, { from: offset, to: after, reason: "unreadable", detail });
    const letter = deadLetter({
      key: "",
      bytes,
      code: "unreadable_batch",
      reason: detail,
      role: group ?? "reader",
      origin,
      at: this.#clock.now(),
      headers: { format: "kafka-record-batch" },
    });
    const done = this.#append([letter]).then(() => {});
    this.#buried.set(origin, done);
    return done;
  }
}
