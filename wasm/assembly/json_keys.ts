// The keys of a trade: each has a number, which is its bit in the set of keys that were read well.

import { text, textLength } from "./json_string";

export const KEY_SYMBOL: u32 = 0;
export const KEY_EVENT_TIME: u32 = 1;
export const KEY_PRICE: u32 = 2;
export const KEY_SIGN: u32 = 3;
export const KEY_CHANGE: u32 = 4;
export const KEY_RATE: u32 = 5;
export const KEY_OPEN: u32 = 6;
export const KEY_HIGH: u32 = 7;
export const KEY_LOW: u32 = 8;
export const KEY_VOLUME: u32 = 9;
export const KEY_ACC_VOLUME: u32 = 10;
export const KEY_ACC_VALUE: u32 = 11;
export const KEY_ASK: u32 = 12;
export const KEY_BID: u32 = 13;
export const KEY_HALTED: u32 = 14;
/** Optional; its bit is taken for granted and cleared by a session that is not a string. */
export const KEY_SESSION: u32 = 15;
/** Optional; what is none of the four sessions is not known. */
export const KEY_MARKET_SESSION: u32 = 16;
/** Optional, numbers that measures need; of another type they are not known. */
export const KEY_STRENGTH: u32 = 17;
export const KEY_TURNOVER: u32 = 18;
export const KEY_VI_BASE: u32 = 19;
export const KEY_VOLUME_RATE: u32 = 20;
export const KEY_TOTAL_BID: u32 = 21;
export const KEY_TOTAL_ASK: u32 = 22;
/** Optional texts. */
export const KEY_VENUE: u32 = 23;
export const KEY_ORIGIN: u32 = 24;
export const KEY_UNKNOWN: u32 = 25;
/** Keys below it decide whether a record is a trade. */
export const KEYS_REQUIRED: u32 = 16;

export const ALL_KEYS: u32 = 0xffff;
export const NO_KEYS: u32 = 1 << KEY_SESSION;

/** The number of the key that is the last string. */
export function keyOf(): u32 {
  const length = textLength;
  if (length < 3 || length > 18) return KEY_UNKNOWN;
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
      if (head == 0x65756e6576) return KEY_VENUE;
      break;
    case 6:
      if (head == 0x6c6f626d7973) return KEY_SYMBOL;
      if (head == 0x65676e616863) return KEY_CHANGE;
      if (head == 0x656d756c6f76) return KEY_VOLUME;
      if (head == 0x6465746c6168) return KEY_HALTED;
      if (head == 0x657361426976) return KEY_VI_BASE;
      if (head == 0x6e696769726f) return KEY_ORIGIN;
      break;
    case 7:
      if (head == 0x6e6f6973736573) return KEY_SESSION;
      break;
    case 8:
      if (head == 0x65756c6156636361) return KEY_ACC_VALUE;
      if (head == 0x6874676e65727473) return KEY_STRENGTH;
      if (head == 0x7265766f6e727574) return KEY_TURNOVER;
      break;
    case 9:
      if (load<u8>(text, 8) != 0x65) break;
      if (head == 0x6d6954746e657665) return KEY_EVENT_TIME;
      if (head == 0x6d756c6f56636361) return KEY_ACC_VOLUME;
      break;
    case 12:
      if (head == 0x6469426c61746f74 && load<u32>(text, 8) == 0x657a6953) return KEY_TOTAL_BID;
      if (head == 0x6b73416c61746f74 && load<u32>(text, 8) == 0x657a6953) return KEY_TOTAL_ASK;
      break;
    case 13:
      if (head == 0x655374656b72616d && load<u64>(text, 5) == 0x6e6f697373655374) return KEY_MARKET_SESSION;
      break;
    case 18:
      if (head != 0x73756f6976657270 || load<u64>(text, 8) != 0x6152656d756c6f56) break;
      if (load<u16>(text, 16) == 0x6574) return KEY_VOLUME_RATE;
      break;
  }
  return KEY_UNKNOWN;
}
