import { assert } from "../core/errors.ts";

/** What wasm/assembly/index.ts exports; addresses and u32 results arrive as signed numbers. */
export interface EngineExports {
  readonly memory: WebAssembly.Memory;
  start(windowMs: number, graceMs: number, matchCapacity: number, rejectCapacity: number): void;
  matchesAddress(): number;
  rejectsAddress(): number;
  reserveInput(length: number): number;
  open(framing: number, length: number, fromOffset: number): void;
  run(): number;
  runStatus(
    symbol: number,
    time: number,
    status: number,
    session: number,
    offset: number,
    again: number,
  ): number;
  addSymbolCode(low: number, high: number): number;
  reserveRules(count: number): void;
  setArmedAt(ordinal: number, time: number): void;
  insertRule(symbolIndex: number, lane: number, threshold: number, ordinal: number): void;
  removeRule(symbolIndex: number, lane: number, threshold: number, ordinal: number): number;
  advanceTo(window: number): void;
  restoreFired(ordinal: number, window: number): void;
  setClass(number: number, lengthMs: number, offsetMs: number): void;
  forgetWindows(number: number, oldest: number): void;
  addMeasure(kind: number, parameter: number): number;
  addLane(
    symbol: number,
    measure: number,
    flags: number,
    sessions: number,
    windows: number,
    markets: number,
  ): number;
  putRule(lane: number, threshold: number, ordinal: number): void;
  takeRule(lane: number, threshold: number, ordinal: number): number;
  setExtra(ordinal: number, conditions: number, share: number, from: number): number;
  clearExtra(ordinal: number): void;
  markKeyed(number: number, window: number, ordinal: number, symbol: number): void;
  countAlert(ordinal: number, day: number): void;
  keep(what: number): void;
  warmUp(what: number): void;
  warmUpTo(time: number): void;
  reachMinute(minute: number, keptFrom: number): void;
  closeCandles(): number;
  writeLateCandles(): number;
  takeCandles(): number;
  restoreCandle(symbol: number, minute: number): number;
  setDay(day: number): void;
  sessionsAddress(): number;
  setMarkets(symbol: number, markets: number): void;
  setReference(symbol: number, sums: number): number;
  lookBackAddress(): number;
  stateAddress(symbol: number): number;
  beginLoad(count: number): number;
  fillFromItems(count: number, nextOrdinal: number): number;
  endLoad(): void;
}

/** Compiles wasm/build/engine.wasm, once for any number of engines. */
export async function compileEngine(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  const module = await WebAssembly.compile(bytes);
  const imports = WebAssembly.Module.imports(module);
  assert(
    imports.length === 0,
    `the engine's module must need nothing, it imports ${JSON.stringify(imports)}`,
  );
  return module;
}

/** An instance with its own memory. */
export function instantiate(module: WebAssembly.Module): EngineExports {
  return new WebAssembly.Instance(module).exports as unknown as EngineExports;
}

/** A symbol's code as the module takes it: two words, the first character in the lowest byte. */
export function packSymbol(symbol: string): { low: number; high: number } {
  let low = 0;
  let high = 0;
  for (let each = 0; each < symbol.length; each++) {
    if (each < 4) low |= symbol.charCodeAt(each) << (8 * each);
    else high |= symbol.charCodeAt(each) << (8 * (each - 4));
  }
  return { low, high };
}
