import { type Trade, TRADE_KEYS } from "./trade.ts";

const CANONICAL: ReadonlySet<string> = new Set(TRADE_KEYS);

/**
 * The canonical JSON of a trade: the required keys in the order of `TRADE_KEYS`, then the others in the order they
 * stand in the object; no blanks, no exponents in the required numbers. The engine reads this order fastest.
 *
 * @example
 * ```ts
 * import { assert } from "../core/errors.ts";
 * import { decodeTrade } from "./decode_trade.ts";
 * import { encodeTrade } from "./encode_trade.ts";
 * const text = '{"symbol":"005930","eventTime":1795395661000,"price":71900,"sign":"2","change":500,"rate":0.7,' +
 *   '"open":71500,"high":72000,"low":71300,"volume":10,"accVolume":1000,"accValue":71800000,"ask":72000,"bid":71900,' +
 *   '"halted":"N","venue":"KRX"}';
 * assert(encodeTrade(decodeTrade(new TextEncoder().encode(text))) === text, "what is decoded is encoded alike");
 * ```
 */
export function encodeTrade(trade: Trade): string {
  let others = "";
  for (const key of Object.keys(trade)) {
    const value = trade[key];
    if (CANONICAL.has(key) || value === undefined) continue;
    others += `,${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `${encodeRequired(trade)}${others}}`;
}

/** The canonical JSON of a trade up to its last required key, the object left open. */
export function encodeRequired(trade: Trade): string {
  return `{"symbol":"${trade.symbol}","eventTime":${trade.eventTime},"price":${trade.price}` +
    `,"sign":"${trade.sign}","change":${trade.change},"rate":${twoDecimals(trade.rate)}` +
    `,"open":${trade.open},"high":${trade.high},"low":${trade.low},"volume":${trade.volume}` +
    `,"accVolume":${trade.accVolume},"accValue":${trade.accValue},"ask":${trade.ask},"bid":${trade.bid}` +
    `,"halted":"${trade.halted}"`;
}

/** A rate as text with at most two decimals: sums of floats such as 0.30000000000000004 must not reach the wire. */
function twoDecimals(rate: number): number {
  return Math.round(rate * 100) / 100 + 0;
}
