import type { Clock } from "../../core/clock.ts";
import type { OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";

const logging = logger("log");

/** How often it is tried whether writing works again, ms. */
const PROBE_MS = 500;

/**
 * Whether a log can be written: from the first write that fails until one of a busy moment's size has worked. Reads say
 * nothing of it. Meanwhile every write is refused at once: a full disk lets small ones through now and then, and what is
 * taken one moment and refused the next is no state that anybody can act on.
 */
export class WriteTrouble {
  readonly #clock: Clock;
  readonly #probe: () => void;
  readonly #signal: AbortSignal;
  #failure: OutsideError | undefined;
  #watching: Promise<void> = Promise.resolve();

  /** @param options.probe writes what a busy moment does, and takes it away again. */
  constructor(options: { clock: Clock; probe: () => void; signal: AbortSignal }) {
    this.#clock = options.clock;
    this.#probe = options.probe;
    this.#signal = options.signal;
  }

  /** What is wrong; undefined while writing works. */
  get failure(): OutsideError | undefined {
    return this.#failure;
  }

  /** Resolves when nothing is tried any more; after the signal was aborted. */
  get ended(): Promise<void> {
    return this.#watching;
  }

  /** A write has failed. One that cannot ever work is its writer's trouble alone. */
  failed(error: OutsideError): void {
    if (!error.retryable || this.#failure !== undefined) return;
    this.#failure = error;
    logging.error("The event log cannot be written: {reason}", { reason: error.message });
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#clock.sleep(PROBE_MS, this.#signal);
      if (this.#signal.aborted || !this.#works()) continue;
      this.#failure = undefined;
      logging.warn("The event log can be written again");
      return;
    }
  }

  #works(): boolean {
    try {
      this.#probe();
      return true;
    } catch {
      // As it was: what is wrong has been said.
      return false;
    }
  }
}
