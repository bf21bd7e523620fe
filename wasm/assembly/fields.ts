// The numbers of a trade that only measures need: where each stands in a snapshot.

import {
  SNAP_ACC_VALUE,
  SNAP_ACC_VOLUME,
  SNAP_ASK,
  SNAP_BID,
  SNAP_HIGH,
  SNAP_LOW,
  SNAP_OPEN,
  SNAP_STRENGTH,
  SNAP_TOTAL_ASK,
  SNAP_TOTAL_BID,
  SNAP_TURNOVER,
  SNAP_VI_BASE,
  SNAP_VOLUME,
  SNAP_VOLUME_RATE,
} from "../layout";
import {
  KEY_ACC_VALUE,
  KEY_ACC_VOLUME,
  KEY_ASK,
  KEY_BID,
  KEY_HIGH,
  KEY_LOW,
  KEY_OPEN,
  KEY_STRENGTH,
  KEY_TOTAL_ASK,
  KEY_TOTAL_BID,
  KEY_TURNOVER,
  KEY_VI_BASE,
  KEY_VOLUME,
  KEY_VOLUME_RATE,
} from "./json_keys";

export const NO_FIELD: usize = 0xffff;

/** Where a key's number stands in a snapshot, or NO_FIELD. */
export function fieldOf(key: u32): usize {
  switch (key) {
    case KEY_OPEN: return SNAP_OPEN;
    case KEY_HIGH: return SNAP_HIGH;
    case KEY_LOW: return SNAP_LOW;
    case KEY_VOLUME: return SNAP_VOLUME;
    case KEY_ACC_VOLUME: return SNAP_ACC_VOLUME;
    case KEY_ACC_VALUE: return SNAP_ACC_VALUE;
    case KEY_ASK: return SNAP_ASK;
    case KEY_BID: return SNAP_BID;
    case KEY_STRENGTH: return SNAP_STRENGTH;
    case KEY_TURNOVER: return SNAP_TURNOVER;
    case KEY_VI_BASE: return SNAP_VI_BASE;
    case KEY_VOLUME_RATE: return SNAP_VOLUME_RATE;
    case KEY_TOTAL_BID: return SNAP_TOTAL_BID;
    case KEY_TOTAL_ASK: return SNAP_TOTAL_ASK;
    default: return NO_FIELD;
  }
}
