// Memory: blocks of a power of two, never given back to the host, reused by size. The only place where memory grows;
// the TypeScript side rebuilds its views when it sees that the buffer has changed.

import { PAGE_SIZE } from "../layout";

const SMALLEST_CLASS: u32 = 5; // 32 bytes
const CACHE_LINE: usize = 64;

let top: usize = 0;
/** For each power of two the first free block; a free block's first word is the address of the next one. */
const free: usize = memory.data(32 * 4, 16);

/** The size of the block that has `size` bytes. */
export function blockSize(size: usize): usize {
  return (1 as usize) << classOf(size);
}

// @ts-ignore: decorator
@inline
function classOf(size: usize): u32 {
  return max<u32>(SMALLEST_CLASS, 32 - clz<u32>(<u32>size - 1));
}

/** A block of at least `size` bytes (1 to 2^31), aligned to a cache line when it is as long as one. Not cleared. */
export function take(size: usize): usize {
  const cls = classOf(size);
  const reused = load<usize>(free + (cls << 2));
  if (reused != 0) {
    store<usize>(free + (cls << 2), load<usize>(reused));
    return reused;
  }
  const bytes = (1 as usize) << cls;
  const align = min(bytes, CACHE_LINE) - 1;
  if (top == 0) top = __heap_base;
  const start = (top + align) & ~align;
  top = start + bytes;
  if (top < start) unreachable();
  const pages = (top + PAGE_SIZE - 1) / PAGE_SIZE;
  if (pages > <usize>memory.size() && memory.grow(<i32>(pages - memory.size())) < 0) unreachable();
  return start;
}

/** Gives a block of `size` bytes back. */
export function give(block: usize, size: usize): void {
  const cls = classOf(size);
  store<usize>(block, load<usize>(free + (cls << 2)));
  store<usize>(free + (cls << 2), block);
}
