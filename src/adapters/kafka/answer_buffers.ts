import { Buffer } from "node:buffer";

/** What no reading needs at once: one is being worked on, one is under way, one waits. */
const MOST_FREE = 3;
/** Sizes are rounded up to this, so that one buffer does for answers of about its size. */
const STEP_BYTES = 256 * 2 ** 10;

/** Says when nobody reads the bytes of an answer any more. */
export interface AnswerLease {
  /** One more reads them. */
  hold(): void;
  /** One reads them no more. */
  release(): void;
}

/**
 * The memory of large answers, used again once everything in them was worked on: memory that is new for each is cleared
 * before it is written, and collected later than it is made. What is never given back is collected as ever.
 */
export class AnswerBuffers {
  #free: ArrayBuffer[] = [];
  /** Those that are ours and in use. */
  readonly #used = new WeakSet<ArrayBuffer>();

  /** A buffer of exactly so many bytes; what stands in it is of an earlier answer. */
  take(length: number): Buffer {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= length);
    const memory = at >= 0
      ? this.#free.splice(at, 1)[0]!
      : new ArrayBuffer(Math.ceil(length / STEP_BYTES) * STEP_BYTES);
    // One that is too small for an answer is too small for the next ones as well.
    if (at < 0) this.#free.pop();
    this.#used.add(memory);
    return Buffer.from(memory, 0, length);
  }

  /** The lease of an answer that has some bytes, with one reader; undefined: its memory is not ours. */
  leaseOf(bytes: Uint8Array): AnswerLease | undefined {
    const memory = bytes.buffer as ArrayBuffer;
    if (!this.#used.has(memory)) return undefined;
    let readers = 1;
    return {
      hold: () => void readers++,
      release: () => {
        if (--readers === 0) this.#giveBack(memory);
      },
    };
  }

  #giveBack(memory: ArrayBuffer): void {
    if (!this.#used.delete(memory) || this.#free.length >= MOST_FREE) return;
    this.#free.push(memory);
  }
}
