import { BoundedQueue } from "../../core/bounded_queue.ts";
import type { Clock } from "../../core/clock.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";

/** Events that wait to be read, at most. */
const MAX_WAITING = 50_000;
/** Events in one batch, at most. */
const MAX_BATCH = 512;

/** What a live feed sent and nobody has read yet. When it is full the oldest are dropped, and a gap is reported. */
export class FrameBuffer {
  readonly #queue: BoundedQueue<SourceEvent>;
  readonly #clock: Clock;
  #dropped = 0;

  constructor(clock: Clock, limit = MAX_WAITING) {
    this.#clock = clock;
    this.#queue = new BoundedQueue(limit);
  }

  push(event: SourceEvent): void {
    if (this.#queue.tryPush(event) || this.#queue.closed) return;
    this.#queue.tryShift();
    this.#dropped++;
    this.#queue.tryPush(event);
  }

  /** Nothing comes in any more; what waits can still be read. */
  close(): void {
    this.#queue.close();
  }

  /** What waits, oldest first; ends when it is closed and empty. */
  async *batches(): AsyncGenerator<readonly SourceEvent[]> {
    for (let event = await this.#queue.shift(); event !== undefined; event = await this.#queue.shift()) {
      const batch = [event];
      while (batch.length < MAX_BATCH) {
        const next = this.#queue.tryShift();
        if (next === undefined) break;
        batch.push(next);
      }
      if (this.#dropped > 0) batch.unshift(this.#gap());
      yield batch;
    }
  }

  #gap(): SourceEvent {
    const reason = `${this.#dropped} frames were dropped: the log does not keep up`;
    this.#dropped = 0;
    return { type: "gap", reason, at: this.#clock.now() };
  }
}
