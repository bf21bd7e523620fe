// The trade that was read last: what the parsers write and the evaluator reads.

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
