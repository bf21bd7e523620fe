// One trade of a KIS frame: the fields that rules look at, into the current trade.

import {
  KIS_FIELD_DATE,
  KIS_FIELD_HALTED,
  KIS_FIELD_SESSION,
  KIS_FIELD_VOLUME,
  MAX_UNITS,
} from "../layout";
import { afterOf, caretsFrom } from "./kis_carets";
import { BAD, readDay, readHour, readHundredths, readInteger } from "./kis_values";
import { NO_SYMBOL, packSymbol } from "./symbol_code";
import * as trade from "./trade";

const DAY_MS: i64 = 86400000;
/** Asia/Seoul is UTC+9 all year. */
const SEOUL_MS: i64 = 32400000;

/** Reads the record that begins at `start` with the field `first` of its frame; false: a field is bad. */
export function readRecord(start: usize, first: u32): bool {
  const carets = caretsFrom(first);
  const symbolAfter = afterOf(carets, 0);
  const hourAfter = afterOf(carets, 1);
  const priceAfter = afterOf(carets, 2);
  const signAfter = afterOf(carets, 3);
  const changeAfter = afterOf(carets, 4);
  const rateAfter = afterOf(carets, 5);
  const volumeStart = afterOf(carets, KIS_FIELD_VOLUME - 1) + 1;
  const volumeAfter = afterOf(carets, KIS_FIELD_VOLUME);
  const dateStart = afterOf(carets, KIS_FIELD_DATE - 1) + 1;
  const dateAfter = afterOf(carets, KIS_FIELD_DATE);
  const haltedStart = afterOf(carets, KIS_FIELD_HALTED - 1) + 1;
  const haltedAfter = afterOf(carets, KIS_FIELD_HALTED);
  const sessionStart = afterOf(carets, KIS_FIELD_SESSION - 1) + 1;
  const sessionAfter = afterOf(carets, KIS_FIELD_SESSION);

  const code = packSymbol(start, symbolAfter - start);
  const hour = readHour(symbolAfter + 1, hourAfter);
  const price = readInteger(hourAfter + 1, priceAfter);
  const sign = <u32>load<u8>(priceAfter + 1) - 0x30;
  const change = readInteger(signAfter + 1, changeAfter);
  const rate = readHundredths(changeAfter + 1, rateAfter);
  const volume = readInteger(volumeStart, volumeAfter);
  const day = readDay(dateStart, dateAfter);
  const halted = load<u8>(haltedStart);
  const expected = readSession(sessionStart, sessionAfter);
  if (code == NO_SYMBOL || hour == BAD || day == BAD || expected == BAD_SESSION) return false;
  if (price < 0 || price > MAX_UNITS || (price == 0 && expected == 0)) return false;
  if (signAfter - priceAfter != 2 || sign - 1 > 4) return false;
  if (change < -MAX_UNITS || change > MAX_UNITS || rate < -MAX_UNITS || rate > MAX_UNITS) return false;
  if (volume < 0) return false;
  if (haltedAfter - haltedStart != 1 || (halted != 0x59 && halted != 0x4e)) return false;
  const time = day * DAY_MS - SEOUL_MS + hour;
  if (time < 0) return false;
  trade.setSymbol(code);
  trade.setEventTime(time);
  trade.setPrice(<i32>price);
  trade.setSign(sign);
  trade.setChange(<i32>change);
  trade.setRate(<i32>rate);
  trade.setVolume(volume);
  trade.setHalted(halted == 0x59);
  trade.setExpected(expected != 0);
  return true;
}

const BAD_SESSION: u32 = 2;

/** 0 for the session "0", 1 for another of one to three letters or digits. */
// @ts-ignore: decorator
@inline
function readSession(start: usize, after: usize): u32 {
  const length = after - start;
  if (length == 1 && load<u8>(start) == 0x30) return 0;
  if (length - 1 > 2) return BAD_SESSION;
  for (let at = start; at < after; at++) {
    const byte = <u32>load<u8>(at);
    if (byte - 0x30 > 9 && (byte | 0x20) - 0x61 > 25) return BAD_SESSION;
  }
  return 1;
}
