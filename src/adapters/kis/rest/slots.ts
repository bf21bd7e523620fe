import type { Clock } from "../../../core/clock.ts";
import { messageOf } from "../../../core/errors.ts";
import { logger } from "../../../telemetry/log.ts";

const logging = logger("kis");

/**
 * When an account's next request may go out. All that ask of one account share one of these; with {@link FileSlots} also
 * across the processes of a machine.
 */
export interface Slots {
  /** Takes the next free time; the one after it is `intervalMs` later. @returns how long it is until then, ms. */
  take(intervalMs: number): Promise<number>;
  /** Nothing goes out for so long: the other side has refused a request for its rate. */
  pause(ms: number): Promise<void>;
}

/** A time that is further ahead than any pause was written before the machine's clock was put back. */
const MAX_AHEAD_MS = 120_000;

/** Slots of one process. */
export class MemorySlots implements Slots {
  readonly #clock: Clock;
  #next = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(intervalMs: number): Promise<number> {
    const now = this.#clock.monotonic();
    const at = Math.max(now, this.#next);
    this.#next = at + intervalMs;
    return Promise.resolve(at - now);
  }

  pause(ms: number): Promise<void> {
    this.#next = Math.max(this.#next, this.#clock.monotonic() + ms);
    return Promise.resolve();
  }
}

/**
 * Slots that the processes of a machine share: the next free time in a file of the data directory. Where the file cannot
 * be used (the disk is full) the process keeps its own times, and says so once.
 */
export class FileSlots implements Slots {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #own: MemorySlots;
  #warned = false;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#own = new MemorySlots(clock);
  }

  async take(intervalMs: number): Promise<number> {
    const own = await this.#own.take(intervalMs);
    return await this.#shared((next, now) => {
      const at = Math.max(now, next);
      return { next: at + intervalMs, answer: at - now };
    }) ?? own;
  }

  async pause(ms: number): Promise<void> {
    await this.#own.pause(ms);
    await this.#shared((next, now) => ({ next: Math.max(next, now + ms), answer: now }));
  }

  async #shared(decide: Decide): Promise<number | undefined> {
    try {
      return await this.#change(decide);
    } catch (error) {
      if (!this.#warned) {
        logging.warn("The rate of KIS's REST cannot be shared with other processes: {error}", {
          error: messageOf(error),
        });
      }
      this.#warned = true;
      return undefined;
    }
  }

  async #change(decide: Decide): Promise<number> {
    const file = await Deno.open(this.#path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      await file.lock(true);
      const now = this.#clock.now();
      const kept = Number(await textOf(file));
      const known = Number.isFinite(kept) && kept <= now + MAX_AHEAD_MS ? kept : 0;
      const { next, answer } = decide(known, now);
      await overwrite(file, String(next));
      return answer;
    } finally {
      // Gives the lock back too.
      file.close();
    }
  }
}

type Decide = (next: number, now: number) => { readonly next: number; readonly answer: number };

/** All text of an open file. */
export async function textOf(file: Deno.FsFile): Promise<string> {
  await file.seek(0, Deno.SeekMode.Start);
  const bytes = new Uint8Array((await file.stat()).size);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Puts a text in the place of all that an open file has. */
export async function overwrite(file: Deno.FsFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}
