import type { SymbolReference } from "../market/reference.ts";
import { decodeReference, encodeReference } from "../market/reference_codec.ts";
import type { Symbol } from "../market/symbol.ts";
import type { EventLog, LogRecord, NewRecord } from "../ports/event_log.ts";
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

/** The record of what is known of a symbol. */
export function referenceRecord(reference: SymbolReference, at: number): NewRecord {
  return { topic: "reference", key: reference.symbol, value: encodeReference(reference), timestamp: at };
}

/** The record that forgets a symbol. */
export function forgottenReference(symbol: Symbol, at: number): NewRecord {
  return { topic: "reference", key: symbol, value: null, timestamp: at };
}

/** Called with what a {@link ReferenceBook} learns: a `SymbolDirectory` is one. */
export interface ReferenceReader {
  learn(reference: SymbolReference): void;
  forget(symbol: Symbol): void;
}

/** What a record says of a symbol; null: it is listed no more. */
interface Said {
  readonly symbol: Symbol;
  readonly reference: SymbolReference | null;
}

/** What is known of every symbol, read from the `reference` topic and kept as it changes. */
export class ReferenceBook implements ProjectionReader<Said> {
  readonly #topic: Projection;
  readonly #readers: readonly ReferenceReader[];
  readonly #known = new Map<Symbol, SymbolReference>();

  constructor(log: EventLog, readers: readonly ReferenceReader[] = []) {
    this.#topic = new Projection({ log, topic: "reference", readers: [this] });
    this.#readers = readers;
  }

  get(symbol: Symbol): SymbolReference | undefined {
    return this.#known.get(symbol);
  }

  all(): readonly SymbolReference[] {
    return [...this.#known.values()];
  }

  /** Reads what there is. Resolves when all of it is known. @throws {OutsideError} when the log cannot be read. */
  load(): Promise<void> {
    return this.#topic.load();
  }

  /** Follows the topic from its beginning until the signal is aborted. Never rejects. */
  run(options: FollowOptions): Promise<void> {
    return this.#topic.follow(options);
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

  decode({ key, value }: LogRecord): Said {
    return { symbol: key, reference: value === null ? null : decodeReference(value) };
  }

  apply({ symbol, reference }: Said): void {
    if (reference === null) this.remove(symbol);
    else this.put(reference);
  }
}
