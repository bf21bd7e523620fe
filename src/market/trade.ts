import type { MarketSession } from "./market_session.ts";
import type { Symbol } from "./symbol.ts";

/** KIS PRDY_VRSS_SIGN: 1 at the upper limit, 2 up, 3 unchanged, 4 at the lower limit, 5 down. */
export type Sign = "1" | "2" | "3" | "4" | "5";

/**
 * One trade as it is on the `trades` topic: canonical JSON, one object a record, the record's key the symbol and its
 * timestamp the event time. Prices and volumes are integers (won, shares); rates are per cent with two decimals.
 */
export interface Trade {
  readonly symbol: Symbol;
  /** Epoch ms, UTC. Trades of one symbol in one second have distinct, rising milliseconds. */
  readonly eventTime: number;
  /** Won. KIS STCK_PRPR. */
  readonly price: number;
  readonly sign: Sign;
  /** Against yesterday's close, won, signed. KIS PRDY_VRSS. */
  readonly change: number;
  /** Against yesterday's close, per cent, signed, two decimals. KIS PRDY_CTRT. */
  readonly rate: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  /** Shares of this trade. KIS CNTG_VOL. */
  readonly volume: number;
  /** Shares of the day so far, this trade included. KIS ACML_VOL. */
  readonly accVolume: number;
  /** Won of the day so far. KIS ACML_TR_PBMN. */
  readonly accValue: number;
  /** Best ask, won; 0 where there is none. */
  readonly ask: number;
  /** Best bid, won; 0 where there is none. */
  readonly bid: number;
  /** KIS TRHT_YN: "Y" while trading in the symbol is halted. */
  readonly halted: "Y" | "N";
  /** Where it was traded; absent is KRX. */
  readonly venue?: "KRX" | "NXT" | "UN";
  /** KIS HOUR_CLS_CODE: absent is "0", continuous trading; any other is an expected price that never fires a rule. */
  readonly session?: string;
  /** KIS MARKET_CLS_CODE; absent: not given, see `marketSessionOf`. A text that is none of the four counts as absent. */
  readonly marketSession?: MarketSession;
  /** How it came: "filled" after a gap or "polled", both from KIS's REST; absent is live. */
  readonly origin?: "filled" | "polled";
  /** KIS CCLD_DVSN: "1" bought, "3" before the opening, "5" sold. */
  readonly side?: string;
  /** KIS CTTR. */
  readonly strength?: number;
  /** KIS WGHN_AVRG_STCK_PRC. */
  readonly weightedAverage?: number;
  /** KIS VI_STND_PRC, won. */
  readonly viBase?: number;
  /** KIS VOL_TNRT, per cent. */
  readonly turnover?: number;
  /** The other fields the feed gave, by the names of `market/kis/fields.ts`. */
  readonly [extra: string]: string | number | undefined;
}

/** The keys every trade has, in the order they are written. */
export const TRADE_KEYS = [
  "symbol",
  "eventTime",
  "price",
  "sign",
  "change",
  "rate",
  "open",
  "high",
  "low",
  "volume",
  "accVolume",
  "accValue",
  "ask",
  "bid",
  "halted",
] as const;
