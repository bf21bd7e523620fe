import type { Clock } from "../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../core/errors.ts";
import type { SymbolReference } from "../market/reference.ts";
import { decodeReference, encodeReference } from "../market/reference_codec.ts";
import type { Symbol } from "../market/symbol.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { logger } from "../telemetry/log.ts";

const logging = logger("reference");

/** After the topic could not be read, ms. */
const RETRY_MS = 60_000;

/** The record of what is known of a symbol. */
export function referenceRecord(reference: SymbolReference, at: number): NewRecord {
  return { topic: "reference", key: reference.symbol, value: encodeReference(reference), timestamp: at };
}

/** The record that forgets a symbol. */
export function forgottenReference(symbol: Symbol, at: number): NewRecord {
  return { topic: "reference", key: symbol, value: null, timestamp: at };
}

/** Told of what a {@link ReferenceBook} learns: a `SymbolDirectory` is one. */
export interface ReferenceReader {
  learn(reference: SymbolReference): void;
  forget(symbol: Symbol): void;
}

/** What is known of every symbol, read from the `reference` topic and kept as it changes. */
export class ReferenceBook {
  readonly #log: EventLog;
  readonly #readers: readonly ReferenceReader[];
  readonly #known = new Map<Symbol, SymbolReference>();

  constructor(log: EventLog, readers: readonly ReferenceReader[] = []) {
    this.#log = log;
    this.#readers = readers;
  }

  get(symbol: Symbol): SymbolReference | undefined {
    return this.#known.get(symbol);
  }

  all(): readonly SymbolReference[] {
    return [...this.#known.values()];
  }

  /** Reads what there is. Resolves when all of it is known. */
  async load(): Promise<void> {
    const partitions = await this.#log.partitions("reference");
    for (let partition = 0; partition < partitions; partition++) {
      const { start, end } = await this.#log.bounds("reference", partition);
      if (end <= start) continue;
      for await (const batch of this.#log.read({ topic: "reference", partition, from: start, to: end })) {
        for (const record of batch.records) this.#take(record);
      }
    }
  }

  /**
   * Follows the topic until the signal is aborted. Names and states are no reason for a role to stop: a topic that cannot
   * be read (it has not been made, or this role may not) is tried again.
   */
  async run(signal: AbortSignal, clock: Clock): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!(error instanceof OutsideError)) throw error;
        logging.warn("The reference topic cannot be read, trying again in {wait} ms: {error}", {
          wait: RETRY_MS,
          error: error.message,
        });
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const partitions = await this.#log.partitions("reference");
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const follow = async (partition: number) => {
      try {
        const reading = this.#log.read({ topic: "reference", partition, from: 0, signal: until });
        for await (const batch of reading) for (const record of batch.records) this.#take(record);
      } catch (error) {
        failed.abort();
        throw error;
      }
    };
    await Promise.all(Array.from({ length: partitions }, (_, partition) => follow(partition)));
  }

  /** Takes over what this process has itself written, without waiting for the topic. */
  put(reference: SymbolReference): void {
    this.#known.set(reference.symbol, reference);
    for (const reader of this.#readers) reader.learn(reference);
  }

  remove(symbol: Symbol): void {
    this.#known.delete(symbol);
    for (const reader of this.#readers) reader.forget(symbol);
  }

  #take(record: LogRecord): void {
    if (record.value === null) return this.remove(record.key);
    try {
      this.put(decodeReference(record.value));
    } catch (error) {
      // Written by something newer or broken: what was known before goes on to hold.
      if (!(error instanceof InputError)) throw error;
      logging.warn("The reference of {symbol} cannot be read: {error}", {
        symbol: record.key,
        error: messageOf(error),
      });
    }
  }
}
