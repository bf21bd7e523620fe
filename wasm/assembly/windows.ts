// Windows: a ring of bitmaps, one for each live window, that say which rules have fired in it.
//
// Window w (event time / window length) stands in slot w % liveWindows. Live are the newest window and those before it
// that a trade within the grace may be of. The TypeScript side opens windows; a trade in a window that is not open yet
// stops the run at the boundary. A bitmap is made when a rule first fires in its window.

import { MAX_ROWS } from "../layout";
import { give, take } from "./memory";

/** No window has this number: the shortest window is 1 s and times end in 2100. */
export const NO_WINDOW: u32 = 0xffffffff;

/** How far behind the watermark a trade is not late, ms. */
export let graceMs: i64 = 0;
/** How many windows live at once. */
let liveWindows: u32 = 0;
/** How many rows a symbol has. */
export let rowSlots: u32 = 0;
/** The newest window, its first ms, and the first ms after it. */
let newestWindow: u32 = 0;
let newestStart: i64 = 0;
let newestEnd: i64 = 0;
let windowMs: i64 = 0;

/** The addresses of the bitmaps by slot, 0 where nothing has fired; each `bitmapBytes` long. */
let bitmaps: usize = 0;
let bitmapBytes: usize = 0;

const FIRST_BITMAP_BYTES: usize = 4096;

export function startWindows(lengthMs: f64, grace: f64): void {
  windowMs = <i64>lengthMs;
  graceMs = <i64>grace;
  liveWindows = <u32>((graceMs + windowMs - 1) / windowMs) + 1;
  rowSlots = min<u32>(liveWindows, MAX_ROWS);
  bitmapBytes = FIRST_BITMAP_BYTES;
  bitmaps = take((<usize>liveWindows) << 2);
  memory.fill(bitmaps, 0, (<usize>liveWindows) << 2);
  setNewest(0);
}

/** The window of an event time. */
// @ts-ignore: decorator
@inline
export function windowOf(time: i64): u32 {
  return time >= newestStart && time < newestEnd ? newestWindow : <u32>(time / windowMs);
}

/** The bitmap of a live window. */
// @ts-ignore: decorator
@inline
export function bitmapOf(window: u32): usize {
  const bitmap: usize = load<u32>(slotAt(window));
  return bitmap != 0 ? bitmap : makeBitmap(window);
}

function makeBitmap(window: u32): usize {
  const bitmap = take(bitmapBytes);
  memory.fill(bitmap, 0, bitmapBytes);
  store<u32>(slotAt(window), <u32>bitmap);
  return bitmap;
}

// @ts-ignore: decorator
@inline
function slotAt(window: u32): usize {
  return bitmaps + (<usize>(window % liveWindows) << 2);
}

/** The row of a window within a symbol. */
// @ts-ignore: decorator
@inline
export function slotOf(window: u32): u32 {
  return window % rowSlots;
}

export function isSet(bitmap: usize, ordinal: u32): bool {
  return (load<u32>(bitmap + ((ordinal >> 3) & ~3)) >> (ordinal & 31) & 1) != 0;
}

/**
 * Sets a rule's bit.
 *
 * @returns whether it was clear.
 */
// @ts-ignore: decorator
@inline
export function testAndSet(bitmap: usize, ordinal: u32): bool {
  const word = bitmap + ((ordinal >> 3) & ~3);
  const bit: u32 = 1 << (ordinal & 31);
  const there = load<u32>(word);
  if (there & bit) return false;
  store<u32>(word, there | bit);
  return true;
}

/** Sets a rule's bit in a live window. */
export function markFired(ordinal: u32, window: u32): void {
  testAndSet(bitmapOf(window), ordinal);
}

/** Makes a window the newest; those that were jumped over have no bitmap. */
export function openWindow(window: u32): void {
  const first = max<u32>(newestWindow + 1, window >= liveWindows ? window - liveWindows + 1 : 0);
  for (let each = first; each <= window; each++) {
    const bitmap: usize = load<u32>(slotAt(each));
    if (bitmap == 0) continue;
    give(bitmap, bitmapBytes);
    store<u32>(slotAt(each), 0);
  }
  setNewest(window);
}

/** Makes room for ordinals below `count`. */
export function reserveOrdinals(count: u32): void {
  if (<usize>count <= bitmapBytes * 8) return;
  let bytes = bitmapBytes;
  while (<usize>count > bytes * 8) bytes <<= 1;
  for (let slot: usize = 0; slot < liveWindows; slot++) {
    const bitmap: usize = load<u32>(bitmaps + (slot << 2));
    if (bitmap == 0) continue;
    const larger = take(bytes);
    memory.fill(larger, 0, bytes);
    memory.copy(larger, bitmap, bitmapBytes);
    give(bitmap, bitmapBytes);
    store<u32>(bitmaps + (slot << 2), <u32>larger);
  }
  bitmapBytes = bytes;
}

function setNewest(window: u32): void {
  newestWindow = window;
  newestStart = (<i64>window) * windowMs;
  newestEnd = newestStart + windowMs;
}
