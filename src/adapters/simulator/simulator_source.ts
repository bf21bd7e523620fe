import type { Clock } from "../../core/clock.ts";
import { encodeReference } from "../../market/reference_codec.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../../ports/tick_source.ts";
import { SimulatedMarket, type SimulatedMarketOptions } from "./market.ts";

/** How often trades are made, ms. */
const STEP_MS = 20;
/** Trades in one step when the rate is without limit. */
const MAX_STEP = 1_000;
/** A source that was not read from for longer does not make up for it, ms. */
const CATCH_UP_MS = 1_000;

/** What the {@link SimulatorSource} is made from. */
export interface SimulatorOptions extends Omit<SimulatedMarketOptions, "now"> {
  /** Trades per second; Infinity: as fast as they are taken. */
  readonly rate: number;
  readonly clock: Clock;
}

const encoder = new TextEncoder();

/** The simulated market as a feed: KIS frames, with the times of the injected clock. Waits while it is not read from. */
export class SimulatorSource implements TickSource {
  readonly name = "simulator";
  readonly #options: SimulatorOptions;
  #state: SourceStatus["state"] = "connecting";

  constructor(options: SimulatorOptions) {
    this.#options = options;
  }

  async *events(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    const { clock, rate } = this.#options;
    const market = new SimulatedMarket({ ...this.#options, now: clock.now() });
    this.#state = "open";
    const unlimited = rate === Infinity;
    let due = 0;
    let last = clock.now();
    while (!signal.aborted) {
      const now = clock.now();
      due += unlimited ? MAX_STEP : (Math.min(now - last, CATCH_UP_MS) / 1000) * rate;
      last = now;
      const references = market.references(now);
      if (references.length > 0) {
        yield references.map((reference) => ({
          type: "reference",
          bytes: encoder.encode(encodeReference(reference)),
          receivedAt: now,
        }));
      }
      if (due >= 1) {
        const frames: string[] = [];
        due -= market.frames(Math.floor(due), now, frames);
        if (unlimited) due = 0;
        yield frames.map((frame) => ({ type: "frame", bytes: encoder.encode(frame), receivedAt: now }));
      }
      await clock.sleep(unlimited ? 1 : STEP_MS, signal);
    }
    this.#state = "ended";
  }

  inSession(): boolean {
    return this.#state === "open";
  }

  status(): SourceStatus {
    const { rate, listing, seed } = this.#options;
    const pace = rate === Infinity ? "as fast as possible" : `at ${rate} trades/s`;
    return { state: this.#state, detail: `simulating ${listing.length} symbols ${pace}, seed ${seed}` };
  }
}
