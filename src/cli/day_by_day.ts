import { InputError } from "../core/errors.ts";
import { decodeReference } from "../market/reference_codec.ts";
import type { SourceEvent, SourceStatus, TickSource } from "../ports/tick_source.ts";

/**
 * A replay of several days that says what is known of the symbols on a day when everything before it has been evaluated:
 * the topic keeps the newest of a symbol alone, and one that comes a day early would leave the day before without.
 */
export class DayByDay implements TickSource {
  readonly #source: TickSource;
  readonly #evaluated: (signal: AbortSignal) => Promise<void>;
  #date = "";

  /** @param evaluated resolves when all that was handed over before has been evaluated, or the signal is aborted. */
  constructor(source: TickSource, evaluated: (signal: AbortSignal) => Promise<void>) {
    this.#source = source;
    this.#evaluated = evaluated;
  }

  get name(): string {
    return this.#source.name;
  }

  async *events(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    for await (const batch of this.#source.events(signal)) {
      let from = 0;
      for (const [index, event] of batch.entries()) {
        if (!this.#beginsDay(event)) continue;
        if (index > from) yield batch.slice(from, index);
        from = index;
        await this.#evaluated(signal);
        if (signal.aborted) return;
      }
      yield from === 0 ? batch : batch.slice(from);
    }
  }

  status(): SourceStatus {
    return this.#source.status();
  }

  #beginsDay(event: SourceEvent): boolean {
    if (event.type !== "reference") return false;
    const date = dateSaid(event.bytes);
    if (date === undefined || date <= this.#date) return false;
    this.#date = date;
    return true;
  }
}

/** The day that a reference is of; undefined of one that cannot be read, which is the producer's to refuse. */
function dateSaid(bytes: Uint8Array): string | undefined {
  try {
    return decodeReference(bytes).date;
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}
