import { decodeSilence, encodeSilence, type Silence, silenceFor } from "../alerts/silences.ts";
import type { Alert } from "../alerts/alert.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { MOVED_KEY, OWN_KEYS, ownId, ownKey } from "./own_keys.ts";
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

/** The record of a silence, or of its end. */
export function silenceRecord(silence: Silence, at: number, ended = false): NewRecord {
  return {
    topic: "control",
    key: ownKey("silence", silence.id),
    value: ended ? null : encodeSilence(silence),
    timestamp: at,
  };
}

/** What a record says of a silence: it stands, or it ended. */
export interface SilenceNews {
  readonly id: string;
  readonly silence: Silence | null;
}

/** The silences of the control topic, by id. */
export class Silences implements ProjectionReader<SilenceNews> {
  readonly #silences = new Map<string, Silence>();

  get(id: string): Silence | undefined {
    return this.#silences.get(id);
  }

  /** Every silence, ended ones too until they are deleted. */
  all(): readonly Silence[] {
    return [...this.#silences.values()];
  }

  /** Those of a tenant. */
  *of(tenant: string): IterableIterator<Silence> {
    for (const silence of this.#silences.values()) if (silence.tenant === tenant) yield silence;
  }

  /** @throws {InputError} for what is no silence. */
  decode({ key, value }: LogRecord): SilenceNews | undefined {
    const id = ownId("silence", key);
    return id === undefined ? undefined : { id, silence: value && decodeSilence(value) };
  }

  apply({ id, silence }: SilenceNews): void {
    if (silence === null) this.#silences.delete(id);
    else this.#silences.set(id, silence);
  }
}

/**
 * The silences as they stand in the log, read to its end and then followed. The notifier asks
 * {@link SilenceBook.silencing} before it delivers.
 *
 * @example
 * ```ts ignore
 * const book = await SilenceBook.load(log);
 * book.follow({ clock, random, signal });
 * const silence = book.silencing({ alert, recipient, now: clock.now() });
 * ```
 */
export class SilenceBook {
  readonly #silences = new Silences();
  readonly #projection: Projection;
  #moved = false;

  private constructor(log: EventLog) {
    const moved: ProjectionReader<true> = {
      decode: ({ key }) => key === MOVED_KEY ? true : undefined,
      apply: () => this.#moved = true,
    };
    this.#projection = new Projection({ log, topic: "control", readers: [this.#silences, moved] });
  }

  /**
   * Reads everything that is there now.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  static async load(log: EventLog): Promise<SilenceBook> {
    const book = new SilenceBook(log);
    await book.#projection.load();
    if (!book.#moved) await book.#loadOld(log);
    return book;
  }

  /** Takes up changes until the signal is aborted. */
  async follow(options: FollowOptions): Promise<void> {
    await this.#projection.follow(options);
  }

  /** Why nothing is read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#projection.failure;
  }

  /** The silence that keeps an alert from a recipient now. */
  silencing(
    delivery: { readonly alert: Alert; readonly recipient: string; readonly now: number },
  ): Silence | undefined {
    return silenceFor(this.#silences.all(), delivery);
  }

  /** Every silence, ended ones too until they are deleted. */
  all(): readonly Silence[] {
    return this.#silences.all();
  }

  /** Silences that no control has moved yet: this notifier began first after an upgrade. */
  async #loadOld(log: EventLog): Promise<void> {
    const { prefix, placement } = OWN_KEYS.silence.old;
    const apply = ({ id, silence }: SilenceNews) => {
      if (this.#silences.get(id) === undefined) this.#silences.apply({ id, silence });
    };
    const decode = ({ key, value }: LogRecord) =>
      key.startsWith(prefix)
        ? { id: key.slice(prefix.length), silence: value && decodeSilence(value) }
        : undefined;
    await new Projection({ log, topic: "rules", placement, readers: [{ decode, apply }] }).load();
  }
}
