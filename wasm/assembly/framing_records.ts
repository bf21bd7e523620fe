// Framing `records`: for each record f64 offset, u32 length, the value; see src/ports/event_log.ts.

import {
  MAX_EXACT,
  NULL_LENGTH,
  RECORD_HEADER_SIZE,
  REJECT_FRAMING,
  REJECT_NULL,
  STATUS_DONE,
  STATUS_FULL,
} from "../layout";
import { batchEnd, from, nextOffset, place, refuse, setNextOffset, setPlace, evaluateValue } from "./batch";

export function runRecords(): u32 {
  while (place < batchEnd) {
    const start = place;
    if (start + RECORD_HEADER_SIZE > batchEnd) return refuseRest(start);
    const offset = load<f64>(start);
    const length = <usize>load<u32>(start, 8);
    const value = start + RECORD_HEADER_SIZE;
    if (!(offset >= 0 && offset <= <f64>MAX_EXACT && floor(offset) == offset)) return refuseRest(start);
    const isNull = length == NULL_LENGTH;
    if (!isNull && length > batchEnd - value) return refuseRest(start);
    if (offset >= from) {
      const status = isNull ? refuse(offset, value, 0, REJECT_NULL) : evaluateValue(offset, value, length);
      if (status != STATUS_DONE) return status;
      setNextOffset(offset + 1);
    }
    setPlace(isNull ? value : value + length);
  }
  return STATUS_DONE;
}

/** What cannot be taken apart is refused in one piece. */
function refuseRest(start: usize): u32 {
  if (refuse(nextOffset, start, batchEnd - start, REJECT_FRAMING) == STATUS_FULL) return STATUS_FULL;
  setPlace(batchEnd);
  return STATUS_DONE;
}
