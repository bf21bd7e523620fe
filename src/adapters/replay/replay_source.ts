import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../../ports/tick_source.ts";
import { readLine } from "./line_event.ts";
import { type Line, readLines, replayFiles } from "./lines.ts";

/** Events in one batch, at most. */
const MAX_BATCH = 256;

/** What the {@link ReplaySource} is made from. */
export interface ReplayOptions {
  /** A file or folder, or several separated by commas. */
  readonly path: string;
  /** Times as fast as it happened; Infinity: as fast as it is taken. */
  readonly speed: number;
  readonly clock: Clock;
}

/**
 * A recorded market as a feed: files of KIS frames, of trades as JSON lines, or of `tickbell record`, gzip or not.
 *
 * Paced by the lines' times; where they go back (another day's file) the pace starts anew. Order books without a time of
 * arrival take the day of the trade before them. Lines that cannot be read are refused with their bytes; a file whose
 * first line is none of the three forms is refused whole.
 */
export class ReplaySource implements TickSource {
  readonly name = "replay";
  readonly #options: ReplayOptions;
  #state: SourceStatus["state"] = "connecting";
  #lines = 0;
  #events = 0;
  /** Where the pace started: a line's time, and the clock's time then. */
  #anchor: { at: number; now: number } | undefined;
  #lastAt: number | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  async *events(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    try {
      for (const path of await replayFiles(this.#options.path)) {
        let known = false;
        for await (const lines of readLines(path)) {
          this.#state = "open";
          let batch: SourceEvent[] = [];
          for (const line of lines) {
            if (signal.aborted) return;
            const read = this.#read(line, known);
            if (read === undefined) continue;
            known = true;
            const wait = this.#wait(read.at);
            if (batch.length > 0 && (wait > 0 || batch.length >= MAX_BATCH)) {
              yield batch;
              batch = [];
            }
            if (wait > 0) await this.#options.clock.sleep(wait, signal);
            batch.push(read.event);
            this.#events++;
          }
          if (batch.length > 0) yield batch;
        }
      }
      this.#state = "ended";
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /**
   * Looks at the beginning of every file before anything is started.
   *
   * @throws {InputError} `bad_replay_file`, as the replay itself would.
   */
  async check(): Promise<void> {
    for (const path of await replayFiles(this.#options.path)) await checkBeginning(path);
  }

  status(): SourceStatus {
    const { path, speed } = this.#options;
    const pace = speed === Infinity ? "as fast as possible" : `at ${speed} times the speed`;
    return {
      state: this.#state,
      detail: `replaying ${path} ${pace}, ${this.#events} of ${this.#lines} lines`,
    };
  }

  #read(line: Line, known: boolean): { event: SourceEvent; at: number | undefined } | undefined {
    this.#lines++;
    const content = readLine(line.bytes);
    if (content.is === "skipped") return undefined;
    if (content.is === "unknown") {
      if (!known) throw unknownForm(line);
      const receivedAt = this.#receivedAt(undefined);
      const told = `${line.path} line ${line.number}: ${FORMS}`;
      const event = {
        type: "refused",
        code: "unknown_line",
        reason: told,
        bytes: line.bytes,
        receivedAt,
      } as const;
      return { event, at: undefined };
    }
    return {
      event: {
        type: content.is,
        bytes: line.bytes === content.bytes ? line.bytes : content.bytes,
        receivedAt: this.#receivedAt(content.at),
      },
      at: content.at,
    };
  }

  #receivedAt(at: number | undefined): number {
    this.#lastAt = at ?? this.#lastAt;
    return this.#lastAt ?? this.#options.clock.now();
  }

  /** How long to wait for a line's time, ms. */
  #wait(at: number | undefined): number {
    const { clock, speed } = this.#options;
    if (at === undefined || speed === Infinity) return 0;
    const now = clock.now();
    if (this.#anchor === undefined || at < this.#anchor.at) this.#anchor = { at, now };
    return Math.max(0, (at - this.#anchor.at) / speed - (now - this.#anchor.now));
  }
}

const FORMS = "must be a KIS frame (0|TR_ID|count|…), a trade as JSON, or a recorded frame";

async function checkBeginning(path: string): Promise<void> {
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      const { is } = readLine(line.bytes);
      if (is === "unknown") throw unknownForm(line);
      if (is !== "skipped") return;
    }
  }
}

function unknownForm({ path, number, bytes }: Line): InputError {
  const value = new TextDecoder().decode(bytes.subarray(0, 60));
  const issue = { field: `line ${number}`, code: "unknown_form", reason: FORMS, value };
  return new InputError("bad_replay_file", [issue], `Cannot replay ${path}`);
}
