// The output buffers: matches and refused records, fixed in number; who finds one full returns STATUS_FULL and is
// called again when it has been emptied.

import {
  MATCH_CHANGE,
  MATCH_EVENT_TIME,
  MATCH_FILLED,
  MATCH_FLAGS,
  MATCH_OFFSET,
  MATCH_ORDINAL,
  MATCH_POLLED,
  MATCH_PRICE,
  MATCH_RATE,
  MATCH_SESSION_SHIFT,
  MATCH_SIGN,
  MATCH_SIZE,
  MATCH_SYMBOL,
  MATCH_VALUES,
  MATCH_VOLUME,
  MATCH_WINDOW,
  REJECT_CODE,
  REJECT_LENGTH,
  REJECT_OFFSET,
  REJECT_SIZE,
  REJECT_START,
} from "../layout";
import { take } from "./memory";
import { sessionOf } from "./days";
import * as trade from "./trade";

export let matches: usize = 0;
let nextMatch: usize = 0;
let matchesEnd: usize = 0;

export let rejects: usize = 0;
let nextReject: usize = 0;
let rejectsEnd: usize = 0;

export function startOutput(matchCapacity: u32, rejectCapacity: u32): void {
  matches = take((<usize>matchCapacity) * MATCH_SIZE);
  matchesEnd = matches + (<usize>matchCapacity) * MATCH_SIZE;
  rejects = take((<usize>rejectCapacity) * REJECT_SIZE);
  rejectsEnd = rejects + (<usize>rejectCapacity) * REJECT_SIZE;
  emptyOutput();
}

export function emptyOutput(): void {
  nextMatch = matches;
  nextReject = rejects;
}

export function matchCount(): u32 {
  return <u32>((nextMatch - matches) / MATCH_SIZE);
}

export function rejectCount(): u32 {
  return <u32>((nextReject - rejects) / REJECT_SIZE);
}

// @ts-ignore: decorator
@inline
export function matchesFull(): bool {
  return nextMatch == matchesEnd;
}

/** The market session of the status that is being evaluated, counted from 1; 0: it is a trade. */
let statusSession: u32 = 0;

export function setStatusSession(session: u32): void {
  statusSession = session;
}

/** How the current record came, and in which market session. */
function flags(): u32 {
  if (statusSession != 0) return statusSession << MATCH_SESSION_SHIFT;
  const origin: u32 = trade.filled ? MATCH_FILLED : trade.polled ? MATCH_POLLED : 0;
  return origin | (sessionOf() + 1) << MATCH_SESSION_SHIFT;
}

/** Writes that a rule fired on the current trade, `about` beside its other flags; there must be room. */
// @ts-ignore: decorator
@inline
export function addMatch(ordinal: u32, window: u32, offset: f64, symbol: u32, about: u32): void {
  const at = nextMatch;
  store<f64>(at, offset, MATCH_OFFSET);
  store<f64>(at, <f64>trade.eventTime, MATCH_EVENT_TIME);
  store<f64>(at, <f64>trade.volume, MATCH_VOLUME);
  store<u32>(at, ordinal, MATCH_ORDINAL);
  store<i32>(at, trade.price, MATCH_PRICE);
  store<i32>(at, trade.change, MATCH_CHANGE);
  store<i32>(at, trade.rate, MATCH_RATE);
  store<u32>(at, trade.sign, MATCH_SIGN);
  store<u32>(at, window, MATCH_WINDOW);
  store<u32>(at, symbol, MATCH_SYMBOL);
  store<u32>(at, flags() | about, MATCH_FLAGS);
  nextMatch = at + MATCH_SIZE;
}

/** Writes what a condition of the last match measured. */
export function setMatchValue(index: u32, value: i32): void {
  store<i32>(nextMatch - MATCH_SIZE + (<usize>index << 2), value, MATCH_VALUES);
}

/**
 * Writes that bytes were refused, `start` counted from the batch's first.
 *
 * @returns whether there was room.
 */
export function addReject(offset: f64, start: usize, length: usize, code: u32): bool {
  const at = nextReject;
  if (at == rejectsEnd) return false;
  store<f64>(at, offset, REJECT_OFFSET);
  store<u32>(at, <u32>start, REJECT_START);
  store<u32>(at, <u32>length, REJECT_LENGTH);
  store<u32>(at, code, REJECT_CODE);
  nextReject = at + REJECT_SIZE;
  return true;
}
