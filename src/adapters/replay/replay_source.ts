import { DEFAULT_MAX_AHEAD_MS } from "../../market/ahead.ts";
import { ArrivalOrder, LOOK_AHEAD } from "./arrival_order.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../../ports/tick_source.ts";
import { readLine } from "./line_event.ts";
import { type FilePlace, formatPlace } from "../../books/source_place.ts";
import { fileFault, type FileKind } from "../../files/file_fault.ts";
import { type Line, readLines } from "../../files/read_lines.ts";
import { filesOf } from "../../files/visible_files.ts";

/** Events in one batch, at most. */
const MAX_BATCH = 256;

/** What the {@link ReplaySource} is made from. */
export interface ReplayOptions {
  /** A file or folder, or several separated by commas. */
  readonly path: string;
  /** Times as fast as it happened; Infinity: as fast as it is taken. */
  readonly speed: number;
  readonly clock: Clock;
  /** How far a trade's event time may be ahead of its arrival, ms; two minutes by default. */
  readonly maxAheadMs?: number;
  /** Distinguishes these files from others in the places of what is published; see {@link replayRunOf}; absent: they have none. */
  readonly run?: string;
  /** What was published before: the file's place in the list, and its last line; the replay goes on behind it. */
  readonly after?: FilePlace;
}

/** A line that is to be handed over. */
interface ReadLine {
  readonly type: "frame" | "trade" | "reference" | "refused";
  readonly bytes: Uint8Array;
  /** Of a line that is refused: why. */
  readonly code?: string;
  readonly reason?: string;
  /** Where it stands, see {@link SourceEvent}. */
  readonly place?: string;
  /** As in {@link LineContent}. */
  readonly at: number | undefined;
  readonly recorded: boolean;
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
  #order = new ArrivalOrder(0);
  /** Lines that were read and not handed over: what comes after a line says when it arrived. */
  #waiting: ReadLine[] = [];

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  async *events(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    const { path, after = { file: 0, line: 0 } } = this.#options;
    try {
      for (const [index, file] of (await filesOf(path, REPLAY_FILE)).entries()) {
        if (index < after.file) continue;
        yield* this.#file({ path: file, index, after: index === after.file ? after.line : 0 }, signal);
        if (signal.aborted) return;
      }
      this.#state = "ended";
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /** The events of one file, from the line behind `after` on. */
  async *#file(
    file: { readonly path: string; readonly index: number; readonly after: number },
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceEvent[]> {
    const { run } = this.#options;
    let known = file.after > 0;
    this.#order = new ArrivalOrder(this.#options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS);
    for await (const lines of this.#linesOf(file.path)) {
      this.#state = "open";
      for (const line of lines) {
        if ("type" in line) {
          this.#waiting.push(line);
          continue;
        }
        if (line.number <= file.after) continue;
        const read = this.#read(line, known);
        if (read === undefined) continue;
        known = true;
        const place = run && formatPlace(run, { file: file.index, line: line.number });
        this.#waiting.push(place === undefined ? read : { ...read, place });
      }
      yield* this.#handOver(this.#waiting.length - LOOK_AHEAD, signal);
      if (signal.aborted) return;
    }
    yield* this.#handOver(this.#waiting.length, signal);
  }

  /** The lines of a file; where it cannot be read to its end, what is missing is the last. */
  async *#linesOf(path: string): AsyncGenerator<readonly (Line | ReadLine)[]> {
    let some = false;
    try {
      for await (const lines of readLines({ path, kind: REPLAY_FILE })) {
        some = true;
        yield lines;
      }
    } catch (thrown) {
      const code = thrown instanceof InputError ? thrown.issues[0]?.code : undefined;
      if (!some || code === undefined || !INCOMPLETE.includes(code)) throw thrown;
      // A recording that was killed: what it has is worth more than nothing, and what it has not is reported.
      const reason = `${(thrown as InputError).message}; what stands before was replayed`;
      yield [{ type: "refused", code, reason, bytes: new Uint8Array(0), at: undefined, recorded: false }];
    }
  }

  /**
   * Examines the beginning of every file before anything is started.
   *
   * @throws {InputError} `bad_replay_file`, as the replay itself would.
   */
  async check(): Promise<void> {
    for (const path of await filesOf(this.#options.path, REPLAY_FILE)) await checkBeginning(path);
  }

  status(): SourceStatus {
    const { path, speed, after } = this.#options;
    const pace = speed === Infinity ? "as fast as possible" : `at ${speed} times the speed`;
    const behind = after === undefined ? "" : `, behind line ${after.line} where it was left`;
    return {
      state: this.#state,
      detail: `replaying ${path} ${pace}${behind}, ${this.#events} of ${this.#lines} lines`,
    };
  }

  /** Hands over the first of the lines that wait, at their pace, in batches. */
  async *#handOver(count: number, signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    let batch: SourceEvent[] = [];
    for (let each = 0; each < count; each++) {
      if (signal.aborted) return;
      const event = this.#event(each);
      const wait = this.#waiting[each]?.at === undefined ? 0 : this.#wait(event.receivedAt);
      if (batch.length > 0 && (wait > 0 || batch.length >= MAX_BATCH)) {
        yield batch;
        batch = [];
      }
      if (wait > 0) await this.#options.clock.sleep(wait, signal);
      batch.push(event);
      this.#events++;
    }
    if (count > 0) this.#waiting = this.#waiting.slice(count);
    if (batch.length > 0) yield batch;
  }

  /** The event of a line that waits. */
  #event(index: number): Exclude<SourceEvent, { type: "gap" }> {
    const { type, bytes, place, code = "unknown_line", reason = "" } = this.#waiting[index] as ReadLine;
    const event = { bytes, receivedAt: this.#arrival(index), ...(place === undefined ? {} : { place }) };
    return type === "refused" ? { type, code, reason, ...event } : { type, ...event };
  }

  /** When a line arrived; one that says nothing of it came with the one before. */
  #arrival(index: number): number {
    const { at, recorded } = this.#waiting[index] as ReadLine;
    const now = this.#options.clock.now();
    if (at === undefined) return this.#lastAt ?? now;
    if (recorded) return this.#lastAt = at;
    const following = this.#waiting.slice(index + 1, index + 1 + LOOK_AHEAD)
      .flatMap((line) => line.at === undefined || line.recorded ? [] : [line.at]);
    return this.#lastAt = this.#order.arrival(at, following, now);
  }

  #read(line: Line, known: boolean): ReadLine | undefined {
    this.#lines++;
    const content = readLine(line.bytes);
    if (content.is === "skipped") return undefined;
    if (content.is === "unknown") {
      if (!known) throw unknownForm(line);
      const reason = `${line.path} line ${line.number}: ${FORMS}`;
      return { type: "refused", bytes: line.bytes, reason, at: undefined, recorded: false };
    }
    return { type: content.is, bytes: content.bytes, at: content.at, recorded: content.recorded };
  }

  /** How long to wait for a line's time, ms. */
  #wait(at: number): number {
    const { clock, speed } = this.#options;
    if (speed === Infinity) return 0;
    const now = clock.monotonic();
    if (this.#anchor === undefined || at < this.#anchor.at) this.#anchor = { at, now };
    return Math.max(0, (at - this.#anchor.at) / speed - (now - this.#anchor.now));
  }
}

/**
 * What distinguishes a replay of these files from one of others: their names, sizes and times.
 *
 * @throws {InputError} `bad_replay_file`: there is none.
 */
export async function replayRunOf(path: string): Promise<string> {
  const files: unknown[] = [];
  for (const file of await filesOf(path, REPLAY_FILE)) {
    const { size, mtime } = await Deno.stat(file);
    files.push([file.replace(/^.*\//, ""), size, mtime?.getTime() ?? 0]);
  }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(files)));
  return new Uint8Array(digest).toHex().slice(0, 12);
}

/** What a replay's file is called in messages. */
const REPLAY_FILE: FileKind = { code: "bad_replay_file", what: "replay file" };
/** Faults of a file that leave what stands before them as good as it was. */
const INCOMPLETE = ["cut_off", "trailing_bytes"];
const FORMS = "must be a KIS frame (0|TR_ID|count|…), a trade as JSON, or a recorded frame";

async function checkBeginning(path: string): Promise<void> {
  let empty = true;
  for await (const lines of readLines({ path, kind: REPLAY_FILE })) {
    for (const line of lines) {
      empty = false;
      const { is } = readLine(line.bytes);
      if (is === "unknown") throw unknownForm(line);
      if (is !== "skipped") return;
    }
  }
  if (empty) throw fileFault({ path, kind: REPLAY_FILE }, { code: "empty", reason: "is empty" });
}

function unknownForm({ path, number, bytes }: Line): InputError {
  const value = new TextDecoder().decode(bytes.subarray(0, 60));
  const issue = { field: `line ${number}`, code: "unknown_form", reason: FORMS, value };
  return fileFault({ path, kind: REPLAY_FILE }, issue);
}
