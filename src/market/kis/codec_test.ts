import { expect } from "expect";
import fc from "fast-check";
import { decodeFrame, joinFrame } from "./frame.ts";
import { FRAME_KINDS, TRADE_FIELDS } from "./fields.ts";
import { tradeValue, writeTrade } from "./trade_record.ts";
import { quoteValue, writeQuote } from "./quote_record.ts";
import { writeStatus } from "./status_record.ts";
import type { Trade } from "../trade.ts";
import type { StatusEvent } from "../market_event.ts";
import type { Quote } from "../quote.ts";

const encoder = new TextEncoder();
const NOON = Date.parse("2025-07-30T12:00:00+09:00");
const RECORD =
  "005930^101512^61950^2^1150^1.89^61690.50^61000^62300^60600^62000^61900^3^7305216^449270784000^20000^25000^5000^125.00^3000000^3750000^5^0.55^27.30^090011^2^950^091000^5^-350^090100^2^1350^20260310^20^N^81000^95000^1500000^900000^0.13^9800000^81.20^0^^61000";
const BOOK =
  "005930^113019^0^67900^68000^68100^68200^68300^68400^68500^68600^68700^68800^67800^67700^67600^67500^67400^67300^67200^67100^67000^66900^165881^324306^110852^83696^85249^15895^75905^31693^43772^53546^13941^119089^228178^146894^120916^31997^40399^27233^111404^114927^990795^954978^0^0^0^0^244212^-67200^5^-100.00^9358640^0^10^0^0^0";

function decode(text: string) {
  return decodeFrame(encoder.encode(text), NOON);
}

function changed(record: string, index: number, value: string): string {
  return record.split("^").with(index, value).join("^");
}

Deno.test("a trade frame is read field by field", () => {
  const { trades, refused } = decode(`0|H0STCNT0|001|${RECORD}`);
  expect(refused).toEqual([]);
  expect(trades).toEqual([{
    symbol: "005930",
    eventTime: Date.parse("2026-03-10T10:15:12+09:00"),
    price: 61950,
    sign: "2",
    change: 1150,
    rate: 1.89,
    open: 61000,
    high: 62300,
    low: 60600,
    volume: 3,
    accVolume: 7305216,
    accValue: 449270784000,
    ask: 62000,
    bid: 61900,
    halted: "N",
    side: "5",
    strength: 125,
    weightedAverage: 61690.5,
    viBase: 61000,
    turnover: 0.13,
    sellCount: 20000,
    buyCount: 25000,
    sellVolume: 3000000,
    buyVolume: 3750000,
    buyRate: 0.55,
    volumeRate: 27.3,
    openHour: "090011",
    highHour: "091000",
    lowHour: "090100",
    phase: "20",
    askSize: 81000,
    bidSize: 95000,
    totalAskSize: 1500000,
    totalBidSize: 900000,
    previousVolume: 9800000,
    previousVolumeRate: 81.2,
  }]);
});

Deno.test("what is not kept of a trade follows from the rest: its record is written again as it came", () => {
  const trade = decode(`0|H0STCNT0|001|${RECORD}`).trades[0] as Trade;
  expect(writeTrade(trade)).toBe(RECORD);
  expect(tradeValue(trade, "NTBY_CNTG_CSNU")).toBe(5000);
  expect(tradeValue(trade, "HGPR_VRSS_PRPR")).toBe(-350);
  expect(tradeValue(trade, "HOUR_CLS_CODE")).toBe("0");
  expect(tradeValue(trade, "NO_SUCH")).toBeUndefined();
});

Deno.test("an order book is read with the day of its arrival, and written again as it came", () => {
  const { quotes, refused } = decode(`0|H0STASP0|001|${BOOK}`);
  expect(refused).toEqual([]);
  const quote = quotes[0] as Quote;
  expect(quote.eventTime).toBe(Date.parse("2025-07-30T11:30:19+09:00"));
  expect(quote.asks[0]).toEqual([67900, 165881]);
  expect(quote.asks[9]).toEqual([68800, 53546]);
  expect(quote.bids[0]).toEqual([67800, 13941]);
  expect(quote.bids[9]).toEqual([66900, 114927]);
  expect(quote.totalAskSize).toBe(990795);
  expect(quote.totalBidSize).toBe(954978);
  expect(quote.accVolume).toBe(9358640);
  expect(quote.expectedPrice).toBeUndefined();
  expect(writeQuote(quote)).toBe(BOOK);
  expect(quoteValue(quote, "BIDP_RSQN10")).toBe(114927);
});

Deno.test("an order book around midnight takes the day nearest to its arrival", () => {
  const justAfter = Date.parse("2025-07-31T00:00:01+09:00");
  const late = decodeFrame(encoder.encode(`0|H0STASP0|001|${changed(BOOK, 1, "235959")}`), justAfter);
  expect(late.quotes[0]?.eventTime).toBe(Date.parse("2025-07-30T23:59:59+09:00"));
  const early = decodeFrame(encoder.encode(`0|H0STASP0|001|${changed(BOOK, 1, "000001")}`), justAfter - 2000);
  expect(early.quotes[0]?.eventTime).toBe(Date.parse("2025-07-31T00:00:01+09:00"));
});

Deno.test("a frame with a count of three gives three trades in order, whatever KIS appended to them", () => {
  const records = ["71950", "71900", "72000"].map((price) => `${changed(RECORD, 2, price)}^new^`);
  const { trades } = decode(joinFrame("H0STCNT0", records));
  expect(trades.map((trade) => trade.price)).toEqual([71950, 71900, 72000]);
});

Deno.test("the variants of NXT and the consolidated market carry their venue", () => {
  expect(decode(`0|H0NXCNT0|001|${RECORD}`).trades[0]?.venue).toBe("NXT");
  expect(decode(`0|H0UNCNT0|001|${RECORD}`).trades[0]?.venue).toBe("UN");
  const quote = decode(`0|H0UNASP0|001|${BOOK}^77850.5^12^1^77850^3^2`).quotes[0] as Quote;
  expect(quote).toMatchObject({ venue: "UN", krxMidPrice: 77850.5, nxtMidSize: 3, nxtMidCode: "2" });
  expect(writeQuote(quote)).toBe(`${BOOK}^77850.50^12^1^77850.00^3^2`);
});

Deno.test("an explicit plus sign is read", () => {
  expect(decode(`0|H0STCNT0|001|${changed(RECORD, 4, "+500")}`).trades[0]?.change).toBe(500);
});

Deno.test("expected prices keep their session", () => {
  const expected = decode(`0|H0STCNT0|001|${changed(RECORD, 43, "B")}`).trades[0];
  expect(expected?.session).toBe("B");
});

Deno.test("a bad record is refused with its field, its value and its bytes, and the others are read", () => {
  const bad = changed(RECORD, 5, "1.915");
  const { trades, refused } = decode(joinFrame("H0STCNT0", [RECORD, bad, RECORD]));
  expect(trades.length).toBe(2);
  expect(refused.length).toBe(1);
  expect(refused[0]?.code).toBe("bad_field");
  expect(refused[0]?.reason).toBe(
    'H0STCNT0 record 2 of 3: PRDY_CTRT: must be a decimal with at most 2 places, got "1.915"',
  );
  expect(refused[0]?.key).toBe("005930");
  expect(new TextDecoder().decode(refused[0]?.bytes)).toBe(`0|H0STCNT0|001|${bad}`);
});

Deno.test("fields are refused by what they must be", () => {
  const cases: [index: number, value: string, field: string][] = [
    [0, "5930", "MKSC_SHRN_ISCD"],
    [1, "246000", "STCK_CNTG_HOUR"],
    [2, "", "STCK_PRPR"],
    [2, "0", "STCK_PRPR"],
    [2, "-71950", "STCK_PRPR"],
    [2, "7.2e4", "STCK_PRPR"],
    [2, "71950.5", "STCK_PRPR"],
    [2, "3000000000", "STCK_PRPR"],
    [3, "6", "PRDY_VRSS_SIGN"],
    [4, "--5", "PRDY_VRSS"],
    [12, "99999999999999999999", "CNTG_VOL"],
    [13, "(null)", "ACML_VOL"],
    [33, "20250230", "BSOP_DATE"],
    [35, "y", "TRHT_YN"],
    [43, "", "HOUR_CLS_CODE"],
  ];
  for (const [index, value, field] of cases) {
    const { trades, refused } = decode(`0|H0STCNT0|001|${changed(RECORD, index, value)}`);
    expect([field, trades.length]).toEqual([field, 0]);
    expect(refused[0]?.reason).toContain(`${field}: `);
    expect(refused[0]?.reason).toContain(JSON.stringify(value));
  }
});

Deno.test("a field that decides may be written as a decimal, where it is the same number", () => {
  const cases: [index: number, value: string, kept: number | undefined][] = [
    [2, "61950.00", 61_950],
    [2, " 61950 ", 61_950],
    [2, "61950.50", undefined],
    [2, "0.00", undefined],
    [4, "+1150.0", 1_150],
    [4, "-1150.00", -1_150],
    [5, ".56", 0.56],
    [5, "-.560", -0.56],
    [5, "1.8900", 1.89],
    [5, "1.8901", undefined],
    [12, "3.000", 3],
    [12, "3.001", undefined],
    [13, "7305216.00", 7_305_216],
    [13, "7305216.", undefined],
    [3, "2.0", undefined],
    [1, "101512.0", undefined],
  ];
  for (const [index, value, kept] of cases) {
    const { trades, refused } = decode(`0|H0STCNT0|001|${changed(RECORD, index, value)}`);
    const read = trades[0]?.[TRADE_FIELDS[index]?.name as string];
    expect([index, value, read, refused.length]).toEqual([index, value, kept, kept === undefined ? 1 : 0]);
  }
});

Deno.test("frames whose records cannot be distinguished are refused whole", () => {
  const cases: [text: string, code: string][] = [
    ["", "not_a_frame"],
    ['{"header":{}}', "not_a_frame"],
    ["2|H0STCNT0|001|x", "not_a_frame"],
    [`1|H0STCNT0|001|${RECORD}`, "encrypted"],
    [`0|H0STCNI0|001|${RECORD}`, "unknown_tr_id"],
    [`0|toString|001|${RECORD}`, "unknown_tr_id"],
    [`0|H0STCNT0|000|${RECORD}`, "bad_count"],
    [`0|H0STCNT0|x|${RECORD}`, "bad_count"],
    [`0|H0STCNT0|002|${RECORD}`, "bad_width"],
    [`0|H0STCNT0|002|${RECORD}^x`, "bad_width"],
    [`0|H0STCNT0|001|${RECORD.slice(0, 100)}`, "bad_width"],
  ];
  for (const [text, code] of cases) {
    const decoded = decode(text);
    expect(decoded.refused.map((refusal) => refusal.code)).toEqual([code]);
    expect(new TextDecoder().decode(decoded.refused[0]?.bytes)).toBe(text);
  }
  expect(decodeFrame(new Uint8Array([0x30, 0x7c, 0xff]), NOON).refused[0]?.code).toBe("not_utf8");
  expect(decodeFrame(new Uint8Array((1 << 20) + 1), NOON).refused[0]?.code).toBe("too_long");
});

Deno.test("a field that decides nothing never costs a trade: what it cannot be read as, it has not", () => {
  const cases: [index: number, value: string, kept: unknown][] = [
    [6, "(null)", undefined],
    [7, "", 0],
    [8, "x", 0],
    [10, "248000.00", 248000],
    [14, "(null)", 0],
    [18, "NaN", undefined],
    [21, "(null)", undefined],
    [24, "0", undefined],
    [24, "000000", "000000"],
    [27, "", undefined],
    [28, "x", undefined],
    [34, "(null)", undefined],
    [40, "0.0912345", 0.0912345],
    [44, " ", undefined],
    [45, "61000.00", 61000],
    [45, "0", undefined],
    [45, "한", undefined],
  ];
  for (const [index, value, kept] of cases) {
    const { trades, refused } = decode(`0|H0STCNT0|001|${changed(RECORD, index, value)}`);
    expect([index, value, refused]).toEqual([index, value, []]);
    const name = TRADE_FIELDS[index]?.name;
    expect([index, value, name ? trades[0]?.[name] : undefined]).toEqual([index, value, kept]);
  }
  const leftOut =
    decode(joinFrame("H0STCNT0", [changed(RECORD, 18, "NaN"), changed(RECORD, 45, "한")])).leftOut;
  expect(leftOut).toEqual(["CTTR", "VI_STND_PRC"]);
});

Deno.test("the market session is the 47th field; what follows is kept by its number", () => {
  const session = (code: string) => decode(`0|H0STCNT0|001|${RECORD}^${code}`).trades[0]?.marketSession;
  expect(["1", "2", "3", "5", "4", "", "(null)"].map(session)).toEqual(
    ["pre", "regular", "after", "closing", undefined, undefined, undefined],
  );
  const { trades, width } = decode(joinFrame("H0STCNT0", [`${RECORD}^2^^abc`, `${RECORD}^3^7^(null)`]));
  expect(width).toBe(49);
  expect(trades[0]).toMatchObject({ marketSession: "regular", field49: "abc" });
  expect(trades[0]?.field48).toBeUndefined();
  expect(trades[1]).toMatchObject({ marketSession: "after", field48: "7" });
  expect(writeTrade(trades[0] as Trade)).toBe(`${RECORD}^2^^abc`);
  expect(tradeValue(trades[0] as Trade, "MARKET_CLS_CODE")).toBe("2");
});

Deno.test("order books of every width that has been seen are read whole", () => {
  const krx = (rest: string) => decode(`0|H0STASP0|001|${BOOK}${rest}`).quotes[0] as Quote;
  expect(krx("").krxMidPrice).toBeUndefined();
  expect(krx("^67850^12^1")).toMatchObject({ krxMidPrice: 67850, krxMidSize: 12, krxMidCode: "1" });
  expect(krx("^67850^12^1^3")).toMatchObject({ krxMidCode: "1", marketSession: "after" });
  expect(krx("^67850^12^1^3^x")).toMatchObject({ marketSession: "after", field64: "x" });
  expect(writeQuote(krx("^67850.00^12^1^3^x"))).toBe(`${BOOK}^67850.00^12^1^3^x`);
  const both = decode(`0|H0UNASP0|001|${BOOK}^77850.5^12^1^77850^3^2^9`).quotes[0] as Quote;
  expect(both).toMatchObject({ nxtMidCode: "2", field66: "9" });
  expect(krx("^67850^12^1").asks.length).toBe(10);
});

Deno.test("a level that is not there does not cost the order book", () => {
  const { quotes, refused } = decode(`0|H0STASP0|001|${changed(changed(BOOK, 12, "(null)"), 32, "")}`);
  expect(refused).toEqual([]);
  expect(quotes[0]?.asks.length).toBe(9);
});

Deno.test("a status of ten fields is read as KIS sends it, from KRX, NXT and both", () => {
  const record = "396300^N^(null)^^311^^^55^N^N";
  const { statuses, refused } = decode(`0|H0STMKO0|001|${record}`);
  expect(refused).toEqual([]);
  expect(statuses[0]).toEqual({
    kind: "status",
    symbol: "396300",
    eventTime: NOON,
    halted: "N",
    vi: "N",
    expectedMarketPhase: "311",
    statusCode: "55",
  });
  expect(writeStatus(statuses[0] as StatusEvent)).toBe(record);
  expect(decode("0|H0UNMKO0|001|003160^N^(null)^AB1^311^^^55^Y^").statuses[0]).toMatchObject({
    symbol: "003160",
    venue: "UN",
    vi: "Y",
    marketPhase: "AB1",
  });
  expect(decode("0|H0NXMKO0|001|003160^Y^거래정지^^^^^58^N^Y").statuses[0]).toMatchObject({
    venue: "NXT",
    halted: "Y",
    haltReason: "거래정지",
    vi: "Y",
    overtimeVi: "Y",
  });
});

Deno.test("a status with the exchange's code as an eleventh field is read too", () => {
  const record = "005930^Y^VI 발동^^^^^58^Y^N^1";
  const { statuses, refused } = decode(`0|H0STMKO0|001|${record}`);
  expect(refused).toEqual([]);
  expect(statuses[0]).toMatchObject({ haltReason: "VI 발동", statusCode: "58", vi: "Y", exchange: "1" });
  expect(writeStatus(statuses[0] as StatusEvent)).toBe(record);
  expect(decode("0|H0STMKO0|001|005930^N^^^^^^^N").refused[0]?.code).toBe("bad_width");
});

Deno.test("a code of nine characters does no harm: it is passed over, and those beside it are read", () => {
  const other = changed(RECORD, 0, "J0036221D");
  const { trades, refused, otherCodes } = decode(joinFrame("H0STCNT0", [RECORD, other, RECORD]));
  expect([trades.length, refused.length, otherCodes]).toEqual([2, 0, 1]);
});

Deno.test("the tables have as many fields as KIS's frames, and take what came before", () => {
  const widths = Object.values(FRAME_KINDS).map((kind) => [kind.trId, [kind.minWidth, kind.fields.length]]);
  expect(Object.fromEntries(widths)).toEqual({
    H0STCNT0: [46, 47],
    H0NXCNT0: [46, 47],
    H0UNCNT0: [46, 47],
    H0STOUP0: [43, 43],
    H0STASP0: [59, 63],
    H0NXASP0: [59, 65],
    H0UNASP0: [59, 65],
    H0STMKO0: [10, 11],
    H0NXMKO0: [10, 11],
    H0UNMKO0: [10, 11],
  });
});

const price = fc.integer({ min: 1, max: 2_000_000_000 });
const won = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });
const count = fc.integer({ min: 0, max: 900_000_000_000_000 });
const percent = fc.integer({ min: -99_999, max: 99_999 }).map((units) => units / 100);
const second = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000);
const symbol = fc.constantFrom("005930", "000660", "0001A0", "Q500001");

const anyTrade = fc.record({
  symbol,
  eventTime: second,
  price,
  sign: fc.constantFrom("1", "2", "3", "4", "5"),
  change: won,
  rate: percent,
  open: price,
  high: price,
  low: price,
  volume: count,
  accVolume: count,
  accValue: count,
  ask: price,
  bid: price,
  halted: fc.constantFrom("Y", "N"),
  session: fc.constantFrom("A", "B", "C", "D", undefined),
  side: fc.constantFrom("1", "3", "5", undefined),
  strength: percent,
  viBase: price,
  buyCount: count,
  marketSession: fc.constantFrom("pre", "regular", "after", "closing", undefined),
  field48: fc.constantFrom("7", "x y", undefined),
});

Deno.test("any trade is the same after writing and reading", () => {
  fc.assert(fc.property(anyTrade, fc.integer({ min: 1, max: 4 }), (made, count) => {
    const trade = JSON.parse(JSON.stringify(made)) as Trade;
    const decoded = decode(joinFrame("H0STCNT0", Array.from({ length: count }, () => writeTrade(trade))));
    expect(decoded.refused).toEqual([]);
    expect(decoded.trades).toEqual(Array.from({ length: count }, () => trade));
  }));
});

const levels = fc.array(fc.tuple(price, fc.integer({ min: 1, max: 1e9 })), { maxLength: 10 });

const anyQuote = fc.record({
  symbol,
  eventTime: fc.nat(86_399).map((seconds) => Date.parse("2025-07-30T00:00:00+09:00") + seconds * 1000),
  asks: levels,
  bids: levels,
  totalAskSize: count,
  totalBidSize: count,
  venue: fc.constantFrom("NXT", "UN", undefined),
  session: fc.constantFrom("A", "B", "C", undefined),
  expectedPrice: price,
  expectedRate: percent,
  accVolume: count,
  totalAskSizeChange: won,
  krxMidPrice: fc.option(price, { nil: undefined }),
});

Deno.test("any order book is the same after writing and reading", () => {
  fc.assert(fc.property(anyQuote, (made) => {
    const quote = JSON.parse(JSON.stringify(made)) as Quote;
    const trId = { KRX: "H0STASP0", NXT: "H0NXASP0", UN: "H0UNASP0" }[quote.venue ?? "KRX"];
    const decoded = decode(joinFrame(trId, [writeQuote(quote)]));
    expect(decoded.refused).toEqual([]);
    // What KIS always fills stands there as zeros.
    const [read] = decoded.quotes;
    expect({ ...read, ...quote }).toEqual(read);
  }));
});

Deno.test("no mutation of a frame makes the reader throw, and each record is read or refused", () => {
  const frame = encoder.encode(joinFrame("H0STCNT0", [RECORD, RECORD]));
  const edit = fc.tuple(fc.nat(frame.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(frame.length), (edits, length) => {
      const bytes = frame.slice(0, length);
      for (const [index, byte] of edits) bytes[index] = byte;
      const { kind, trades, refused } = decodeFrame(bytes, NOON);
      expect(kind === undefined ? refused.length : trades.length + refused.length).toBe(
        kind === undefined ? 1 : 2,
      );
    }),
    { numRuns: 2000 },
  );
});
