// Windows: a ring of bitmaps, one for each live window, that say which rules have fired in it.
//
// Window w (event time / window length) stands in slot w % liveWindows. Live are the newest window and the grace before
// it. The TypeScript side opens windows; a trade in a window that is not open yet stops the run at the boundary.

import { give, take } from "./memory";

/** No window has this number: the shortest window is 1 s and times end in 2100. */
export const NO_WINDOW: u32 = 0xffffffff;

/** How many windows live at once: the newest and the grace. */
export let liveWindows: u32 = 0;
/** The newest window, its first ms, and the first ms after it. */
let newestWindow: u32 = 0;
let newestStart: i64 = 0;
let newestEnd: i64 = 0;
let windowMs: i64 = 0;

/** The bitmaps stand one after the other, each `bitmapBytes` long. */
let bitmaps: usize = 0;
let bitmapBytes: usize = 0;

const FIRST_BITMAP_BYTES: usize = 4096;

export function startWindows(lengthMs: f64, live: u32): void {
  windowMs = <i64>lengthMs;
  liveWindows = live;
  bitmapBytes = FIRST_BITMAP_BYTES;
  bitmaps = take(bitmapBytes * live);
  memory.fill(bitmaps, 0, bitmapBytes * live);
  setNewest(0);
}

/** The window of an event time. */
// @ts-ignore: decorator
@inline
export function windowOf(time: i64): u32 {
  return time >= newestStart && time < newestEnd ? newestWindow : <u32>(time / windowMs);
}

// @ts-ignore: decorator
@inline
export function isLate(window: u32): bool {
  return window + liveWindows <= newestWindow;
}

/** The bitmap of a live window. */
// @ts-ignore: decorator
@inline
export function bitmapOf(window: u32): usize {
  return bitmaps + (<usize>(window % liveWindows)) * bitmapBytes;
}

/** The slot of a live window in the ring. */
// @ts-ignore: decorator
@inline
export function slotOf(window: u32): u32 {
  return window % liveWindows;
}

/** Sets a rule's bit; answers whether it was clear. */
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

/** Makes a window the newest, its bitmap and those of the windows that were jumped over clear. */
export function openWindow(window: u32): void {
  const first = max<u32>(newestWindow + 1, window >= liveWindows ? window - liveWindows + 1 : 0);
  for (let each = first; each <= window; each++) memory.fill(bitmapOf(each), 0, bitmapBytes);
  setNewest(window);
}

/** Makes room for ordinals below `count`. */
export function reserveOrdinals(count: u32): void {
  if (<usize>count <= bitmapBytes * 8) return;
  let bytes = bitmapBytes;
  while (<usize>count > bytes * 8) bytes <<= 1;
  const larger = take(bytes * liveWindows);
  memory.fill(larger, 0, bytes * liveWindows);
  for (let slot: usize = 0; slot < liveWindows; slot++) {
    memory.copy(larger + slot * bytes, bitmaps + slot * bitmapBytes, bitmapBytes);
  }
  give(bitmaps, bitmapBytes * liveWindows);
  bitmaps = larger;
  bitmapBytes = bytes;
}

function setNewest(window: u32): void {
  newestWindow = window;
  newestStart = (<i64>window) * windowMs;
  newestEnd = newestStart + windowMs;
}
