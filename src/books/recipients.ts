import { parseQuietHours, type QuietHours } from "../alerts/gate.ts";
import type { Consent } from "../alerts/consent.ts";
import {
  afterChange,
  CHANGED_HEADER,
  changeOf,
  NO_FIELD,
  RECIPIENT_FIELDS,
  saysTheSame,
} from "../alerts/recipient_change.ts";
import { isNoticeId } from "../alerts/notice.ts";
import {
  ADOPTED,
  decodeRecipient,
  encodeRecipient,
  isRecipientKey,
  normalRecipient,
  recipientKey,
  RECIPIENTS_PLACEMENT,
  type RecipientSettings,
  saysSomething,
  type Suppression,
} from "../alerts/recipient_settings.ts";
import { InputError } from "../core/errors.ts";
import { Signal } from "../core/signal.ts";
import type { EventLog, LogRecord, NewRecord, Position } from "../ports/event_log.ts";
import { recipientFault } from "../rules/channels.ts";
import { type AnyReader, type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

/** What an operator wants of a recipient. */
export interface RecipientOrder {
  readonly suppressed?: boolean | undefined;
  readonly reason?: string | undefined;
  /** Null: none. */
  readonly quietHours?: string | null | undefined;
}

/** A change of what is known of a recipient; what is absent stays. */
export type RecipientChange = Partial<Pick<RecipientSettings, "suppression" | "quietHours" | "consent">>;

/** What a record says: a recipient's settings, or none any more; or that a notice is to be sent or was. */
export interface RecipientNews {
  readonly key: string;
  readonly settings: RecipientSettings | null;
  readonly notice: boolean;
  /** What it changes; undefined: all that it says counts. */
  readonly changed?: string;
}

/** A recipient's settings to be written, and what of them is changed. */
interface Written {
  readonly key: string;
  readonly settings: RecipientSettings;
  readonly changed: string;
}

/** Settings that say nothing. */
const NOTHING: RecipientSettings = { recipient: "", suppression: null, quietHours: null, updatedAt: 0 };

/**
 * The recipients' settings (suppression list, quiet hours, consent) as they stand in the log: one partition of the
 * deliveries topic, read to its end and then followed. The same class serves the notifier and the API.
 */
export class RecipientBook implements ProjectionReader<RecipientNews> {
  readonly #append: EventLog["append"];
  readonly #projection: Projection;
  /** By their key. */
  #settings = new Map<
    string,
    { settings: RecipientSettings; quiet: QuietHours | undefined; writtenAt: number }
  >();
  /** Keys of which is known that nothing stands. */
  readonly #cleared = new Set<string>();
  /** Keys whose newest record says something else than what stands: its writer did not know all of it. */
  readonly #overwritten = new Set<string>();
  /** What is being written, by its key: the next change of it begins there, lest it undoes this one. */
  readonly #writing = new Map<string, RecipientSettings>();
  #notices = { partition: -1, end: 0 };
  /** Something else is known now. */
  readonly changed = new Signal();

  /**
   * @param given.append how changes are written; by default as the log does it, which waits for its brokers for ever.
   * @param given.readers who else reads the recipients' partition.
   */
  constructor(
    log: EventLog,
    given: { readonly append?: EventLog["append"]; readonly readers?: readonly AnyReader[] } = {},
  ) {
    const { append = (records) => log.append(records), readers = [] } = given;
    this.#append = append;
    this.#projection = new Projection({
      log,
      topic: "deliveries",
      placement: RECIPIENTS_PLACEMENT,
      readers: [this, ...readers],
    });
  }

  /**
   * Reads everything that is there now.
   *
   * @param readers who else reads the recipients' partition.
   * @throws {OutsideError} when the log cannot be read.
   */
  static async load(log: EventLog, readers: readonly AnyReader[] = []): Promise<RecipientBook> {
    const book = new RecipientBook(log, { readers });
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
  decode({ key, value, headers }: LogRecord): RecipientNews | undefined {
    if (isNoticeId(key)) return { key, settings: null, notice: true };
    if (!isRecipientKey(key)) return undefined;
    const changed = headers[CHANGED_HEADER];
    const settings = value && decodeRecipient(value);
    return { key, settings, notice: false, ...(changed === undefined ? {} : { changed }) };
  }

  apply(news: RecipientNews, { timestamp, partition, offset }: LogRecord): void {
    if (news.notice) this.#notices = { partition, end: offset + 1 };
    else this.#take(news, timestamp);
    this.changed.notify();
  }

  /**
   * What is known of a recipient; undefined when nothing is.
   *
   * @param tenant absent: what holds for everybody.
   */
  get(recipient: string, tenant?: string): RecipientSettings | undefined {
    return this.#settings.get(recipientKey(recipient, tenant))?.settings;
  }

  /** Why a recipient is not written to: by nobody, or not by a tenant. */
  suppression(recipient: string, tenant?: string): Suppression | undefined {
    return this.get(recipient)?.suppression ?? this.get(recipient, tenant)?.suppression ?? undefined;
  }

  quietHours(recipient: string): QuietHours | undefined {
    return this.#settings.get(recipientKey(recipient))?.quiet;
  }

  /** What a recipient has agreed to; undefined: it was never asked. */
  consent(recipient: string, tenant: string): Consent | undefined {
    return this.get(recipient, tenant)?.consent;
  }

  /** Whether what stood before there was consent has been taken over, see {@link ADOPTED}. */
  get adopted(): boolean {
    return this.get(ADOPTED.recipient, ADOPTED.tenant) !== undefined;
  }

  /** The offset after the last record of a notice, where a partition is that of the recipients; 0 for others. */
  noticesEnd(partition: number): number {
    return this.#notices.partition === partition ? this.#notices.end : 0;
  }

  /** Every recipient of whom something is known that holds for everybody, by address. */
  all(): readonly RecipientSettings[] {
    return this.every().filter(({ tenant }) => tenant === undefined);
  }

  /** Everything that is known of recipients, by address. */
  every(): readonly RecipientSettings[] {
    return [...this.#settings.values()].map(({ settings }) => settings)
      .sort((one, other) => one.recipient < other.recipient ? -1 : 1);
  }

  /** Every recipient of whom a tenant knows something, by address. */
  allOf(tenant: string): readonly RecipientSettings[] {
    return this.every().filter((settings) => settings.tenant === tenant);
  }

  /**
   * Changes a recipient's settings and answers them as they are now; settings that say nothing are removed.
   *
   * @throws {OutsideError} when the log cannot be written.
   */
  async change(recipient: string, change: RecipientChange, at: number): Promise<RecipientSettings> {
    return (await this.changeAll([{ recipient, change }], at))[0]!;
  }

  /**
   * Changes several recipients' settings in one append, with other records that belong to the change.
   *
   * @throws {OutsideError} when the log cannot be written.
   */
  async changeAll(
    changes: readonly { recipient: string; tenant?: string; change: RecipientChange }[],
    at: number,
    others: readonly NewRecord[] = [],
  ): Promise<readonly RecipientSettings[]> {
    const changed = changes.map(({ recipient, tenant, change }) => {
      const normal = normalRecipient(recipient);
      const before = this.#newest(normal, tenant) ?? { suppression: null, quietHours: null };
      const whose = tenant === undefined ? {} : { tenant };
      const after = { ...before, ...change, ...whose, recipient: normal, updatedAt: at };
      // Read as it will be read back: what could not be read must not be written.
      const settings = decodeRecipient(new TextEncoder().encode(encodeRecipient(after)));
      const fields = RECIPIENT_FIELDS.filter((field) => change[field] !== undefined);
      return {
        key: recipientKey(normal, tenant),
        settings,
        changed: changeOf(fields, { ...NOTHING, ...before }),
      };
    });
    await this.#write(changed, at, others);
    this.changed.notify();
    return changed.map(({ settings }) => settings);
  }

  /**
   * Changes what an operator says: `suppressed` by hand, with the reason, or no more; what is absent stays.
   *
   * @throws What {@link change} throws.
   * @throws {InputError} code `bad_recipient` for what no message can go to; only to lift what stands it may be named.
   */
  async changeByHand(
    recipient: string,
    { suppressed, reason = "suppressed by an operator", quietHours }: RecipientOrder,
    at: number,
  ): Promise<RecipientSettings> {
    const fault = recipientFault(recipient);
    if (fault !== undefined && (suppressed || quietHours)) {
      const issue = { field: "recipient", code: "bad_recipient", reason: fault, value: recipient };
      throw new InputError("bad_recipient", [issue]);
    }
    return await this.change(recipient, {
      ...(suppressed === undefined
        ? {}
        : { suppression: suppressed ? { cause: "manual", reason, at } : null }),
      ...(quietHours === undefined ? {} : { quietHours }),
    }, at);
  }

  /**
   * Forgets a recipient: what holds for everybody, and what each tenant knows of it, but for a stop of its own.
   *
   * @throws What {@link change} throws.
   */
  async forget(recipient: string, at: number): Promise<void> {
    const normal = normalRecipient(recipient);
    const known = this.every().filter(({ recipient: own, consent }) =>
      own === normal ? consent?.state !== "stopped" : consent?.of === normal
    );
    const gone = known.map((before) => ({
      key: recipientKey(before.recipient, before.tenant),
      settings: { ...NOTHING, updatedAt: at },
      changed: changeOf(RECIPIENT_FIELDS, before),
    }));
    if (gone.length === 0) return;
    await this.#write(gone, at);
    this.changed.notify();
  }

  /**
   * Writes again what was last written before `olderThan`: the topic deletes old records, and these must stay.
   *
   * @returns how many there were.
   */
  async refresh(olderThan: number, at: number): Promise<number> {
    const old = [...this.#settings.values()].filter(({ writtenAt }) => writtenAt < olderThan);
    for (const { settings } of old) {
      const { recipient, tenant } = settings;
      const key = recipientKey(recipient, tenant);
      if (this.#newest(recipient, tenant) === settings) {
        await this.#write([{ key, settings, changed: NO_FIELD }], at);
      }
    }
    return old.length;
  }

  /**
   * The records that say again what stands where the newest record says something else: compaction leaves only that one.
   * Each is given once.
   */
  takeOverwritten(at: number): readonly NewRecord[] {
    const keys = [...this.#overwritten];
    this.#overwritten.clear();
    return keys.map((key) =>
      recordOf({ key, settings: this.#settings.get(key)?.settings ?? NOTHING, changed: NO_FIELD }, at)
    );
  }

  /** What is known of a recipient once everything that is being written has been. */
  #newest(recipient: string, tenant?: string): RecipientSettings | undefined {
    return this.#writing.get(recipientKey(recipient, tenant)) ?? this.get(recipient, tenant);
  }

  async #write(written: readonly Written[], at: number, others: readonly NewRecord[] = []): Promise<void> {
    for (const { key, settings } of written) this.#writing.set(key, settings);
    let positions: readonly Position[];
    try {
      positions = await this.#append([...written.map((one) => recordOf(one, at)), ...others]);
    } finally {
      for (const { key, settings } of written) {
        if (this.#writing.get(key) === settings) this.#writing.delete(key);
      }
    }
    const read = this.#projection.positions;
    for (const [index, one] of written.entries()) {
      const { partition, offset } = positions[index] as Position;
      // What was read back already stands, with what came after it.
      if ((read[partition] ?? 0) <= offset) this.#take(one, at);
    }
  }

  /** Takes up what a record says. */
  #take({ key, settings, changed }: Pick<RecipientNews, "key" | "settings" | "changed">, at: number): void {
    const said = settings ?? NOTHING;
    const known = this.#settings.get(key)?.settings ?? (this.#cleared.has(key) ? NOTHING : undefined);
    const { recipient, tenant } = settings ?? known ?? NOTHING;
    const stands = known === undefined || changed === undefined ? said : {
      ...afterChange(known, said, changed),
      recipient,
      ...(tenant === undefined ? {} : { tenant }),
    };
    if (saysTheSame(stands, said)) this.#overwritten.delete(key);
    else this.#overwritten.add(key);
    if (!saysSomething(stands)) {
      this.#settings.delete(key);
      this.#cleared.add(key);
      return;
    }
    const quiet = stands.quietHours === null ? undefined : parseQuietHours(stands.quietHours);
    this.#settings.set(key, { settings: stands, quiet, writtenAt: at });
    this.#cleared.delete(key);
  }
}

function recordOf({ key, settings, changed }: Written, at: number): NewRecord {
  return {
    topic: "deliveries",
    key,
    placement: RECIPIENTS_PLACEMENT,
    value: saysSomething(settings) ? encodeRecipient(settings) : null,
    timestamp: at,
    headers: { [CHANGED_HEADER]: changed },
  };
}
