import {
  CONTROL_BOUNDARY,
  CONTROL_CANDLE_BASE,
  CONTROL_CANDLE_BYTES,
  CONTROL_CANDLE_NEWEST,
  CONTROL_CANDLE_OLDEST,
  CONTROL_CANDLES,
  CONTROL_EVENT_LENGTH,
  CONTROL_EVENT_OFFSET,
  CONTROL_EVENT_START,
  CONTROL_EXPECTED,
  CONTROL_HALTED,
  CONTROL_LATE,
  CONTROL_MATCHES,
  CONTROL_NEXT_OFFSET,
  CONTROL_PASSED,
  CONTROL_REACHED,
  CONTROL_REACHED_OFFSET,
  CONTROL_REFUSED,
  CONTROL_REJECTS,
  CONTROL_TRADES,
  CONTROL_WATERMARK,
} from "../../wasm/layout.ts";

/**
 * Typed views of the module's memory. Growing the memory detaches every view, so all of them come from here and are
 * made anew when the buffer has changed.
 */
export class Views {
  readonly #memory: WebAssembly.Memory;
  #buffer: ArrayBuffer;
  #u8: Uint8Array;
  #i32: Int32Array;
  #u32: Uint32Array;
  #f64: Float64Array;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#buffer = memory.buffer as ArrayBuffer;
    this.#u8 = new Uint8Array(this.#buffer);
    this.#i32 = new Int32Array(this.#buffer);
    this.#u32 = new Uint32Array(this.#buffer);
    this.#f64 = new Float64Array(this.#buffer);
  }

  get u8(): Uint8Array {
    return this.#fresh().#u8;
  }
  get i32(): Int32Array {
    return this.#fresh().#i32;
  }
  get u32(): Uint32Array {
    return this.#fresh().#u32;
  }
  get f64(): Float64Array {
    return this.#fresh().#f64;
  }

  #fresh(): this {
    const buffer = this.#memory.buffer as ArrayBuffer;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#u8 = new Uint8Array(buffer);
      this.#i32 = new Int32Array(buffer);
      this.#u32 = new Uint32Array(buffer);
      this.#f64 = new Float64Array(buffer);
    }
    return this;
  }
}

/** The control block: what a run takes and answers. */
export class ControlBlock {
  readonly #views: Views;

  constructor(views: Views) {
    this.#views = views;
  }

  get watermark(): number {
    return this.#f64(CONTROL_WATERMARK);
  }
  set watermark(time: number) {
    this.#views.f64[CONTROL_WATERMARK >> 3] = time;
  }
  set boundary(time: number) {
    this.#views.f64[CONTROL_BOUNDARY >> 3] = time;
  }
  get reached(): number {
    return this.#f64(CONTROL_REACHED);
  }
  get reachedOffset(): number {
    return this.#f64(CONTROL_REACHED_OFFSET);
  }
  set refused(offset: number) {
    this.#views.f64[CONTROL_REFUSED >> 3] = offset;
  }
  get eventOffset(): number {
    return this.#f64(CONTROL_EVENT_OFFSET);
  }
  set eventOffset(offset: number) {
    this.#views.f64[CONTROL_EVENT_OFFSET >> 3] = offset;
  }
  get eventStart(): number {
    return this.#u32(CONTROL_EVENT_START);
  }
  get eventLength(): number {
    return this.#u32(CONTROL_EVENT_LENGTH);
  }
  get candles(): number {
    return this.#u32(CONTROL_CANDLES);
  }
  get candleBytes(): number {
    return this.#u32(CONTROL_CANDLE_BYTES);
  }
  get candleBase(): number {
    return this.#u32(CONTROL_CANDLE_BASE);
  }
  get candleOldest(): number {
    return this.#u32(CONTROL_CANDLE_OLDEST);
  }
  get candleNewest(): number {
    return this.#u32(CONTROL_CANDLE_NEWEST);
  }
  get nextOffset(): number {
    return this.#f64(CONTROL_NEXT_OFFSET);
  }
  get trades(): number {
    return this.#u32(CONTROL_TRADES);
  }
  get passed(): number {
    return this.#u32(CONTROL_PASSED);
  }
  get late(): number {
    return this.#u32(CONTROL_LATE);
  }
  get halted(): number {
    return this.#u32(CONTROL_HALTED);
  }
  get expected(): number {
    return this.#u32(CONTROL_EXPECTED);
  }
  get matches(): number {
    return this.#u32(CONTROL_MATCHES);
  }
  get rejects(): number {
    return this.#u32(CONTROL_REJECTS);
  }

  #f64(address: number): number {
    return this.#views.f64[address >> 3] as number;
  }
  #u32(address: number): number {
    return this.#views.u32[address >> 2] as number;
  }
}
