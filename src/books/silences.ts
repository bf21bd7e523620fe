import { decodeSilence, encodeSilence, type Silence, silenceFor } from "../alerts/silences.ts";
import type { Alert } from "../alerts/alert.ts";
import { InputError } from "../core/errors.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";

/** Keys of silences on the rules topic; the tilde says that it is no rule. */
export const SILENCE_KEY = "~silence/";
/** The one partition of the rules topic that holds all silences: every notifier follows it. */
export const SILENCE_PLACEMENT = "~silences";

/** The record of a silence, or of its end. */
export function silenceRecord(silence: Silence, at: number, ended = false): NewRecord {
  return {
    topic: "rules",
    key: SILENCE_KEY + silence.id,
    placement: SILENCE_PLACEMENT,
    value: ended ? null : encodeSilence(silence),
    timestamp: at,
  };
}

/**
 * The silences as they stand in the log: one partition of the rules topic, read to its end and then followed. The
 * notifier asks {@link SilenceBook.silencing} before it delivers.
 *
 * @example
 * ```ts ignore
 * const book = await SilenceBook.load(log);
 * book.follow(signal);
 * const silence = book.silencing({ alert, recipient, now: clock.now() });
 * ```
 */
export class SilenceBook {
  readonly #log: EventLog;
  readonly #silences = new Map<string, Silence>();
  #partition = 0;
  #next = 0;

  private constructor(log: EventLog) {
    this.#log = log;
  }

  /** Reads everything that is there now. */
  static async load(log: EventLog): Promise<SilenceBook> {
    const book = new SilenceBook(log);
    book.#partition = await log.partitionOf("rules", SILENCE_PLACEMENT);
    const { start, end } = await log.bounds("rules", book.#partition);
    book.#next = start;
    await book.#read(end);
    book.#next = Math.max(book.#next, end);
    return book;
  }

  /** Takes up changes until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#read(undefined, signal);
  }

  /** The silence that keeps an alert from a recipient now. */
  silencing(
    delivery: { readonly alert: Alert; readonly recipient: string; readonly now: number },
  ): Silence | undefined {
    return silenceFor(this.#silences.values(), delivery);
  }

  /** Every silence, ended ones too until they are deleted. */
  all(): readonly Silence[] {
    return [...this.#silences.values()];
  }

  async #read(to: number | undefined, signal?: AbortSignal): Promise<void> {
    const from = this.#next;
    for await (
      const batch of this.#log.read({ topic: "rules", partition: this.#partition, from, to, signal })
    ) {
      for (const record of batch.records) applySilence(this.#silences, record);
      this.#next = batch.nextOffset;
    }
  }
}

/** Takes a record of the rules topic into a map of silences by id; other records change nothing. */
export function applySilence(silences: Map<string, Silence>, record: LogRecord): void {
  if (!record.key.startsWith(SILENCE_KEY)) return;
  const id = record.key.slice(SILENCE_KEY.length);
  if (record.value === null) {
    silences.delete(id);
    return;
  }
  try {
    silences.set(id, decodeSilence(record.value));
  } catch (thrown) {
    // Written by something newer or broken: what was known before goes on to hold.
    if (!(thrown instanceof InputError)) throw thrown;
  }
}
