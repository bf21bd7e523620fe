// The trade that was read last: what the parsers write and the evaluator reads.

import { KEY_MARKET_SESSION, KEY_ORIGIN, KEY_VENUE } from "./json_keys";

/** The symbol's characters, the first in the lowest byte. */
export let symbol: u64 = 0;
/** Epoch ms. */
export let eventTime: i64 = 0;
/** Won. */
export let price: i32 = 0;
/** 1 to 5, as KIS PRDY_VRSS_SIGN. */
export let sign: u32 = 0;
/** Won. */
export let change: i32 = 0;
/** Hundredths of a per cent. */
export let rate: i32 = 0;
/** Shares. */
export let volume: i64 = 0;
export let halted: bool = false;
/** An expected price of an auction: a session other than "0". */
export let expected: bool = false;
/** One of SESSION_*: of `marketSession`, where the trade says it. */
export let marketSession: u32 = 0;

/** Filled in from another source after a gap. */
export let filled: bool = false;
/** A price that was asked for: nobody knows the volume of a trade. */
export let polled: bool = false;
/** Where: VENUE_*. */
export let venue: u32 = 0;

export const VENUE_KRX: u32 = 0;
export const VENUE_NXT: u32 = 1;
export const VENUE_UN: u32 = 2;
export const SESSION_UNKNOWN: u32 = 0;
export const SESSION_PRE: u32 = 1;
export const SESSION_REGULAR: u32 = 2;
export const SESSION_AFTER: u32 = 3;
export const SESSION_CLOSING: u32 = 4;

// @ts-ignore: decorator
@inline
export function setSymbol(value: u64): void { symbol = value; }
// @ts-ignore: decorator
@inline
export function setEventTime(value: i64): void { eventTime = value; }
// @ts-ignore: decorator
@inline
export function setPrice(value: i32): void { price = value; }
// @ts-ignore: decorator
@inline
export function setSign(value: u32): void { sign = value; }
// @ts-ignore: decorator
@inline
export function setChange(value: i32): void { change = value; }
// @ts-ignore: decorator
@inline
export function setRate(value: i32): void { rate = value; }
// @ts-ignore: decorator
@inline
export function setVolume(value: i64): void { volume = value; }
// @ts-ignore: decorator
@inline
export function setHalted(value: bool): void { halted = value; }
// @ts-ignore: decorator
@inline
export function setExpected(value: bool): void { expected = value; }
// @ts-ignore: decorator
@inline
export function setMarketSession(value: u32): void { marketSession = value; }

/** The session that a text names. */
export function marketSessionOf(text: usize, length: usize): u32 {
  if (length < 3 || length > 7) return SESSION_UNKNOWN;
  const word = load<u64>(text) & (((1 as u64) << (length << 3)) - 1);
  if (word == 0x657270) return SESSION_PRE;
  if (word == 0x72616c75676572) return SESSION_REGULAR;
  if (word == 0x7265746661) return SESSION_AFTER;
  return word == 0x676e69736f6c63 ? SESSION_CLOSING : SESSION_UNKNOWN;
}

// @ts-ignore: decorator
@inline
export function setFilled(value: bool): void { filled = value; }
// @ts-ignore: decorator
@inline
export function setPolled(value: bool): void { polled = value; }
// @ts-ignore: decorator
@inline
export function setVenue(value: u32): void { venue = value; }

/** A record begins: what it need not say is not known yet. */
// @ts-ignore: decorator
@inline
export function forgetOptional(): void {
  marketSession = SESSION_UNKNOWN;
  filled = false;
  polled = false;
  venue = VENUE_KRX;
}

/** The value of a key that stands twice is the last one's. */
export function forget(key: u32): void {
  if (key == KEY_MARKET_SESSION) marketSession = SESSION_UNKNOWN;
  else if (key == KEY_ORIGIN) filled = polled = false;
  else if (key == KEY_VENUE) venue = VENUE_KRX;
}

/** Whether an origin says that the trade was filled in. */
export function isFilled(text: usize, length: usize): bool {
  return length == 6 && (load<u64>(text) & 0xffffffffffff) == 0x64656c6c6966;
}

/** Whether an origin says that the price was asked for. */
export function isPolled(text: usize, length: usize): bool {
  return length == 6 && (load<u64>(text) & 0xffffffffffff) == 0x64656c6c6f70;
}

/** The venue that a text names; one that is not known counts as KRX. */
export function venueOf(text: usize, length: usize): u32 {
  if (length == 3 && (load<u32>(text) & 0xffffff) == 0x54584e) return VENUE_NXT;
  return length == 2 && load<u16>(text) == 0x4e55 ? VENUE_UN : VENUE_KRX;
}
