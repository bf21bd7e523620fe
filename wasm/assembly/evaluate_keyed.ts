// The evaluator of keyed lanes: an event (a trade, or a status) against those of its symbol. See keyed_lanes.ts.

import {
  CONDITION_MEASURE,
  CONDITION_NEGATED,
  CONDITION_THRESHOLD,
  EXTRA_CONDITIONS,
  FLAG_CANDLES,
  FLAG_NEGATED,
  FLAG_STATUS,
  FORM_CROSSING,
  FORM_MASK,
  FORM_SEVERAL,
  FORM_SEVERAL_CROSSING,
  STATE_INDEX,
  STATE_LANES,
  STATE_MARKET_LANES,
  STATE_TAKEN,
  MATCH_CLASS_SHIFT,
  MATCH_COUNT_SHIFT,
  NO_VALUE,
} from "../layout";
import { isBeforeArming } from "./armings";
import { dayOf } from "./days";
import { conditionAt, countFire, extraOf, failsNow, holdsOf, mayFireOn } from "./extras";
import { addFired, epoch, hasFired, reachSpan, windowOfClass } from "./fired";
import {
  addBlocker,
  attachMarketLanes,
  beginBlocking,
  blockerCount,
  blockerMeasure,
  blockerNegated,
  blockerThreshold,
  classOf,
  concerns,
  daySeen,
  flagsOf,
  firstGate,
  frontierOf,
  gateMeasure,
  gateNegated,
  gatesEnd,
  gatesEpoch,
  gatesOf,
  isBetween,
  isOfSession,
  isShut,
  laneOf,
  lastOf,
  marketCount,
  mayBeBlocked,
  measureOf,
  nextGate,
  NONE,
  openGates,
  ordinalAt,
  placeAfter,
  rewind,
  see,
  sessionsOf,
  setBetween,
  setFrontier,
  setGate,
  setGateBetween,
  setReach,
  setTakenSeen,
  spend,
  stateAt,
  takenSeen,
  thresholdAt,
  unblock,
  unspent,
  windowSeen,
} from "./keyed_lanes";
import { lengthOf } from "./lanes";
import { nextEvent, valueNow, valueOf } from "./measures";
import { addMatch, matchesFull, setMatchValue } from "./output";
import { before, snapBefore } from "./snapshots";

/** The event. */
let state: usize = 0;
let offset: f64 = 0;
/** The day in Seoul that it is of. */
let day: u32 = 0;
/** The time whose windows it falls in, and the day of that. */
let windowTime: i64 = 0;
let windowDay: u32 = 0;
let sessionBit: u32 = 0;
/** Older than the symbol's latest: it crosses nothing. */
let outOfOrder: bool = false;
let byStatus: bool = false;
/** For which sessions `before` is written, 0 for none. */
let beforeSessions: u32 = 0;

/** Whether a symbol has keyed lanes, those of markets included. */
// @ts-ignore: decorator
@inline
export function hasKeyedLanes(symbol: usize): bool {
  return (load<u32>(symbol, STATE_LANES) | marketCount) != 0;
}

/**
 * Evaluates an event, of which `now` of snapshots.ts is written, and for a status `before` too; false: the output is full,
 * and the same event is to be evaluated again.
 */
export function fireKeyed(
  symbol: usize,
  at: f64,
  inWindowsOf: i64,
  onDay: u32,
  session: u32,
  late: bool,
  status: bool,
): bool {
  if (load<u32>(symbol, STATE_MARKET_LANES) < marketCount) attachMarketLanes(symbol);
  state = symbol;
  offset = at;
  windowTime = inWindowsOf;
  windowDay = dayOf(inWindowsOf);
  day = onDay;
  sessionBit = 1 << session;
  outOfOrder = late;
  byStatus = status;
  beforeSessions = status ? NONE : 0;
  nextEvent();
  const gates = gatesOf(symbol);
  if (gates == 0) return true;
  // A trade of windows that are over, and a status, go to every lane, and shut no gate.
  shutsGates = !status && day == windowDay && reachSpan(windowTime, windowDay);
  if (!shutsGates) return fireEach(gates);
  if (gatesEpoch(gates) != epoch) openGates(gates, epoch);
  const end = gatesEnd(gates);
  for (let gate = firstGate(gates); gate < end; gate = nextGate(gate)) {
    if (!isOfSession(gate, sessionBit)) continue;
    const value = valueNow(gateMeasure(gate), symbol);
    if (isShut(gate, gateNegated(gate) && value != NO_VALUE ? -value : value)) continue;
    if (!fireLane(stateAt(gate))) return false;
  }
  return true;
}

/** Whether the event is of the newest windows, so that what it leaves holds for the next one. */
let shutsGates: bool = false;

function fireEach(gates: usize): bool {
  const end = gatesEnd(gates);
  for (let gate = firstGate(gates); gate < end; gate = nextGate(gate)) {
    if (!fireLane(stateAt(gate))) return false;
  }
  return true;
}

function fireLane(at: usize): bool {
  if ((sessionsOf(at) & sessionBit) == 0 || !concerns(at, state)) return true;
  const flags = flagsOf(at);
  const ofStatus = (flags & FLAG_STATUS) != 0;
  if (byStatus && !ofStatus) return true;
  const form = flags & FORM_MASK;
  if (form == FORM_CROSSING) {
    // A trade changes no status, and so crosses no threshold of it.
    if (ofStatus != byStatus || outOfOrder) return true;
    return walkCrossing(at, directed(flags, valueNow(measureOf(at), state)));
  }
  return walkReached(at, form, directed(flags, valueNow(measureOf(at), state)));
}

// @ts-ignore: decorator
@inline
function directed(flags: u32, value: i32): i32 {
  return (flags & FLAG_NEGATED) != 0 && value != NO_VALUE ? -value : value;
}

/** Fires every rule whose threshold is reached, and whose other conditions hold where it has any. */
function walkReached(at: usize, form: u32, x: i32): bool {
  const lane = laneOf(at);
  const window = windowOfClass(classOf(lane), windowTime);
  const seen = windowSeen(at);
  if (seen == window) {
    if (x < frontierOf(at)) return shut(at, i32.MIN_VALUE, frontierOf(at));
    if (form >= <u32>FORM_SEVERAL && mayBeBlocked(at, x) && isBlocked(at)) return true;
  } else if (seen != NONE && window < seen) {
    return walkOld(at, lane, form, 0, x, window);
  } else {
    rewind(at, window);
  }
  const length = lengthOf(lane);
  if (form >= <u32>FORM_SEVERAL) beginBlocking(at);
  let index = unspent(at, 0);
  while (index < length && thresholdAt(lane, index) <= x) {
    const outcome = fire(at, lane, form, ordinalAt(lane, index), window);
    if (outcome == FULL) {
      if (form >= <u32>FORM_SEVERAL) unblock(at);
      return false;
    }
    if (outcome == SPENT) spend(at, lane, index);
    else if (form >= <u32>FORM_SEVERAL) block(at);
    index = unspent(at, index + 1);
  }
  if (form >= <u32>FORM_SEVERAL) setReach(at, index < length ? thresholdAt(lane, index) : i32.MAX_VALUE);
  const first = unspent(at, 0);
  setFrontier(at, first < length ? thresholdAt(lane, first) : i32.MAX_VALUE);
  return shut(at, i32.MIN_VALUE, frontierOf(at));
}

// @ts-ignore: decorator
@inline
function shut(at: usize, below: i32, above: i32): bool {
  if (shutsGates) setGate(at, below, above);
  return true;
}

/** Notes why the rule that was reached last does not fire: a condition that does not hold, or what nothing can be waited for. */
function block(at: usize): void {
  if (failed == 0) unblock(at);
  else {
    addBlocker(at, load<u32>(failed, CONDITION_MEASURE), load<u32>(failed, CONDITION_NEGATED), load<i32>(failed, CONDITION_THRESHOLD));
  }
}

/** Whether none of the conditions that block what is reached holds now. */
function isBlocked(at: usize): bool {
  const count = blockerCount(at);
  for (let each: u32 = 0; each < count; each++) {
    const value = valueNow(blockerMeasure(at, each), state);
    if (value == NO_VALUE) continue;
    if ((blockerNegated(at, each) ? -value : value) >= blockerThreshold(at, each)) return false;
  }
  return true;
}

/** Fires every rule whose threshold lies between the last value and this one. */
function walkCrossing(at: usize, x: i32): bool {
  const lane = laneOf(at);
  const ofCandles = (flagsOf(at) & FLAG_CANDLES) != 0;
  const taken = load<u32>(state, STATE_TAKEN);
  if (byStatus || daySeen(at) != day || (ofCandles && takenSeen(at) != taken)) {
    see(at, day, directed(flagsOf(at), valueBefore(at)));
    setBetween(at, lane, lastOf(at));
  }
  if (isBetween(at, x)) {
    see(at, day, x);
    setTakenSeen(at, taken + 1);
    leave(at, ofCandles);
    return true;
  }
  const last = lastOf(at);
  if (x > last && !fireBetween(at, lane, last, x)) return false;
  see(at, day, x);
  setTakenSeen(at, taken + 1);
  setBetween(at, lane, x);
  leave(at, ofCandles);
  return true;
}

/** A crossing lane has seen a value: none between the same thresholds is let through, if that is so for the next event too. */
function leave(at: usize, ofCandles: bool): void {
  if (shutsGates && !ofCandles) setGateBetween(at);
  else setGate(at, i32.MAX_VALUE, i32.MIN_VALUE);
}

function fireBetween(at: usize, lane: usize, last: i32, x: i32): bool {
  const window = windowOfClass(classOf(lane), windowTime);
  const from = placeAfter(lane, last);
  const seen = windowSeen(at);
  if (seen != window) {
    if (seen != NONE && window < seen) return walkOld(at, lane, FORM_CROSSING, from, x, window);
    rewind(at, window);
  }
  const length = lengthOf(lane);
  let index = unspent(at, from);
  while (index < length && thresholdAt(lane, index) <= x) {
    const outcome = fire(at, lane, FORM_CROSSING, ordinalAt(lane, index), window);
    if (outcome == FULL) return false;
    if (outcome == SPENT) spend(at, lane, index);
    index = unspent(at, index + 1);
  }
  return true;
}

/** As the others, in a window before the newest the lane has seen: nothing is remembered of it but what has fired. */
function walkOld(at: usize, lane: usize, form: u32, from: u32, x: i32, window: u32): bool {
  const length = lengthOf(lane);
  for (let index = from; index < length && thresholdAt(lane, index) <= x; index++) {
    if (fire(at, lane, form, ordinalAt(lane, index), window) == FULL) return false;
  }
  return true;
}

const FULL: u32 = 0;
const SPENT: u32 = 1;
/** Not now; perhaps on a later event of the window. */
const NOT_NOW: u32 = 2;

/** The condition for which the rule that was reached last does not fire, 0 when it is for something else. */
let failed: usize = 0;

/** Fires a rule whose threshold is reached, unless it has fired in the window or something else keeps it from it. */
function fire(at: usize, lane: usize, form: u32, ordinal: u32, window: u32): u32 {
  const symbol = load<u32>(state, STATE_INDEX);
  const number = classOf(lane);
  const extra = extraOf(ordinal);
  // First: it is what keeps most of those that are reached and have not fired from firing.
  failed = form > <u32>FORM_CROSSING ? failsNow(extra, state) : 0;
  if (failed != 0) return NOT_NOW;
  if (hasFired(number, window, ordinal, symbol)) return SPENT;
  if (!byStatus && isBeforeArming(ordinal)) return NOT_NOW;
  if (extra != 0) {
    if (form == FORM_SEVERAL_CROSSING && (outOfOrder || metBefore(at, extra))) return NOT_NOW;
    if (!mayFireOn(extra, windowDay)) return NOT_NOW;
  }
  if (matchesFull()) return FULL;
  addFired(number, window, ordinal, symbol);
  const conditions: u32 = extra == 0 ? 0 : load<u32>(extra, EXTRA_CONDITIONS);
  const closing = u32(extra != 0 && countFire(extra, windowDay));
  const about = closing | max<u32>(1, conditions) << MATCH_COUNT_SHIFT | number << MATCH_CLASS_SHIFT;
  addMatch(ordinal, window, offset, symbol, about);
  if (conditions == 0) setMatchValue(0, valueNow(measureOf(at), state));
  for (let each: u32 = 0; each < conditions; each++) {
    setMatchValue(each, valueNow(load<u32>(conditionAt(extra, each), CONDITION_MEASURE), state));
  }
  return SPENT;
}

/** What the lane's measure was before the event, in the lane's sessions. */
function valueBefore(at: usize): i32 {
  needBefore(at);
  return valueOf(measureOf(at), before, state);
}

function metBefore(at: usize, extra: usize): bool {
  needBefore(at);
  return holdsOf(extra, before, state);
}

function needBefore(at: usize): void {
  const sessions = sessionsOf(at);
  if (beforeSessions == NONE || beforeSessions == sessions) return;
  snapBefore(state, sessions);
  beforeSessions = sessions;
}
