// The keys of a trade: each has a number, which is its bit in the set of keys that were read well.

import { text, textLength } from "./json_string";

export const KEY_SYMBOL: u32 = 0;
export const KEY_EVENT_TIME: u32 = 1;
export const KEY_PRICE: u32 = 2;
export const KEY_SIGN: u32 = 3;
export const KEY_CHANGE: u32 = 4;
export const KEY_RATE: u32 = 5;
const KEY_OPEN: u32 = 6;
const KEY_HIGH: u32 = 7;
const KEY_LOW: u32 = 8;
export const KEY_VOLUME: u32 = 9;
export const KEY_ACC_VOLUME: u32 = 10;
export const KEY_ACC_VALUE: u32 = 11;
const KEY_ASK: u32 = 12;
const KEY_BID: u32 = 13;
export const KEY_HALTED: u32 = 14;
/** Optional; its bit is taken for granted and cleared by a session that is not a string. */
export const KEY_SESSION: u32 = 15;
/** Optional; what is none of the four sessions is not known. */
export const KEY_MARKET_SESSION: u32 = 16;
export const KEY_UNKNOWN: u32 = 17;

export const ALL_KEYS: u32 = 0xffff;
export const NO_KEYS: u32 = 1 << KEY_SESSION;

/** The number of the key that is the last string. */
export function keyOf(): u32 {
  const length = textLength;
  if (length < 3 || length > 13) return KEY_UNKNOWN;
  const head = load<u64>(text) & (length < 8 ? ((1 as u64) << (length << 3)) - 1 : <u64>-1);
  switch (<u32>length) {
    case 3:
      if (head == 0x776f6c) return KEY_LOW;
      if (head == 0x6b7361) return KEY_ASK;
      if (head == 0x646962) return KEY_BID;
      break;
    case 4:
      if (head == 0x6e676973) return KEY_SIGN;
      if (head == 0x65746172) return KEY_RATE;
      if (head == 0x6e65706f) return KEY_OPEN;
      if (head == 0x68676968) return KEY_HIGH;
      break;
    case 5:
      if (head == 0x6563697270) return KEY_PRICE;
      break;
    case 6:
      if (head == 0x6c6f626d7973) return KEY_SYMBOL;
      if (head == 0x65676e616863) return KEY_CHANGE;
      if (head == 0x656d756c6f76) return KEY_VOLUME;
      if (head == 0x6465746c6168) return KEY_HALTED;
      break;
    case 7:
      if (head == 0x6e6f6973736573) return KEY_SESSION;
      break;
    case 8:
      if (head == 0x65756c6156636361) return KEY_ACC_VALUE;
      break;
    case 9:
      if (load<u8>(text, 8) != 0x65) break;
      if (head == 0x6d6954746e657665) return KEY_EVENT_TIME;
      if (head == 0x6d756c6f56636361) return KEY_ACC_VOLUME;
      break;
    case 13:
      if (head == 0x655374656b72616d && load<u64>(text, 5) == 0x6e6f697373655374) return KEY_MARKET_SESSION;
      break;
  }
  return KEY_UNKNOWN;
}
