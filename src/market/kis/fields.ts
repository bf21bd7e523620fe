/**
 * The one table from KIS's names to ours: the fields of the real-time frames in their order, after
 * koreainvestment/open-trading-api and the portal's pages. The position in a list is the field's number.
 *
 * @module
 */

/** How a field's text is read. All numbers are decimal text; an explicit plus sign is accepted. */
export type FieldKind =
  /** Six characters, or Q and six digits. */
  | "symbol"
  /** HHMMSS, Asia/Seoul. */
  | "hour"
  /** YYYYMMDD. */
  | "date"
  /** Won, 0 to MAX_UNITS. */
  | "price"
  /** Won, 1 to MAX_UNITS; 0 says that there is none. */
  | "base_price"
  /** Won with a sign. */
  | "change"
  /** A non-negative integer: shares, won, trades. */
  | "count"
  /** An integer with a sign. */
  | "difference"
  /** Per cent, exact at two decimals. */
  | "rate"
  /** A decimal of at most 15 digits. */
  | "decimal"
  /** PRDY_VRSS_SIGN, 1 to 5. */
  | "sign"
  /** Y or N. */
  | "yes_no"
  /** One to three letters or digits. */
  | "code"
  /** MARKET_CLS_CODE: 1 pre-market, 2 regular, 3 after-market, 5 closing price. */
  | "market_session"
  /** Free text. */
  | "text";

/** One field of a frame. */
export interface FrameField {
  /** KIS's name. */
  readonly kis: string;
  /**
   * Our name on the trade or quote. Null: checked and not kept, because it follows from the others (see `tradeValue`
   * for how) or because KIS no longer fills it.
   */
  readonly name: string | null;
  readonly kind: FieldKind;
  /**
   * A text that cannot be read refuses the record. Where false it means that the trade or quote does not have the field:
   * KIS writes blanks, `(null)`, 0 and 248000.00 where it has nothing to say, and only what decides whether a rule fires
   * may cost a trade.
   */
  readonly decides: boolean;
}

function field(kis: string, name: string | null, kind: FieldKind, decides = false): FrameField {
  return { kis, name, kind, decides };
}

/** H0STCNT0, and in the same order H0NXCNT0 and H0UNCNT0: one trade. */
export const TRADE_FIELDS: readonly FrameField[] = [
  field("MKSC_SHRN_ISCD", "symbol", "symbol", true),
  field("STCK_CNTG_HOUR", null, "hour", true), // with BSOP_DATE: eventTime
  field("STCK_PRPR", "price", "price", true),
  field("PRDY_VRSS_SIGN", "sign", "sign", true),
  field("PRDY_VRSS", "change", "change", true),
  field("PRDY_CTRT", "rate", "rate", true),
  field("WGHN_AVRG_STCK_PRC", "weightedAverage", "decimal"),
  field("STCK_OPRC", "open", "price"),
  field("STCK_HGPR", "high", "price"),
  field("STCK_LWPR", "low", "price"),
  field("ASKP1", "ask", "price"),
  field("BIDP1", "bid", "price"),
  field("CNTG_VOL", "volume", "count", true),
  field("ACML_VOL", "accVolume", "count", true),
  field("ACML_TR_PBMN", "accValue", "count"),
  field("SELN_CNTG_CSNU", "sellCount", "count"),
  field("SHNU_CNTG_CSNU", "buyCount", "count"),
  field("NTBY_CNTG_CSNU", null, "difference"), // buyCount - sellCount
  field("CTTR", "strength", "decimal"),
  field("SELN_CNTG_SMTN", "sellVolume", "count"),
  field("SHNU_CNTG_SMTN", "buyVolume", "count"),
  field("CCLD_DVSN", "side", "code"), // CNTG_CLS_CODE on NXT and consolidated
  field("SHNU_RATE", "buyRate", "decimal"),
  field("PRDY_VOL_VRSS_ACML_VOL_RATE", "volumeRate", "decimal"),
  field("OPRC_HOUR", "openHour", "hour"),
  field("OPRC_VRSS_PRPR_SIGN", null, "sign"), // of price - open
  field("OPRC_VRSS_PRPR", null, "change"), // price - open
  field("HGPR_HOUR", "highHour", "hour"),
  field("HGPR_VRSS_PRPR_SIGN", null, "sign"), // of price - high
  field("HGPR_VRSS_PRPR", null, "change"), // price - high
  field("LWPR_HOUR", "lowHour", "hour"),
  field("LWPR_VRSS_PRPR_SIGN", null, "sign"), // of price - low
  field("LWPR_VRSS_PRPR", null, "change"), // price - low
  field("BSOP_DATE", null, "date", true), // with STCK_CNTG_HOUR: eventTime
  field("NEW_MKOP_CLS_CODE", "phase", "code"),
  field("TRHT_YN", "halted", "yes_no", true),
  field("ASKP_RSQN1", "askSize", "count"),
  field("BIDP_RSQN1", "bidSize", "count"),
  field("TOTAL_ASKP_RSQN", "totalAskSize", "count"),
  field("TOTAL_BIDP_RSQN", "totalBidSize", "count"),
  field("VOL_TNRT", "turnover", "decimal"),
  field("PRDY_SMNS_HOUR_ACML_VOL", "previousVolume", "count"),
  field("PRDY_SMNS_HOUR_ACML_VOL_RATE", "previousVolumeRate", "decimal"),
  field("HOUR_CLS_CODE", "session", "code", true), // "0" is not kept
  field("MRKT_TRTM_CLS_CODE", "closeCode", "code"),
  field("VI_STND_PRC", "viBase", "base_price"),
  field("MARKET_CLS_CODE", "marketSession", "market_session"), // since 2026-09-14
];
/** What a trade had before 2026-09-14: without MARKET_CLS_CODE. */
const OLD_TRADE_WIDTH = 46;
/** H0STOUP0, the auctions after hours (시간외단일가, until 2026-09-11): the first 43 fields of a trade. */
const OVERTIME_FIELDS = TRADE_FIELDS.slice(0, 43);

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

/** The 59 fields that all order books have. The levels become `asks` and `bids`. */
const COMMON_QUOTE_FIELDS: readonly FrameField[] = [
  field("MKSC_SHRN_ISCD", "symbol", "symbol", true),
  field("BSOP_HOUR", null, "hour", true), // with the day of arrival: eventTime
  field("HOUR_CLS_CODE", "session", "code"), // "0" is not kept
  ...LEVELS.map((level) => field(`ASKP${level}`, null, "price")),
  ...LEVELS.map((level) => field(`BIDP${level}`, null, "price")),
  ...LEVELS.map((level) => field(`ASKP_RSQN${level}`, null, "count")),
  ...LEVELS.map((level) => field(`BIDP_RSQN${level}`, null, "count")),
  field("TOTAL_ASKP_RSQN", "totalAskSize", "count"),
  field("TOTAL_BIDP_RSQN", "totalBidSize", "count"),
  field("OVTM_TOTAL_ASKP_RSQN", "overtimeTotalAskSize", "count"),
  field("OVTM_TOTAL_BIDP_RSQN", "overtimeTotalBidSize", "count"),
  field("ANTC_CNPR", "expectedPrice", "price"),
  field("ANTC_CNQN", "expectedVolume", "count"),
  field("ANTC_VOL", "expectedAccVolume", "count"),
  field("ANTC_CNTG_VRSS", "expectedChange", "change"),
  field("ANTC_CNTG_VRSS_SIGN", "expectedSign", "sign"),
  field("ANTC_CNTG_PRDY_CTRT", "expectedRate", "rate"),
  field("ACML_VOL", "accVolume", "count"),
  field("TOTAL_ASKP_RSQN_ICDC", "totalAskSizeChange", "difference"),
  field("TOTAL_BIDP_RSQN_ICDC", "totalBidSizeChange", "difference"),
  field("OVTM_TOTAL_ASKP_ICDC", "overtimeTotalAskSizeChange", "difference"),
  field("OVTM_TOTAL_BIDP_ICDC", "overtimeTotalBidSizeChange", "difference"),
  field("STCK_DEAL_CLS_CODE", null, "text"), // unused, says the portal
];
const MIDDLE_OF_KRX: readonly FrameField[] = [
  field("KMID_PRC", "krxMidPrice", "decimal"),
  field("KMID_TOTAL_RSQN", "krxMidSize", "count"),
  field("KMID_CLS_CODE", "krxMidCode", "code"),
];
const MARKET_SESSION = field("MARKET_CLS_CODE", "marketSession", "market_session"); // since 2026-09-14

/** H0STASP0: 59 fields at first, 62 with KRX's middle price (seen in February 2026), 63 since 2026-09-14. */
export const QUOTE_FIELDS: readonly FrameField[] = [...COMMON_QUOTE_FIELDS, ...MIDDLE_OF_KRX, MARKET_SESSION];

/** H0NXASP0 and H0UNASP0: the middle prices of KRX and NXT behind what all have. */
export const VENUE_QUOTE_FIELDS: readonly FrameField[] = [
  ...COMMON_QUOTE_FIELDS,
  ...MIDDLE_OF_KRX,
  field("NMID_PRC", "nxtMidPrice", "decimal"),
  field("NMID_TOTAL_RSQN", "nxtMidSize", "count"),
  field("NMID_CLS_CODE", "nxtMidCode", "code"),
];

/**
 * H0STMKO0, H0NXMKO0, H0UNMKO0: a halt, a volatility interruption, a phase of the market. Pushed when something changes;
 * real only. KIS's list has EXCH_CLS_CODE as an eleventh, which has never been seen on the wire.
 */
export const STATUS_FIELDS: readonly FrameField[] = [
  field("MKSC_SHRN_ISCD", "symbol", "symbol", true),
  field("TRHT_YN", "halted", "yes_no", true),
  field("TR_SUSP_REAS_CNTT", "haltReason", "text"),
  field("MKOP_CLS_CODE", "marketPhase", "code"),
  field("ANTC_MKOP_CLS_CODE", "expectedMarketPhase", "code"),
  field("MRKT_TRTM_CLS_CODE", "closeCode", "code"),
  field("DIVI_APP_CLS_CODE", "allocationCode", "code"),
  field("ISCD_STAT_CLS_CODE", "statusCode", "code"),
  field("VI_CLS_CODE", "viCode", "code"), // Y or N
  field("OVTM_VI_CLS_CODE", "overtimeViCode", "code"), // Y or N
  field("EXCH_CLS_CODE", "exchange", "code"),
];

/** A kind of real-time frame we read. */
export interface FrameKind {
  readonly trId: string;
  readonly content: "trade" | "quote" | "status";
  readonly venue: "KRX" | "NXT" | "UN";
  /** What is known of a record, in order; it may be shorter or longer. */
  readonly fields: readonly FrameField[];
  /** A record of fewer fields is none. */
  readonly minWidth: number;
}

/** The real-time TRs we read, by their id. */
export const FRAME_KINDS: Readonly<Record<string, FrameKind>> = Object.fromEntries(
  ([
    { trId: "H0STCNT0", content: "trade", venue: "KRX", fields: TRADE_FIELDS, minWidth: OLD_TRADE_WIDTH },
    { trId: "H0NXCNT0", content: "trade", venue: "NXT", fields: TRADE_FIELDS, minWidth: OLD_TRADE_WIDTH },
    { trId: "H0UNCNT0", content: "trade", venue: "UN", fields: TRADE_FIELDS, minWidth: OLD_TRADE_WIDTH },
    {
      trId: "H0STOUP0",
      content: "trade",
      venue: "KRX",
      fields: OVERTIME_FIELDS,
      minWidth: OVERTIME_FIELDS.length,
    },
    { trId: "H0STASP0", content: "quote", venue: "KRX", fields: QUOTE_FIELDS, minWidth: 59 },
    { trId: "H0NXASP0", content: "quote", venue: "NXT", fields: VENUE_QUOTE_FIELDS, minWidth: 59 },
    { trId: "H0UNASP0", content: "quote", venue: "UN", fields: VENUE_QUOTE_FIELDS, minWidth: 59 },
    { trId: "H0STMKO0", content: "status", venue: "KRX", fields: STATUS_FIELDS, minWidth: 10 },
    { trId: "H0NXMKO0", content: "status", venue: "NXT", fields: STATUS_FIELDS, minWidth: 10 },
    { trId: "H0UNMKO0", content: "status", venue: "UN", fields: STATUS_FIELDS, minWidth: 10 },
  ] as const).map((kind) => [kind.trId, kind]),
);
