import { Buffer } from "node:buffer";

/** An answer's length stands before it, as an i32. */
const LENGTH_BYTES = 4;
/** Its correlation id, at least. */
const LEAST_BYTES = 4;
/** No broker answers with more: fetches are bounded, and what is longer is no answer of Kafka's. */
const MOST_BYTES = 128 * 2 ** 20;

/**
 * Cuts the bytes of one socket into answers. Each socket has its own: half an answer of a connection that was cut must
 * never stand before the next one's bytes.
 */
export class AnswerReader {
  #length = Buffer.alloc(LENGTH_BYTES);
  /** How much of the length is there. */
  #lengthAt = 0;
  #answer: Buffer | undefined;
  #answerAt = 0;
  readonly #allocate: (length: number) => Buffer;

  /** @param allocate Makes room for an answer that does not come in one piece; each its own by default. */
  constructor(allocate: (length: number) => Buffer = (length) => Buffer.allocUnsafe(length)) {
    this.#allocate = allocate;
  }

  /** Where the rest of a large answer is to be read to; undefined while none is begun. */
  get space(): Buffer | undefined {
    return this.#answer?.subarray(this.#answerAt);
  }

  /** So many bytes were read into {@link space}. @returns the answer when that completes it. */
  filled(count: number): readonly Buffer[] {
    this.#answerAt += count;
    const answer = this.#answer;
    if (answer === undefined || this.#answerAt < answer.length) return [];
    this.#answer = undefined;
    return [answer];
  }

  /**
   * Takes the next bytes.
   *
   * @returns The answers that they complete, each without its length; views of `bytes` where they lie whole in it.
   * @throws {RangeError} when these are no answers of a broker; the reader is of no use after that.
   */
  push(bytes: Buffer): readonly Buffer[] {
    const answers: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#answer === undefined) {
        const taken = bytes.copy(this.#length, this.#lengthAt, at, at + LENGTH_BYTES - this.#lengthAt);
        this.#lengthAt += taken;
        at += taken;
        if (this.#lengthAt < LENGTH_BYTES) break;
        this.#lengthAt = 0;
        const length = lengthOf(this.#length);
        if (length <= bytes.length - at) {
          answers.push(bytes.subarray(at, at += length));
          continue;
        }
        this.#answer = this.#allocate(length);
        this.#answerAt = 0;
      }
      const taken = bytes.copy(this.#answer, this.#answerAt, at);
      this.#answerAt += taken;
      at += taken;
      if (this.#answerAt < this.#answer.length) break;
      answers.push(this.#answer);
      this.#answer = undefined;
    }
    return answers;
  }
}

function lengthOf(bytes: Buffer): number {
  const length = bytes.readInt32BE(0);
  if (length >= LEAST_BYTES && length <= MOST_BYTES) return length;
  throw new RangeError(
    `an answer of ${length} bytes: this is no Kafka broker's listener, or not its protocol (TLS, SASL)`,
  );
}
