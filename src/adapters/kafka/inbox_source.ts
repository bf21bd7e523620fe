import { setImmediate } from "node:timers/promises";
import type { PartitionSource } from "../../books/partition_runner.ts";
import type { AnswerLease } from "./answer_buffers.ts";
import { Inbox, type InboxOptions } from "./inbox.ts";
import type { ToBatch } from "./to_batch.ts";

/** What was fetched of a partition, as a member's task is handed it. */
export class InboxSource<B> implements PartitionSource<B> {
  #options: InboxOptions;
  #inbox: Inbox;
  #toBatch: ToBatch<B>;
  #lease: AnswerLease | undefined;

  constructor(options: InboxOptions, toBatch: ToBatch<B>) {
    this.#options = options;
    this.#inbox = new Inbox(options);
    this.#toBatch = toBatch;
  }

  async take(): Promise<{ readonly batch?: B } | undefined> {
    const fetched = this.#inbox.take();
    if (fetched === undefined) return undefined;
    this.#lease = fetched.lease;
    const batch = await this.#toBatch(this.#options.place, fetched, this.#options.passedOver);
    return batch === undefined ? {} : { batch };
  }

  async turn(): Promise<void> {
    // What was taken has been worked on.
    this.#lease?.release();
    this.#lease = undefined;
    if (this.#inbox.backlog) await setImmediate();
  }

  wait(): Promise<void> {
    return this.#inbox.wait();
  }

  wake(): void {
    this.#inbox.wake();
  }

  close(): void {
    this.#inbox.close();
  }
}
