// The batch that is being evaluated: where it stands, how far it got, what is done with each record of it. A run may
// stop (output full, boundary reached) and is then taken up at the record it stopped at.

import {
  CONTROL_EVENT_LENGTH,
  CONTROL_EVENT_OFFSET,
  CONTROL_EVENT_START,
  REJECT_AHEAD,
  REJECT_TRADE,
  STATUS_DONE,
  STATUS_EVENT,
  STATUS_FULL,
  STATUS_REFUSED,
} from "../layout";
import { setCursorTo } from "./cursor";
import { evaluateTrade, passOver } from "./evaluate";
import { addReject } from "./output";
import { isOtherKind, parseTrade } from "./parse_json";

let batchStart: usize = 0;
export let batchEnd: usize = 0;
/** The next byte that was not handled. */
export let place: usize = 0;
/** The first offset that is wanted. */
export let from: f64 = 0;
/** The offset after the last record handled. */
export let nextOffset: f64 = 0;

export function openBatch(start: usize, length: usize, fromOffset: f64): void {
  batchStart = start;
  batchEnd = start + length;
  place = start;
  from = fromOffset;
  nextOffset = fromOffset;
}

// @ts-ignore: decorator
@inline
export function setPlace(value: usize): void { place = value; }
// @ts-ignore: decorator
@inline
export function setNextOffset(value: f64): void { nextOffset = value; }

/** Parses and evaluates a record's value; a status. */
// @ts-ignore: decorator
@inline
export function evaluateValue(offset: f64, value: usize, length: usize): u32 {
  setCursorTo(value, value + length);
  if (parseTrade()) {
    const status = evaluateTrade(offset, value, length);
    return status == STATUS_REFUSED ? refuse(offset, value, length, REJECT_AHEAD) : status;
  }
  if (!isOtherKind(value, length)) return refuse(offset, value, length, REJECT_TRADE);
  if (offset == load<f64>(CONTROL_EVENT_OFFSET)) {
    passOver();
    return STATUS_DONE;
  }
  store<f64>(CONTROL_EVENT_OFFSET, offset);
  store<u32>(CONTROL_EVENT_START, <u32>(value - batchStart));
  store<u32>(CONTROL_EVENT_LENGTH, <u32>length);
  return STATUS_EVENT;
}

/** Refuses bytes; STATUS_FULL when there was no room to say so. */
export function refuse(offset: f64, start: usize, length: usize, code: u32): u32 {
  return addReject(offset, start - batchStart, length, code) ? STATUS_DONE : STATUS_FULL;
}
