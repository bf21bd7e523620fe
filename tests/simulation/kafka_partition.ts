import { Buffer } from "node:buffer";
import { CODE } from "../../src/adapters/kafka/errors.ts";

/** A record batch as the model keeps it: its bytes with its offset in them. */
interface StoredBatch {
  readonly first: number;
  /** The offset after its last record. */
  readonly after: number;
  readonly bytes: Buffer;
}

/** What a producer wrote last: a batch that comes again is known by its number (KIP-98). */
interface Written {
  readonly epoch: number;
  readonly batches: { readonly sequence: number; readonly count: number; readonly offset: number }[];
}

/** So many batches of a producer a broker knows again. */
const KNOWN_BATCHES = 5;

/** What a broker answers to a batch. */
export interface Produced {
  readonly errorCode: number;
  readonly baseOffset: number;
  /** Whether it was written now: not when it was refused, or was there already. */
  readonly isNew: boolean;
}

/** One partition of a topic on the modelled broker: a log of record batches. */
export class KafkaPartition {
  #batches: StoredBatch[] = [];
  #start = 0;
  #end = 0;
  readonly #producers = new Map<bigint, Written>();

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Takes a batch, in the order of its producer's numbers. */
  produce(batch: Buffer): Produced {
    const producerId = batch.readBigInt64BE(43);
    const epoch = batch.readInt16BE(51);
    const sequence = batch.readInt32BE(53);
    const count = batch.readInt32BE(57);
    const written = this.#producers.get(producerId) ?? { epoch, batches: [] };
    const again = written.batches.find((one) => one.sequence === sequence && one.count === count);
    if (again !== undefined) return { errorCode: 0, baseOffset: again.offset, isNew: false };
    const last = written.batches.at(-1);
    if (sequence !== (last === undefined ? 0 : (last.sequence + last.count) % 2 ** 31)) {
      return { errorCode: CODE.outOfOrderSequence, baseOffset: -1, isNew: false };
    }
    const bytes = Buffer.from(batch);
    bytes.writeBigInt64BE(BigInt(this.#end), 0);
    const first = this.#end;
    this.#end += batch.readInt32BE(23) + 1;
    this.#batches.push({ first, after: this.#end, bytes });
    written.batches.push({ sequence, count, offset: first });
    if (written.batches.length > KNOWN_BATCHES) written.batches.shift();
    this.#producers.set(producerId, written);
    return { errorCode: 0, baseOffset: first, isNew: true };
  }

  /**
   * The batches from the one that has the offset on, `maxBytes` of them or the first alone; undefined where the offset is
   * not there.
   */
  fetch(offset: number, maxBytes: number): Buffer | undefined {
    if (offset < this.#start || offset > this.#end) return undefined;
    const pieces: Buffer[] = [];
    let bytes = 0;
    for (let at = this.#indexOf(offset); at < this.#batches.length; at++) {
      const batch = this.#batches[at] as StoredBatch;
      if (pieces.length > 0 && bytes + batch.bytes.length > maxBytes) break;
      pieces.push(batch.bytes);
      bytes += batch.bytes.length;
    }
    return Buffer.concat(pieces);
  }

  /** Deletes what stands before an offset, as retention does. */
  forget(before: number): void {
    this.#start = Math.min(Math.max(this.#start, before), this.#end);
    this.#batches = this.#batches.filter(({ after }) => after > this.#start);
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#batches[middle] as StoredBatch).after <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
