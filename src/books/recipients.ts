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
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

/** What an operator wants of a recipient. */
export interface RecipientOrder {
  readonly suppressed?: boolean | undefined;
  readonly reason?: string | undefined;
  /** Null: none. */
  readonly quietHours?: string | null | undefined;
}

/** What a record says of a recipient: these settings, or none any more. */
export interface RecipientNews {
  readonly recipient: string;
  readonly settings: RecipientSettings | null;
}

/**
 * The recipients' settings (suppression list, quiet hours) as they stand in the log: one partition of the deliveries
 * topic, read to its end and then followed. The same class serves the notifier and the API.
 */
export class RecipientBook implements ProjectionReader<RecipientNews> {
  readonly #log: EventLog;
  readonly #projection: Projection;
  #settings = new Map<
    string,
    { settings: RecipientSettings; quiet: QuietHours | undefined; writtenAt: number }
  >();

  constructor(log: EventLog) {
    this.#log = log;
    this.#projection = new Projection({
      log,
      topic: "deliveries",
      placement: RECIPIENTS_PLACEMENT,
      readers: [this],
    });
  }

  /**
   * Reads everything that is there now.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  static async load(log: EventLog): Promise<RecipientBook> {
    const book = new RecipientBook(log);
    await book.#projection.load();
    return book;
  }

  /** Takes up changes until the signal is aborted. */
  async follow(options: FollowOptions): Promise<void> {
    await this.#projection.follow(options);
  }

  /** Resolves when what was there when it began has been read. */
  get ready(): Promise<void> {
    return this.#projection.ready;
  }

  /** Why nothing is read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#projection.failure;
  }

  /** @throws {InputError} for what is no recipient's settings. */
  decode({ key, value }: LogRecord): RecipientNews | undefined {
    if (!isRecipientKey(key)) return undefined;
    return {
      recipient: key.slice(recipientKey("").length),
      settings: value && decodeRecipient(value),
    };
  }

  apply({ recipient, settings }: RecipientNews, { timestamp }: LogRecord): void {
    if (settings === null) this.#settings.delete(recipient);
    else this.#take(settings, timestamp);
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

  #take(settings: RecipientSettings, writtenAt: number): void {
    if (settings.suppression === null && settings.quietHours === null) {
      this.#settings.delete(settings.recipient);
      return;
    }
    const quiet = settings.quietHours === null ? undefined : parseQuietHours(settings.quietHours);
    this.#settings.set(settings.recipient, { settings, quiet, writtenAt });
  }
}
