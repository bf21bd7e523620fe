import type { OutsideError } from "../../core/errors.ts";
import type { FetchedPartition } from "./fetch_request.ts";
import type { Fetcher, FetchSource } from "./fetcher.ts";
import { checkBatches } from "./record_batch.ts";

/** Record batches that were fetched and checked. */
export interface FetchedBatch {
  readonly bytes: Uint8Array;
  /** The offset that was asked for; `bytes` may begin before it. */
  readonly fromOffset: number;
  readonly nextOffset: number;
  readonly endOffset: number;
}

/** While this much waits, nothing more is fetched: one answer is handled while the next one is under way. */
const LIMIT_BYTES = 2 ** 20;

/** What was fetched of one partition and waits to be handled. */
export class Inbox implements FetchSource {
  readonly topic: string;
  readonly partition: number;
  #fetcher: Fetcher;
  #batches: FetchedBatch[] = [];
  #bytes = 0;
  #next: number;
  #end: number | undefined;
  #failure: OutsideError | undefined;
  #wake: (() => void) | undefined;

  /** @param options.from The first offset wanted. */
  constructor(options: { topic: string; partition: number; from: number; fetcher: Fetcher }) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.#next = options.from;
    this.#fetcher = options.fetcher;
    this.#fetcher.add(this);
  }

  /** The partition's end when it was last read. */
  get endOffset(): number | undefined {
    return this.#end;
  }

  /** The offset after everything that was taken or waits. */
  get nextOffset(): number {
    return this.#next;
  }

  /** Whether something can be taken now. */
  get backlog(): boolean {
    return this.#batches.length > 0;
  }

  /** The oldest batch that waits. Throws what made reading impossible. */
  take(): FetchedBatch | undefined {
    const batch = this.#batches.shift();
    if (batch) {
      this.#bytes -= batch.bytes.length;
      this.#fetcher.wake();
      return batch;
    }
    if (this.#failure) throw this.#failure;
    return undefined;
  }

  /** Resolves when there may be something to take, when {@link wake} is called, or when reading failed. */
  async wait(): Promise<void> {
    if (this.#batches.length > 0 || this.#failure) return;
    await new Promise<void>((resolve) => this.#wake = resolve);
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  close(): void {
    this.#fetcher.remove(this);
    this.#batches = [];
    this.wake();
  }

  wanted(): number | undefined {
    return this.#bytes < LIMIT_BYTES ? this.#next : undefined;
  }

  deliver(fetched: FetchedPartition, offset: number): void {
    // An answer of a broker that no longer leads may come after its successor's.
    if (offset !== this.#next) return;
    this.#end = fetched.endOffset;
    const { bytes, nextOffset } = checkBatches(fetched.records, { from: offset, end: fetched.endOffset });
    if (nextOffset === undefined) return;
    this.#batches.push({ bytes, fromOffset: offset, nextOffset, endOffset: fetched.endOffset });
    this.#bytes += bytes.length;
    this.#next = nextOffset;
    this.wake();
  }

  restart(offset: number): void {
    this.#next = offset;
    this.wake();
  }

  fail(error: OutsideError): void {
    this.#failure = error;
    this.wake();
  }
}
