// Framing `kis`: frames as KIS sends them, `0|TR_ID|count|f1^f2^…`, one a line; every record of a frame is a trade,
// its offset counted on from the batch's first. Frames of other kinds (order books, market status) and KIS's own messages in
// JSON are passed over.
//
// Only the fields that rules look at are read; the feed's own reader, src/market/kis/, checks them all. What is no
// frame, or a frame whose records cannot be told apart, is refused as one.

import { KIS_FRAME_MAX, KIS_TRADE_WIDTH, REJECT_FRAME, STATUS_DONE, STATUS_FULL } from "../layout";
import { batchEnd, from, nextOffset, place, refuse, setNextOffset, setPlace } from "./batch";
import { evaluateTrade } from "./evaluate";
import { afterOf, caretsFrom, findCarets, lineEnd, reserveCarets, textEnd } from "./kis_carets";
import { readRecord } from "./kis_record";

const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const BAR: u32 = 0x7c;
const BRACE: u32 = 0x7b;
/** Eight characters: H0STCNT0, H0NXCNT0, H0UNCNT0. */
const TRADES_KRX: u64 = 0x30544e4354533048;
const TRADES_NXT: u64 = 0x30544e43584e3048;
const TRADES_BOTH: u64 = 0x30544e434e553048;
/** `0|`, eight characters and a bar; then at least one digit, a bar and a character. */
const TR_ID: usize = 2;
const COUNT: usize = 11;
const SHORTEST: usize = COUNT + 3;

/** The frame that is open: the line's end, the records that remain, how wide they are, where the next one begins. */
let open: bool = false;
let lineAfter: usize = 0;
let remaining: u32 = 0;
let width: u32 = 0;
let recordStart: usize = 0;
let firstField: u32 = 0;

export function openKisFrames(): void {
  open = false;
  reserveCarets(min(batchEnd - place, <usize>KIS_FRAME_MAX));
}

export function runKisFrames(): u32 {
  while (true) {
    if (open) {
      const status = runFrame();
      if (status != STATUS_DONE) return status;
      open = false;
      setPlace(lineAfter + 1);
    }
    if (place >= batchEnd) return STATUS_DONE;
    const kind = readHead();
    if (kind == TRADES) {
      open = true;
      continue;
    }
    const end = endOfLine();
    const short = load<u8>(place) != BRACE && end - place < SHORTEST;
    if ((kind == BAD_FRAME || short) && end > place) {
      if (nextOffset >= from && refuse(nextOffset, place, end - place, REJECT_FRAME) != STATUS_DONE) return STATUS_FULL;
      setNextOffset(nextOffset + 1);
    }
    setPlace(lineAfter + 1);
  }
}

const SKIP: u32 = 0;
const TRADES: u32 = 1;
const BAD_FRAME: u32 = 2;

/** Finds the line feed that ends the line at `place`, which is no frame of trades; answers where its text ends. */
function endOfLine(): usize {
  let at = place;
  lineAfter = batchEnd;
  for (; at < batchEnd; at += 16) {
    const found = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>LINE_FEED)));
    if (found == 0) continue;
    lineAfter = min(at + ctz<u32>(found), batchEnd);
    break;
  }
  return lineAfter > place && load<u8>(lineAfter - 1) == CARRIAGE_RETURN ? lineAfter - 1 : lineAfter;
}

/** Reads the head of the frame at `place`; for trades, finds the line's end and makes ready to go through them. */
function readHead(): u32 {
  if (load<u8>(place) == BRACE) return SKIP;
  if (batchEnd - place < SHORTEST) return BAD_FRAME;
  if (load<u8>(place) != 0x30 || load<u8>(place, 1) != BAR || load<u8>(place, COUNT - 1) != BAR) return BAD_FRAME;
  const kind = load<u64>(place, TR_ID);
  if (kind != TRADES_KRX && kind != TRADES_NXT && kind != TRADES_BOTH) return SKIP;
  let count: u32 = 0;
  let at = place + COUNT;
  for (; at < batchEnd && load<u8>(at) != BAR; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9 || at >= place + COUNT + 4) return BAD_FRAME;
    count = count * 10 + digit;
  }
  if (count == 0 || at == batchEnd) return BAD_FRAME;
  const payload = at + 1;
  const fields = findCarets(payload, batchEnd) + 1;
  if (textEnd - payload > <usize>KIS_FRAME_MAX) return BAD_FRAME;
  if (fields % count != 0 || fields / count < <u32>KIS_TRADE_WIDTH) return BAD_FRAME;
  lineAfter = lineEnd;
  width = fields / count;
  remaining = count;
  recordStart = payload;
  firstField = 0;
  return TRADES;
}

function runFrame(): u32 {
  while (remaining > 0) {
    const offset = nextOffset;
    const good = readRecord(recordStart, firstField);
    const after = afterOf(caretsFrom(firstField), width - 1);
    let status: u32 = STATUS_DONE;
    if (offset >= from) {
      status = good ? evaluateTrade(offset) : refuse(offset, recordStart, after - recordStart, REJECT_FRAME);
    }
    if (status != STATUS_DONE) return status;
    setNextOffset(offset + 1);
    recordStart = after + 1;
    firstField += width;
    remaining--;
  }
  return STATUS_DONE;
}
