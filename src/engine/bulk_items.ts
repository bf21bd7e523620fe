import {
  BULK_INDEX,
  BULK_ITEM_SIZE,
  BULK_KEY,
  BULK_ORDINAL,
  BULK_THRESHOLD,
  LANE_SLOTS,
  NO_ORDINAL,
} from "../../wasm/layout.ts";
import type { EngineExports } from "./module.ts";
import type { Placement } from "./plan.ts";
import type { Views } from "./views.ts";

const WORDS = BULK_ITEM_SIZE >> 2;

/** The buffer of a bulk load in the module's memory: an item for each rule that stands in a lane. */
export class BulkItems {
  readonly #wasm: EngineExports;
  readonly #views: Views;
  readonly #firstWord: number;
  #words: Int32Array;
  #length = 0;
  #firstOrdinal = 0;

  constructor(wasm: EngineExports, views: Views, capacity: number) {
    this.#wasm = wasm;
    this.#views = views;
    this.#firstWord = (wasm.beginLoad(capacity) >>> 0) >> 2;
    this.#words = views.i32;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a rule; those that have an ordinal come first, by ordinal. */
  add(symbolIndex: number, placement: Placement, ordinal: number = NO_ORDINAL): void {
    // Adding a symbol may have grown the memory.
    if (this.#words.length === 0) this.#words = this.#views.i32;
    const at = this.#firstWord + this.#length * WORDS;
    this.#words[at + (BULK_KEY >> 2)] = symbolIndex * LANE_SLOTS + placement.lane;
    this.#words[at + (BULK_THRESHOLD >> 2)] = placement.threshold;
    this.#words[at + (BULK_ORDINAL >> 2)] = ordinal;
    this.#words[at + (BULK_INDEX >> 2)] = this.#length;
    this.#length++;
  }

  /** Sorts the items and fills the lanes; ordinals that are to be given count up from `nextOrdinal`. */
  fill(nextOrdinal: number): void {
    this.#firstOrdinal = (this.#wasm.fillFromItems(this.#length, nextOrdinal) >>> 0) >> 2;
    this.#words = this.#views.i32;
  }

  /** The ordinal of an item, by the order in which they were added. */
  ordinalOf(index: number): number {
    return (this.#words[this.#firstOrdinal + index] as number) >>> 0;
  }

  /** Gives the buffer back. */
  give(): void {
    this.#wasm.endLoad();
  }
}
