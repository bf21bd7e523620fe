// Framing `record-batch-v2`: Kafka's record batches, magic 2, uncompressed, one after the other.
//
//   batch:  i64 baseOffset, i32 batchLength (of what follows it), i32 partitionLeaderEpoch, i8 magic, u32 crc,
//           i16 attributes (bits 0-2 compression, 5 control), i32 lastOffsetDelta, i64 baseTimestamp, i64 maxTimestamp,
//           i64 producerId, i16 producerEpoch, i32 baseSequence, i32 recordCount, records; all big-endian
//   record: varint length, i8 attributes, varlong timestampDelta, varint offsetDelta, varint keyLength (-1 null), key,
//           varint valueLength (-1 null), value, varint headerCount, headers; varints are zigzag
//
// https://kafka.apache.org/documentation/#recordbatch. The CRC is the adapter's to check. A batch that cannot be taken
// apart is refused in one piece from its first byte, at the offset of its first record that was not evaluated.

import {
  BATCH_ATTRIBUTES,
  BATCH_COMPRESSION_MASK,
  BATCH_CONTROL_BIT,
  BATCH_COUNT,
  BATCH_HEADER_SIZE,
  BATCH_LAST_DELTA,
  BATCH_LENGTH,
  BATCH_MAGIC,
  BATCH_PREFIX_SIZE,
  MAX_EXACT,
  REJECT_BATCH,
  REJECT_COMPRESSED,
  REJECT_NULL,
  STATUS_DONE,
} from "../layout";
import { batchEnd, evaluateValue, from, nextOffset, place, refuse, setNextOffset, setPlace } from "./batch";

/** The record batch that is open: its first byte, the first byte after it, and the records in it that remain. */
let open: bool = false;
let first: usize = 0;
let after: usize = 0;
let remaining: i32 = 0;
let baseOffset: i64 = 0;
let lastDelta: i32 = 0;
/** The offset of the last record read, for the check that they rise. */
let lastOffset: i64 = 0;

export function openRecordBatches(): void {
  open = false;
}

export function runRecordBatches(): u32 {
  while (true) {
    if (open) {
      const status = runOpenBatch();
      if (status != STATUS_DONE) return status;
      open = false;
      setPlace(after);
    }
    if (place == batchEnd) return STATUS_DONE;
    const code = readHeader();
    if (code == SKIP) {
      setPlace(after);
    } else if (code != 0) {
      const status = refuse(nextOffset, place, after - place, code);
      if (status != STATUS_DONE) return status;
      if (code == REJECT_COMPRESSED) passBatch();
      setPlace(after);
    } else {
      open = true;
    }
  }
}

const SKIP: u32 = 0xffffffff;

/** Reads the header at `place`: 0 for a batch to go through, SKIP, or the code it is refused with. Sets `after`. */
function readHeader(): u32 {
  first = place;
  after = batchEnd;
  if (batchEnd - first < <usize>BATCH_PREFIX_SIZE) return REJECT_BATCH;
  const length = <i32>bswap<u32>(load<u32>(first, BATCH_LENGTH));
  if (length < BATCH_HEADER_SIZE - BATCH_PREFIX_SIZE) return REJECT_BATCH;
  if (<usize>length > batchEnd - first - BATCH_PREFIX_SIZE) return REJECT_BATCH;
  after = first + BATCH_PREFIX_SIZE + length;
  baseOffset = <i64>bswap<u64>(load<u64>(first));
  lastDelta = <i32>bswap<u32>(load<u32>(first, BATCH_LAST_DELTA));
  remaining = <i32>bswap<u32>(load<u32>(first, BATCH_COUNT));
  if (load<u8>(first, BATCH_MAGIC) != 2) return REJECT_BATCH;
  if (baseOffset < 0 || baseOffset > MAX_EXACT - i32.MAX_VALUE || lastDelta < 0 || remaining < 0) return REJECT_BATCH;
  const attributes = <u32>bswap<u16>(load<u16>(first, BATCH_ATTRIBUTES));
  if (<f64>(baseOffset + lastDelta) < from) return SKIP;
  if (attributes & BATCH_CONTROL_BIT) {
    passBatch();
    return SKIP;
  }
  if (attributes & BATCH_COMPRESSION_MASK) return REJECT_COMPRESSED;
  lastOffset = baseOffset - 1;
  setPlace(first + BATCH_HEADER_SIZE);
  return 0;
}

/** The batch's offsets are behind us, with those of records that were compacted away. */
function passBatch(): void {
  setNextOffset(max(nextOffset, <f64>(baseOffset + lastDelta + 1)));
}

function runOpenBatch(): u32 {
  while (remaining > 0) {
    const recordAfter = readRecord();
    if (recordAfter == 0) return refuseBatch();
    const offset = <f64>recordOffset;
    if (offset >= from) {
      const status = value == 0
        ? refuse(offset, recordAfter, 0, REJECT_NULL)
        : evaluateValue(offset, value, valueLength);
      if (status != STATUS_DONE) return status;
      setNextOffset(offset + 1);
    }
    lastOffset = recordOffset;
    remaining--;
    setPlace(recordAfter);
  }
  if (place != after) return refuseBatch();
  passBatch();
  return STATUS_DONE;
}

function refuseBatch(): u32 {
  const status = refuse(nextOffset, first, after - first, REJECT_BATCH);
  if (status == STATUS_DONE) passBatch();
  return status;
}

let recordOffset: i64 = 0;
/** The record's value, 0 for null. */
let value: usize = 0;
let valueLength: usize = 0;

/**
 * Reads the record at `place`.
 *
 * @returns the first byte after it, or 0 when it does not fit its batch.
 */
function readRecord(): usize {
  varintAt = place;
  const length = readVarint(after);
  if (length < 0 || length > <i64>(after - varintAt)) return 0;
  const recordAfter = varintAt + <usize>length;
  if (varintAt >= recordAfter) return 0;
  varintAt++; // attributes: unused
  readVarint(recordAfter); // timestamp delta: the event time stands in the value
  const offsetDelta = readVarint(recordAfter);
  if (varintAt == BAD_VARINT || offsetDelta < 0 || offsetDelta > lastDelta) return 0;
  recordOffset = baseOffset + offsetDelta;
  if (recordOffset <= lastOffset) return 0;
  if (!stepOver(recordAfter)) return 0; // key
  valueLength = 0;
  const there = readVarint(recordAfter);
  if (varintAt == BAD_VARINT || there < -1) return 0;
  if (there == -1) {
    value = 0;
  } else {
    if (there > <i64>(recordAfter - varintAt)) return 0;
    value = varintAt;
    valueLength = <usize>there;
    varintAt += valueLength;
  }
  return stepOverHeaders(recordAfter) ? recordAfter : 0;
}

function stepOverHeaders(end: usize): bool {
  let headers = readVarint(end);
  if (varintAt == BAD_VARINT || headers < 0) return false;
  while (headers-- > 0) {
    if (!stepOver(end) || !stepOver(end)) return false;
  }
  return varintAt == end;
}

/** Steps over a length and its bytes; -1 is null. */
function stepOver(end: usize): bool {
  const length = readVarint(end);
  if (varintAt == BAD_VARINT || length < -1) return false;
  if (length == -1) return true;
  if (length > <i64>(end - varintAt)) return false;
  varintAt += <usize>length;
  return true;
}

const BAD_VARINT: usize = usize.MAX_VALUE;
let varintAt: usize = 0;

/** Reads a zigzag varint that ends before `end`; at BAD_VARINT afterwards, and -2, when there is none. */
function readVarint(end: usize): i64 {
  if (varintAt == BAD_VARINT) return -2;
  let bits: u64 = 0;
  let shift: u64 = 0;
  while (varintAt < end && shift < 64) {
    const byte = <u64>load<u8>(varintAt++);
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) return <i64>(bits >> 1) ^ -<i64>(bits & 1);
    shift += 7;
  }
  varintAt = BAD_VARINT;
  return -2;
}
