import { setImmediate } from "node:timers/promises";

/**
 * Lets everything that is ready run, for a virtual clock over parts that wait for no socket and no thread: a timer, which
 * the clock uses by itself, costs a millisecond a turn.
 */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 16; turn++) await setImmediate();
}
