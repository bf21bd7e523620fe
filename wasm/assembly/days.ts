// Days in Seoul, and the sessions of a trade. The TypeScript side opens a day (a trade of one that is not open stops the
// run at the boundary) and writes when its sessions begin; src/market/market_session.ts has the tables.

import {
  DAY_MS,
  SEOUL_MS,
  SESSION_TABLE_ROW,
  SESSION_TABLE_STARTS,
  VENUE_COUNT,
} from "../layout";
import * as trade from "./trade";

/** For the newest day and the one before, for each venue: f64 ms since midnight at which a session begins, u32 which. */
export const sessionTable: usize = memory.data(576, 16); // SESSION_TABLE_SIZE

let newestDay: u32 = 0;
let dayStart: i64 = 0;
let dayEnd: i64 = 0;

export function openDay(day: u32): void {
  newestDay = day;
  lastEnd = 0;
  dayStart = (<i64>day) * DAY_MS - SEOUL_MS;
  dayEnd = dayStart + DAY_MS;
}

/** The day in Seoul of a time. */
// @ts-ignore: decorator
@inline
export function dayOf(time: i64): u32 {
  return time >= dayStart && time < dayEnd ? newestDay : <u32>((time + SEOUL_MS) / DAY_MS);
}

// @ts-ignore: decorator
@inline
export function isNewestDay(day: u32): bool {
  return day == newestDay;
}

/** When the session of a venue's trade began, of the newest day or the one before. */
export function sessionStartOf(venue: u32, time: i64): i64 {
  sessionAt(venue, time);
  return lastStart;
}

/** The session of the current trade, 0 to 3: what it says, else by its time and venue. */
// @ts-ignore: decorator
@inline
export function sessionOf(): u32 {
  return trade.marketSession != trade.SESSION_UNKNOWN
    ? trade.marketSession - 1
    : sessionAt(trade.venue, trade.eventTime);
}

/** The session that was found last: its venue, its first ms, the first after it, and which it is. */
let lastVenue: u32 = 0;
let lastStart: i64 = 0;
let lastEnd: i64 = 0;
let lastSession: u32 = 0;

// @ts-ignore: decorator
@inline
function sessionAt(venue: u32, time: i64): u32 {
  return venue == lastVenue && time >= lastStart && time < lastEnd ? lastSession : findSession(venue, time);
}

function findSession(venue: u32, time: i64): u32 {
  const day = dayOf(time);
  const midnight = (<i64>day) * DAY_MS - SEOUL_MS;
  const sinceMidnight = <f64>(time - midnight);
  const row = sessionTable + (u32(day != newestDay) * VENUE_COUNT + venue) * SESSION_TABLE_ROW;
  const which = row + (SESSION_TABLE_STARTS << 3);
  lastVenue = venue;
  lastStart = midnight;
  lastEnd = midnight + DAY_MS;
  lastSession = load<u32>(which);
  for (let each: usize = 1; each < <usize>SESSION_TABLE_STARTS; each++) {
    const start = load<f64>(row + (each << 3));
    if (start <= sinceMidnight) {
      lastStart = midnight + <i64>start;
      lastSession = load<u32>(which + (each << 2));
    } else if (start < <f64>DAY_MS) {
      lastEnd = midnight + <i64>start;
      break;
    }
  }
  return lastSession;
}
