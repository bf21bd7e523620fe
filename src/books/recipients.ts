import { InputError } from "../core/errors.ts";
import { parseQuietHours, type QuietHours } from "../alerts/gate.ts";
import {
  decodeRecipient,
  encodeRecipient,
  isRecipientKey,
  normalRecipient,
  recipientKey,
  RECIPIENTS_PLACEMENT,
  type RecipientSettings,
  type Suppression,
} from "../alerts/recipient_settings.ts";
import type { EventLog, LogRecord } from "../ports/event_log.ts";

/** What an operator wants of a recipient. */
export interface RecipientOrder {
  readonly suppressed?: boolean | undefined;
  readonly reason?: string | undefined;
  /** Null: none. */
  readonly quietHours?: string | null | undefined;
}

/**
 * The recipients' settings (suppression list, quiet hours) as they stand in the log: one partition of the deliveries
 * topic, read to its end and then followed. The same class serves the notifier and the API.
 */
export class RecipientBook {
  readonly #log: EventLog;
  #settings = new Map<
    string,
    { settings: RecipientSettings; quiet: QuietHours | undefined; writtenAt: number }
  >();
  #partition = 0;
  #next = 0;

  private constructor(log: EventLog) {
    this.#log = log;
  }

  /** Reads everything that is there now. */
  static async load(log: EventLog): Promise<RecipientBook> {
    const book = new RecipientBook(log);
    book.#partition = await log.partitionOf("deliveries", RECIPIENTS_PLACEMENT);
    const { start, end } = await log.bounds("deliveries", book.#partition);
    book.#next = start;
    await book.#read(end);
    return book;
  }

  /** Takes up changes until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#read(undefined, signal);
  }

  /** What is known of a recipient; undefined when nothing is. */
  get(recipient: string): RecipientSettings | undefined {
    return this.#settings.get(normalRecipient(recipient))?.settings;
  }

  suppression(recipient: string): Suppression | undefined {
    return this.get(recipient)?.suppression ?? undefined;
  }

  quietHours(recipient: string): QuietHours | undefined {
    return this.#settings.get(normalRecipient(recipient))?.quiet;
  }

  /** Every recipient of whom something is known, by address. */
  all(): readonly RecipientSettings[] {
    return [...this.#settings.values()].map(({ settings }) => settings)
      .sort((one, other) => one.recipient < other.recipient ? -1 : 1);
  }

  /**
   * Changes a recipient's settings and answers them as they are now; settings that say nothing are removed.
   *
   * @throws {OutsideError} when the log cannot be written.
   */
  async change(
    recipient: string,
    change: Partial<Pick<RecipientSettings, "suppression" | "quietHours">>,
    at: number,
  ): Promise<RecipientSettings> {
    const normal = normalRecipient(recipient);
    const before = this.get(normal) ?? { suppression: null, quietHours: null };
    const after = { ...before, ...change, recipient: normal, updatedAt: at };
    // Read as it will be read back: what could not be read must not be written.
    const settings = decodeRecipient(new TextEncoder().encode(encodeRecipient(after)));
    await this.#write(settings, at);
    this.#take(settings, at);
    return settings;
  }

  /**
   * Changes what an operator says: `suppressed` by hand, with the reason, or no more; what is absent stays.
   *
   * @throws What {@link change} throws.
   */
  async changeByHand(
    recipient: string,
    { suppressed, reason = "suppressed by an operator", quietHours }: RecipientOrder,
    at: number,
  ): Promise<RecipientSettings> {
    return await this.change(recipient, {
      ...(suppressed === undefined
        ? {}
        : { suppression: suppressed ? { cause: "manual", reason, at } : null }),
      ...(quietHours === undefined ? {} : { quietHours }),
    }, at);
  }

  /**
   * Writes again what was last written before `olderThan`: the topic deletes old records, and these must stay. Answers
   * how many there were.
   */
  async refresh(olderThan: number, at: number): Promise<number> {
    const old = [...this.#settings.values()].filter(({ writtenAt }) => writtenAt < olderThan);
    for (const { settings } of old) {
      await this.#write(settings, at);
      this.#take(settings, at);
    }
    return old.length;
  }

  async #write(settings: RecipientSettings, at: number): Promise<void> {
    const says = settings.suppression !== null || settings.quietHours !== null;
    await this.#log.append([{
      topic: "deliveries",
      key: recipientKey(settings.recipient),
      placement: RECIPIENTS_PLACEMENT,
      value: says ? encodeRecipient(settings) : null,
      timestamp: at,
    }]);
  }

  async #read(to: number | undefined, signal?: AbortSignal): Promise<void> {
    const range = { topic: "deliveries", partition: this.#partition, from: this.#next } as const;
    const batches = this.#log.read({
      ...range,
      ...(to === undefined ? {} : { to }),
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const batch of batches) {
      for (const record of batch.records) this.#apply(record);
      this.#next = batch.nextOffset;
    }
    if (to !== undefined) this.#next = Math.max(this.#next, to);
  }

  #apply(record: LogRecord): void {
    if (!isRecipientKey(record.key)) return;
    if (record.value === null) {
      this.#settings.delete(record.key.slice(recipientKey("").length));
      return;
    }
    try {
      this.#take(decodeRecipient(record.value), record.timestamp);
    } catch (error) {
      // Written by something newer or broken: what was known of the recipient before goes on to hold.
      if (!(error instanceof InputError)) throw error;
    }
  }

  #take(settings: RecipientSettings, writtenAt: number): void {
    if (settings.suppression === null && settings.quietHours === null) {
      this.#settings.delete(settings.recipient);
      return;
    }
    const quiet = settings.quietHours === null ? undefined : parseQuietHours(settings.quietHours);
    this.#settings.set(settings.recipient, { settings, quiet, writtenAt });
  }
}
