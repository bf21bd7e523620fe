// Keyed lanes: those of rules that are no plain ones. A lane is of one symbol or of a market, and of a key: measure,
// direction, form, sessions, class of windows. Its entries are those of lanes.ts; beside them stands, for each symbol that
// it concerns, a lane's state: how far its rules have fired in the newest window it has seen, and what it last saw.
//
//   lane:  u32 entries, u32 length, u32 capacity (as LANE_* in ../layout.ts), u32 measure, u32 form and flags,
//          u32 sessions, u32 class, u32 markets, u32 first state
//   state: see the constants below; those of a lane are a list
//
// A symbol's states are found through its gates, which stand one behind the other: u32 count, u32 room, u32 epoch, u32
// unused, then for each i32 below, i32 above, u32 key (GATE_*), u32 state. While the lane's value is in [below, above)
// nothing can fire, so most of a trade's lanes are passed over without their states being read.
//
// What has fired in a window is in fired.ts; the state is a cache over it. `next` of entry i is the first entry at or after
// i that has not fired, so that a run of spent rules is stepped over at once.

import {
  ANY_MARKET,
  NO_MARKET,
  ENTRY_ORDINAL,
  ENTRY_SIZE,
  ENTRY_THRESHOLD,
  FLAG_NEGATED,
  FORM_MASK,
  FORM_SEVERAL,
  STATE_LANES,
  STATE_MARKET_LANES,
  STATE_MARKETS,
  NO_VALUE,
} from "../layout";
import { useClass } from "./fired";
import { entriesOf, lengthOf, putEntry, takeEntry } from "./lanes";
import { give, take } from "./memory";

const LANE_MEASURE: usize = 12;
const LANE_FLAGS: usize = 16;
const LANE_SESSIONS: usize = 20;
const LANE_CLASS: usize = 24;
const LANE_MARKETS: usize = 28;
const LANE_STATES: usize = 32;
const LANE_BYTES: usize = 64;

const AT_LANE: usize = 0;
/** Its place among its symbol's gates. */
const AT_GATE: usize = 4;
const AT_NEXT_OF_LANE: usize = 8;
const AT_MEASURE: usize = 12;
const AT_FLAGS: usize = 16;
const AT_SESSIONS: usize = 20;
/** The symbol's own state. */
const AT_OWNER: usize = 24;
/** The newest window the state was of; NONE: its entries have changed. */
const AT_WINDOW: usize = 28;
/** The smallest threshold that has not fired in that window. */
const AT_FRONTIER: usize = 32;
/** `next`, u32 each, and how many it has room for. */
const AT_SKIPS: usize = 36;
const AT_SKIPS_ROOM: usize = 40;
/** Of a crossing lane: the day and the value that it saw last, and between which thresholds that is. */
const AT_DAY: usize = 44;
const AT_LAST: usize = 48;
const AT_BELOW: usize = 52;
const AT_ABOVE: usize = 56;
/** Of a crossing lane of candles: how many of the symbol's trades were counted when it last saw one, with that one. */
const AT_TAKEN: usize = 60;
/**
 * Of a lane of rules of several conditions, in the same places: one more than how many blockers there are, 0: what is
 * reached is to be evaluated; the threshold up to which it was; and where the blockers stand.
 */
const AT_BLOCKED: usize = 44;
const AT_REACH: usize = 48;
const AT_BLOCKERS: usize = 60;
const STATE_BYTES: usize = 64;

const GATES_HEAD: usize = 16;
const GATE_BYTES: usize = 16;
const FIRST_GATES: u32 = 7;
const GATES_ROOM: usize = 4;
const GATES_EPOCH: usize = 8;
const GATE_ABOVE: usize = 4;
const GATE_KEY: usize = 8;
const GATE_AT: usize = 12;
/** In a gate's key: whether the measure's negative is compared, the sessions, the measure's number. */
const GATE_SESSIONS: u32 = 1;
const GATE_MEASURE: u32 = 5;

export const NONE: u32 = 0xffffffff;

/** The markets' lanes in the order in which they were made, u32 each. */
let marketLanes: usize = 0;
let marketRoom: u32 = 0;
export let marketCount: u32 = 0;

/**
 * Makes a lane of a symbol (its state given) or, with state 0, of markets.
 *
 * @returns its address.
 */
export function makeLane(state: usize, measure: u32, flags: u32, sessions: u32, number: u32, markets: u32): usize {
  const lane = take(LANE_BYTES);
  memory.fill(lane, 0, LANE_BYTES);
  store<u32>(lane, measure, LANE_MEASURE);
  store<u32>(lane, flags, LANE_FLAGS);
  store<u32>(lane, sessions, LANE_SESSIONS);
  store<u32>(lane, number, LANE_CLASS);
  useClass(number);
  store<u32>(lane, markets, LANE_MARKETS);
  if (state != 0) attach(state, lane);
  else noteMarketLane(lane);
  return lane;
}

function noteMarketLane(lane: usize): void {
  if (marketCount == marketRoom) {
    const larger = max<u32>(16, marketRoom * 2);
    const bytes = take((<usize>larger) << 2);
    if (marketRoom > 0) {
      memory.copy(bytes, marketLanes, (<usize>marketRoom) << 2);
      give(marketLanes, (<usize>marketRoom) << 2);
    }
    marketLanes = bytes;
    marketRoom = larger;
  }
  store<u32>(marketLanes + ((<usize>marketCount) << 2), <u32>lane);
  marketCount++;
}

/** Gives a symbol the states of the markets' lanes that it has none for. */
export function attachMarketLanes(state: usize): void {
  for (let each = load<u32>(state, STATE_MARKET_LANES); each < marketCount; each++) {
    attach(state, load<u32>(marketLanes + ((<usize>each) << 2)));
  }
  store<u32>(state, marketCount, STATE_MARKET_LANES);
}

function attach(state: usize, lane: usize): void {
  const at = take(STATE_BYTES);
  memory.fill(at, 0, STATE_BYTES);
  store<u32>(at, <u32>lane, AT_LANE);
  store<u32>(at, <u32>state, AT_OWNER);
  store<u32>(at, load<u32>(lane, LANE_STATES), AT_NEXT_OF_LANE);
  store<u32>(lane, <u32>at, LANE_STATES);
  store<u32>(at, load<u32>(lane, LANE_MEASURE), AT_MEASURE);
  store<u32>(at, load<u32>(lane, LANE_FLAGS), AT_FLAGS);
  store<u32>(at, load<u32>(lane, LANE_SESSIONS), AT_SESSIONS);
  addGate(state, at);
  spoil(at);
}

function addGate(state: usize, at: usize): void {
  let gates: usize = load<u32>(state, STATE_LANES);
  const count = gates == 0 ? 0 : load<u32>(gates);
  const room = gates == 0 ? 0 : load<u32>(gates, GATES_ROOM);
  if (count == room) {
    const larger = room == 0 ? FIRST_GATES : room * 2 + 1;
    const grown = take(GATES_HEAD + (<usize>larger) * GATE_BYTES);
    if (gates != 0) {
      memory.copy(grown, gates, GATES_HEAD + (<usize>count) * GATE_BYTES);
      give(gates, GATES_HEAD + (<usize>room) * GATE_BYTES);
    } else store<u32>(grown, 0, GATES_EPOCH);
    store<u32>(grown, larger, GATES_ROOM);
    store<u32>(state, <u32>grown, STATE_LANES);
    gates = grown;
  }
  const gate = gates + GATES_HEAD + (<usize>count) * GATE_BYTES;
  const negated = u32((load<u32>(at, AT_FLAGS) & FLAG_NEGATED) != 0);
  const key = load<u32>(at, AT_MEASURE) << GATE_MEASURE | load<u32>(at, AT_SESSIONS) << GATE_SESSIONS | negated;
  store<u32>(gate, key, GATE_KEY);
  store<u32>(gate, <u32>at, GATE_AT);
  store<u32>(at, count, AT_GATE);
  store<u32>(gates, count + 1);
}

/** Says between which values of a lane nothing can fire: `[below, above)`. */
export function setGate(at: usize, below: i32, above: i32): void {
  const gates: usize = load<u32>(load<u32>(at, AT_OWNER), STATE_LANES);
  const gate = gates + GATES_HEAD + (<usize>load<u32>(at, AT_GATE)) * GATE_BYTES;
  store<i32>(gate, below);
  store<i32>(gate, above, GATE_ABOVE);
}

/** The value of a crossing lane is between the same two thresholds as the last one: the gate lets no such value through. */
export function setGateBetween(at: usize): void {
  setGate(at, load<i32>(at, AT_BELOW), load<i32>(at, AT_ABOVE));
}

/** Opens all gates of a symbol: another epoch of windows begins. */
export function openGates(gates: usize, epoch: u32): void {
  const end = gatesEnd(gates);
  for (let gate = firstGate(gates); gate < end; gate += GATE_BYTES) {
    store<i32>(gate, i32.MAX_VALUE);
    store<i32>(gate, i32.MIN_VALUE, GATE_ABOVE);
  }
  store<u32>(gates, epoch, GATES_EPOCH);
}

// @ts-ignore: decorator
@inline
export function gatesOf(state: usize): usize { return load<u32>(state, STATE_LANES); }
// @ts-ignore: decorator
@inline
export function gatesEpoch(gates: usize): u32 { return load<u32>(gates, GATES_EPOCH); }
// @ts-ignore: decorator
@inline
export function firstGate(gates: usize): usize { return gates + GATES_HEAD; }
// @ts-ignore: decorator
@inline
export function gatesEnd(gates: usize): usize { return firstGate(gates) + (<usize>load<u32>(gates)) * GATE_BYTES; }
// @ts-ignore: decorator
@inline
export function nextGate(gate: usize): usize { return gate + GATE_BYTES; }
// @ts-ignore: decorator
@inline
export function isOfSession(gate: usize, bit: u32): bool { return (load<u32>(gate, GATE_KEY) >>> GATE_SESSIONS & bit) != 0; }
// @ts-ignore: decorator
@inline
export function gateMeasure(gate: usize): u32 { return load<u32>(gate, GATE_KEY) >>> GATE_MEASURE; }
// @ts-ignore: decorator
@inline
export function gateNegated(gate: usize): bool { return (load<u32>(gate, GATE_KEY) & 1) != 0; }
// @ts-ignore: decorator
@inline
export function isShut(gate: usize, x: i32): bool { return x >= load<i32>(gate) && x < load<i32>(gate, GATE_ABOVE); }
// @ts-ignore: decorator
@inline
export function stateAt(gate: usize): usize { return load<u32>(gate, GATE_AT); }

/** The entries have changed: what was remembered of them is worth nothing, nor what was seen last: it was between others. */
function spoil(at: usize): void {
  setGate(at, i32.MAX_VALUE, i32.MIN_VALUE);
  store<u32>(at, NONE, AT_WINDOW);
  store<u32>(at, 0, AT_DAY);
  store<i32>(at, i32.MAX_VALUE, AT_BELOW);
  store<i32>(at, i32.MIN_VALUE, AT_ABOVE);
}

function spoilAll(lane: usize): void {
  for (let at: usize = load<u32>(lane, LANE_STATES); at != 0; at = load<u32>(at, AT_NEXT_OF_LANE)) spoil(at);
}

export function putInLane(lane: usize, threshold: i32, ordinal: u32): void {
  putEntry(lane, threshold, ordinal);
  spoilAll(lane);
}

export function takeFromLane(lane: usize, threshold: i32, ordinal: u32): bool {
  const there = takeEntry(lane, threshold, ordinal);
  spoilAll(lane);
  return there;
}

/** A symbol is of other markets now: what its markets' lanes saw last was perhaps not theirs to see. */
export function forgetLast(state: usize): void {
  const gates = gatesOf(state);
  if (gates == 0) return;
  const end = gatesEnd(gates);
  for (let gate = firstGate(gates); gate < end; gate = nextGate(gate)) {
    const at = stateAt(gate);
    if (load<u32>(laneOf(at), LANE_MARKETS) == 0) continue;
    store<u32>(at, 0, AT_DAY);
    setGate(at, i32.MAX_VALUE, i32.MIN_VALUE);
  }
}

// --- A lane's state: what the evaluator asks ---------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
export function laneOf(at: usize): usize { return load<u32>(at, AT_LANE); }
// @ts-ignore: decorator
@inline
export function measureOf(at: usize): u32 { return load<u32>(at, AT_MEASURE); }
// @ts-ignore: decorator
@inline
export function flagsOf(at: usize): u32 { return load<u32>(at, AT_FLAGS); }
// @ts-ignore: decorator
@inline
export function sessionsOf(at: usize): u32 { return load<u32>(at, AT_SESSIONS); }
// @ts-ignore: decorator
@inline
export function classOf(lane: usize): u32 { return load<u32>(lane, LANE_CLASS); }
// @ts-ignore: decorator
@inline
export function windowSeen(at: usize): u32 { return load<u32>(at, AT_WINDOW); }
// @ts-ignore: decorator
@inline
export function frontierOf(at: usize): i32 { return load<i32>(at, AT_FRONTIER); }
// @ts-ignore: decorator
@inline
export function setFrontier(at: usize, value: i32): void { store<i32>(at, value, AT_FRONTIER); }
// @ts-ignore: decorator
@inline
export function daySeen(at: usize): u32 { return load<u32>(at, AT_DAY); }
// @ts-ignore: decorator
@inline
export function lastOf(at: usize): i32 { return load<i32>(at, AT_LAST); }

// @ts-ignore: decorator
@inline
export function takenSeen(at: usize): u32 { return load<u32>(at, AT_TAKEN); }
// @ts-ignore: decorator
@inline
export function setTakenSeen(at: usize, taken: u32): void { store<u32>(at, taken, AT_TAKEN); }

/** Whether a value is between the same two thresholds as the last one. */
// @ts-ignore: decorator
@inline
export function isBetween(at: usize, x: i32): bool {
  return x >= load<i32>(at, AT_BELOW) && x < load<i32>(at, AT_ABOVE);
}

/** Whether the lane is for the symbol at all. */
// @ts-ignore: decorator
@inline
export function concerns(at: usize, state: usize): bool {
  const markets = load<u32>(laneOf(at), LANE_MARKETS);
  if (markets == 0) return true;
  const own = load<u32>(state, STATE_MARKETS);
  return markets == ANY_MARKET ? own != NO_MARKET : (markets & own) != 0;
}

/** Notes the day and the value that the lane saw. */
// @ts-ignore: decorator
@inline
export function see(at: usize, day: u32, x: i32): void {
  store<u32>(at, day, AT_DAY);
  store<i32>(at, x, AT_LAST);
}

/** Notes between which thresholds the last value is. */
export function setBetween(at: usize, lane: usize, x: i32): void {
  const place = placeAfter(lane, x);
  store<i32>(at, place == 0 ? i32.MIN_VALUE : thresholdAt(lane, place - 1), AT_BELOW);
  store<i32>(at, place == lengthOf(lane) ? i32.MAX_VALUE : thresholdAt(lane, place), AT_ABOVE);
}

// @ts-ignore: decorator
@inline
export function thresholdAt(lane: usize, index: u32): i32 {
  return load<i32>(entriesOf(lane) + (<usize>index) * ENTRY_SIZE, ENTRY_THRESHOLD);
}

// @ts-ignore: decorator
@inline
export function ordinalAt(lane: usize, index: u32): u32 {
  return load<u32>(entriesOf(lane) + (<usize>index) * ENTRY_SIZE, ENTRY_ORDINAL);
}

/** How many thresholds are at most x; none is when it has no value. */
export function placeAfter(lane: usize, x: i32): u32 {
  if (x == NO_VALUE) return 0;
  let low: u32 = 0;
  let high = lengthOf(lane);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (thresholdAt(lane, middle) <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

// --- Runs of spent rules -------------------------------------------------------------------------------------------------

/** Begins a window: nothing is known to be spent. */
export function rewind(at: usize, window: u32): void {
  store<u32>(at, window, AT_WINDOW);
  if ((flagsOf(at) & FORM_MASK) >= <u32>FORM_SEVERAL) unblock(at);
  const lane = laneOf(at);
  store<i32>(at, lengthOf(lane) == 0 ? i32.MAX_VALUE : thresholdAt(lane, 0), AT_FRONTIER);
  const skips: usize = load<u32>(at, AT_SKIPS);
  if (skips == 0) return;
  give(skips, (<usize>load<u32>(at, AT_SKIPS_ROOM)) << 2);
  store<u32>(at, 0, AT_SKIPS);
}

/** The first entry at or after one that is not known to be spent; the lane's length when there is none. */
export function unspent(at: usize, index: u32): u32 {
  const skips: usize = load<u32>(at, AT_SKIPS);
  if (skips == 0) return index;
  let place = index;
  while (true) {
    const next = load<u32>(skips + ((<usize>place) << 2));
    if (next == place) return place;
    // Half of the way is forgotten, so that the next one who comes here has half as far.
    const after = load<u32>(skips + ((<usize>next) << 2));
    store<u32>(skips + ((<usize>place) << 2), after);
    place = after;
  }
}

/** Notes that an entry is spent. */
export function spend(at: usize, lane: usize, index: u32): void {
  let skips: usize = load<u32>(at, AT_SKIPS);
  if (skips == 0) {
    const room = lengthOf(lane) + 1;
    skips = take((<usize>room) << 2);
    for (let each: u32 = 0; each < room; each++) store<u32>(skips + ((<usize>each) << 2), each);
    store<u32>(at, <u32>skips, AT_SKIPS);
    store<u32>(at, room, AT_SKIPS_ROOM);
  }
  store<u32>(skips + ((<usize>index) << 2), index + 1);
}

// --- Rules of several conditions that are reached and cannot fire --------------------------------------------------------
//
// For each of them one condition that does not hold is its blocker; of those on one measure and direction the smallest
// threshold is kept. While no blocker is reached, and the lane's value reaches no further rule, none of them can fire.

const BLOCKERS: u32 = 4;
/** u32 measure, u32 1 when its negative is compared, i32 threshold, u32 unused. */
const BLOCKER_BYTES: usize = 16;

/** What is reached is to be evaluated, whatever blocked it. */
export function unblock(at: usize): void {
  store<u32>(at, 0, AT_BLOCKED);
}

/** Begins to gather what blocks the rules that are reached. */
export function beginBlocking(at: usize): void {
  if (load<u32>(at, AT_BLOCKERS) == 0) store<u32>(at, <u32>take((<usize>BLOCKERS) * BLOCKER_BYTES), AT_BLOCKERS);
  store<u32>(at, 1, AT_BLOCKED);
}

/** Adds a condition that does not hold; where there are too many kinds nothing is blocked. */
export function addBlocker(at: usize, measure: u32, negated: u32, threshold: i32): void {
  const count = load<u32>(at, AT_BLOCKED);
  if (count == 0) return;
  const blockers: usize = load<u32>(at, AT_BLOCKERS);
  for (let each: u32 = 0; each < count - 1; each++) {
    const blocker = blockers + (<usize>each) * BLOCKER_BYTES;
    if (load<u32>(blocker) != measure || load<u32>(blocker, 4) != negated) continue;
    store<i32>(blocker, min(load<i32>(blocker, 8), threshold), 8);
    return;
  }
  if (count > BLOCKERS) return unblock(at);
  const blocker = blockers + (<usize>(count - 1)) * BLOCKER_BYTES;
  store<u32>(blocker, measure);
  store<u32>(blocker, negated, 4);
  store<i32>(blocker, threshold, 8);
  store<u32>(at, count + 1, AT_BLOCKED);
}

/** Says up to which threshold what is reached was evaluated. */
export function setReach(at: usize, threshold: i32): void {
  store<i32>(at, threshold, AT_REACH);
}

/** Whether nothing more is reached than was evaluated, and all of that was blocked. */
// @ts-ignore: decorator
@inline
export function mayBeBlocked(at: usize, x: i32): bool {
  return load<u32>(at, AT_BLOCKED) != 0 && x < load<i32>(at, AT_REACH);
}

export function blockerCount(at: usize): u32 {
  return load<u32>(at, AT_BLOCKED) - 1;
}

export function blockerMeasure(at: usize, index: u32): u32 {
  return load<u32>(blockerAt(at, index));
}

export function blockerNegated(at: usize, index: u32): bool {
  return load<u32>(blockerAt(at, index), 4) != 0;
}

export function blockerThreshold(at: usize, index: u32): i32 {
  return load<i32>(blockerAt(at, index), 8);
}

// @ts-ignore: decorator
@inline
function blockerAt(at: usize, index: u32): usize {
  return <usize>load<u32>(at, AT_BLOCKERS) + (<usize>index) * BLOCKER_BYTES;
}
