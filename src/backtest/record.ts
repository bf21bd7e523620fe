import { EVENT_PREFIX } from "../market/market_event.ts";
import { type MarketSession, marketSessionOf } from "../market/market_session.ts";
import type { Symbol } from "../market/symbol.ts";
import type { Trade } from "../market/trade.ts";

/** A record as it stands on the trades topic, with what is examined here without reading all of it. */
export interface BacktestRecord {
  readonly symbol: Symbol;
  /** Epoch ms. */
  readonly eventTime: number;
  /** The record's JSON. */
  readonly value: string;
  /** When it came, epoch ms; absent: when it was traded. */
  readonly arrival?: number;
  /** Won; absent: it is no trade that counts (an expected price, a halted symbol, a status). */
  readonly price?: number;
  /** Whether it is of a session whose last price is the day's close. */
  readonly makesClose?: boolean;
}

/** The sessions whose last price is the day's close. */
const CLOSING: readonly MarketSession[] = ["regular", "closing"];

/** A trade, decoded from a record, as one again. */
export function recordOfTrade(trade: Trade): BacktestRecord {
  const { symbol, eventTime, price, halted, session = "0" } = trade;
  // In the order in which it was decoded, which is the canonical one.
  const value = JSON.stringify(trade);
  if (halted === "Y" || session !== "0") return { symbol, eventTime, value };
  return { symbol, eventTime, value, price, makesClose: CLOSING.includes(marketSessionOf(trade)) };
}

const PRICE = /"price":(\d+)/;
const HALTED = '"halted":"Y"';
const SESSION = /"session":"(?!0")/;
const MARKET_SESSION = /"marketSession":"(\w+)"/;
const VENUE = /"venue":"(KRX|NXT|UN)"/;

/** A record of the topic, whose JSON is canonical, as the producer writes it. */
export function recordOfText(
  given: Pick<BacktestRecord, "symbol" | "eventTime" | "value" | "arrival">,
): BacktestRecord {
  const { value, eventTime } = given;
  if (value.startsWith(EVENT_PREFIX) || value.includes(HALTED) || SESSION.test(value)) return given;
  const price = PRICE.exec(value)?.[1];
  if (price === undefined) return given;
  const marketSession = MARKET_SESSION.exec(value)?.[1] as MarketSession | undefined;
  const venue = VENUE.exec(value)?.[1] as Trade["venue"];
  const session = marketSessionOf({
    eventTime,
    ...(marketSession === undefined ? {} : { marketSession }),
    ...(venue === undefined ? {} : { venue }),
  });
  return { ...given, price: Number(price), makesClose: CLOSING.includes(session) };
}
