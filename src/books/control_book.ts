import type { EventLog } from "../ports/event_log.ts";
import { MOVED_KEY } from "./own_keys.ts";
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";
import { loadOldSilences, Silences } from "./silences.ts";
import { Templates } from "./templates.ts";
import { Webhooks } from "./webhooks.ts";

/**
 * What control has written that messages go by, from one reading of its topic, to the end and then followed: for whoever
 * sends them, or copies it to who does.
 *
 * @example
 * ```ts ignore
 * const book = await ControlBook.load(log);
 * book.follow({ clock, random, signal });
 * const silence = silenceFor(book.silences.all(), { alert, recipient, now: clock.now() });
 * ```
 */
export class ControlBook {
  readonly silences = new Silences();
  readonly webhooks = new Webhooks();
  readonly templates = new Templates();
  readonly #projection: Projection;
  #moved = false;

  private constructor(log: EventLog) {
    const moved: ProjectionReader<true> = {
      decode: ({ key }) => key === MOVED_KEY ? true : undefined,
      apply: () => this.#moved = true,
    };
    const readers = [this.silences, this.webhooks, this.templates, moved];
    this.#projection = new Projection({ log, topic: "control", readers });
  }

  /**
   * Reads everything that is there now.
   *
   * @throws {OutsideError} when the log cannot be read.
   */
  static async load(log: EventLog): Promise<ControlBook> {
    const book = new ControlBook(log);
    await book.#projection.load();
    if (!book.#moved) await loadOldSilences(log, book.silences);
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
}
