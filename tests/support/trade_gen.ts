import fc from "fast-check";
import { type Trade, TRADE_KEYS } from "../../src/market/trade.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { ruleOf } from "./rules.ts";

/** The windows of the generated worlds: short ones, so that a few trades cross many. */
export const WINDOW_MS = 1_000;
const BASE = 1_764_115_200_000;
const SYMBOLS = ["005930", "000660", "Q500001", "0001A0"];

/** What the engine reads by a learnt layout nearly always, and now and then what only its slow parser takes. */
function usually<T>(common: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 15, arbitrary: common }, { weight: 1, arbitrary: rare });
}

/** An event time within a few windows of the base, often just at a window's edge. */
export const eventTime = fc.oneof(
  fc.integer({ min: 3 * WINDOW_MS, max: 4 * WINDOW_MS }).map((ms) => BASE + ms),
  fc.integer({ min: 0, max: 6 * WINDOW_MS }).map((ms) => BASE + ms),
  fc.integer({ min: 0, max: 6 }).chain((window) =>
    fc.constantFrom(-1, 0, 1).map((ms) => BASE + window * WINDOW_MS + ms)
  ),
);

export const trade: fc.Arbitrary<Trade> = fc.record({
  symbol: fc.constantFrom(...SYMBOLS, "005930", "005930", "005930"),
  eventTime,
  price: usually(fc.integer({ min: 95, max: 105 }), fc.constantFrom(0, 2_000_000_000)),
  sign: fc.constantFrom("1", "2", "3", "4", "5"),
  change: usually(fc.integer({ min: -6, max: 6 }), fc.constantFrom(-2_000_000_000, 2_000_000_000)),
  rate: usually(
    fc.integer({ min: -600, max: 600 }).map((units) => units / 100),
    fc.constantFrom(-20_000_000, 20_000_000),
  ),
  open: usually(fc.nat(999_999), fc.integer({ min: 0, max: 2_000_000_000 })),
  high: fc.nat(200),
  low: fc.nat(200),
  volume: usually(fc.nat(1000), fc.constant(Number.MAX_SAFE_INTEGER)),
  accVolume: usually(fc.nat(99_999_999), fc.maxSafeNat()),
  accValue: usually(fc.nat(2_000_000_000), fc.maxSafeNat()),
  ask: fc.nat(200),
  bid: fc.nat(200),
  halted: fc.constantFrom("N", "N", "N", "N", "N", "Y"),
  session: fc.constantFrom(undefined, undefined, undefined, "0", "A", ""),
  side: fc.constantFrom(undefined, "1", "5"),
  strength: fc.constantFrom(undefined, 136.06, 0, 7),
  marketSession: fc.constantFrom(undefined, undefined, "pre", "regular", "after", "closing", "regularly", ""),
}) as fc.Arbitrary<Trade>;

/** Ids and values are few, so that edits, re-adds and equal thresholds are common. */
export const ruleId = fc.oneof(fc.nat(7), fc.nat(40)).map((each) => `rule-${each}`);

const comparator = fc.constantFrom("gt", "gte", "lt", "lte");
const direction = fc.constantFrom("up", "down", "either");
/** What most generated rules say: many of them share one lane, where the cursors are. */
const crowded = fc.record({
  kind: fc.constant("target_price"),
  comparator: fc.constant("gte"),
  value: fc.integer({ min: 96, max: 105 }).map(String),
  direction: fc.constant(null),
});
const condition = fc.oneof(
  { weight: 4, arbitrary: crowded },
  fc.record({
    kind: fc.constant("price_limit"),
    comparator: fc.constant(null),
    value: fc.constant(null),
    direction,
  }),
  fc.record({
    kind: fc.constant("target_price"),
    comparator,
    value: fc.oneof(fc.integer({ min: 94, max: 106 }), fc.constantFrom(0, 2_000_000_000)).map(String),
    direction: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant("change_rate"),
    comparator,
    value: fc.integer({ min: -610, max: 610 }).map((units) => String(units / 100)),
    direction,
  }),
  fc.record({
    kind: fc.constant("day_change"),
    comparator,
    value: fc.oneof(fc.integer({ min: -7, max: 7 }), fc.constantFrom(-2_000_000_000, 2_000_000_000)).map(
      String,
    ),
    direction,
  }),
);

export const rule: fc.Arbitrary<Rule> = fc.record({
  id: ruleId,
  symbol: fc.constantFrom(...SYMBOLS.slice(0, 3), "005930", "005930", "005930"),
  condition,
  enabled: fc.constantFrom(true, true, true, true, false),
  expiresAt: fc.option(eventTime, { freq: 3, nil: null }),
  version: fc.integer({ min: 1, max: 1_000_000 }),
}).map(({ condition, ...rest }) => ruleOf({ ...rest, ...condition as Partial<Rule> }));

/** Members that say something known, well or badly: put before or after the good ones, they overrule or are overruled. */
const member: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(
    ...TRADE_KEYS,
    "session",
    "marketSession",
    "venue",
    "__proto__",
    "toString",
    "priceX",
    "pric",
  ),
  fc.constantFrom(
    "5",
    "-5",
    "0",
    "-0",
    "5.0",
    "5.25",
    "0.05",
    "-0.50",
    "5.125",
    "1e2",
    "1E-2",
    '"5"',
    '"0"',
    '"A"',
    '"N"',
    '"Y"',
    '""',
    '"005930"',
    '"Q500001"',
    '"Q50000A"',
    '"00593"',
    '"00593a"',
    "null",
    "true",
    "false",
    "{}",
    "[]",
    '[1,{"a":[]}]',
    "2000000000",
    "2000000001",
    "20000000",
    "20000000.01",
    "4102444799999",
    "4102444800000",
    "9007199254740991",
    "9007199254740992",
    "99999999999999999999999999",
    "01",
    "+1",
    ".5",
    "5.",
    "1e",
    "tru",
    '"\\ud83d"',
    '"\\x"',
    '"\u0001"',
  ),
).map(([key, value]) => `${JSON.stringify(key)}:${value}`);

/** A trade's JSON as somebody else would write it: keys shuffled and doubled, blanks, escapes, unknown keys. */
export const looseJson: fc.Arbitrary<string> = fc.record({
  trade,
  extras: fc.dictionary(fc.string({ unit: "grapheme", maxLength: 9 }), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 3,
  }),
  shuffle: fc.array(fc.nat(), { minLength: 18, maxLength: 18 }),
  blank: fc.constantFrom("", "", " ", "\n\t\r"),
  escape: fc.boolean(),
  before: fc.array(member, { maxLength: 1 }),
  after: fc.array(member, { maxLength: 1 }),
}).map(({ trade, extras, shuffle, blank, escape, before, after }) => {
  const members: [string, unknown][] = Object.entries({ ...extras, ...JSON.parse(encodeTrade(trade)) });
  members.sort((a, b) => (shuffle[a[0].length % 18] as number) - (shuffle[b[0].length % 18] as number));
  const pairs = members.map(([key, value]) => {
    const name = escape ? escaped(key) : JSON.stringify(key);
    const text = escape && typeof value === "string" ? escaped(value) : JSON.stringify(value);
    return `${name}${blank}:${blank}${text}`;
  });
  return `${blank}{${blank}${[...before, ...pairs, ...after].join(`${blank},${blank}`)}${blank}}${blank}`;
});

/** A JSON string with every other character written as an escape. */
function escaped(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at).toString(16).padStart(4, "0");
    out += at % 2 === 0 ? `\\u${code}` : JSON.stringify(text[at]).slice(1, -1);
  }
  return `"${out}"`;
}

const UTF8 = new TextEncoder();

/** Records of another kind, and what only begins like one. */
const otherKind = fc.tuple(
  fc.constantFrom('{"kind":', '{"kind":', '{"kind" :', '{ "kind":', '{"kind"', '{"kinds":', '{"\\u006bind":'),
  fc.constantFrom('"status"', '"event"', "7", "null", ""),
  trade.map(encodeTrade),
).map(([start, kind, rest]) => `${start}${kind},${rest.slice(1)}`);

/** The bytes of a record: mostly good trades, some of them loose, mangled or garbage. */
export const recordBytes: fc.Arbitrary<Uint8Array | null> = fc.oneof(
  { weight: 8, arbitrary: trade.map((each) => UTF8.encode(encodeTrade(each))) },
  { weight: 2, arbitrary: looseJson.map((text) => UTF8.encode(text)) },
  { weight: 2, arbitrary: mangled(fc.oneof(trade.map(encodeTrade), looseJson)) },
  { weight: 1, arbitrary: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(null)) },
  { weight: 1, arbitrary: otherKind.map((text) => UTF8.encode(text)) },
);

/** A text's bytes, cut, flipped, doubled or with pieces that trade parsers like to get wrong put in. */
export function mangled(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const piece = fc.constantFrom(
    "-",
    "0",
    "0",
    "0",
    "00",
    ".",
    ".x",
    "5.x",
    "5.0",
    "1e2",
    "1E+2",
    "-0",
    ",",
    "}",
    "{",
    "]",
    "[",
    '"',
    "\\",
    "\\u0030",
    "\\ud800",
    "null",
    "true",
    "99999999999999999999",
    "2000000001",
    "\u0000",
    "é",
    "한",
    "😀",
    " ",
    "\t",
    "\u00a0",
    "\ufeff",
    ":",
  );
  /** Just inside and just outside what Unicode allows. */
  const badUtf8 = fc.constantFrom(
    [0xc1, 0xbf],
    [0xc2, 0x80],
    [0xc2],
    [0xe0, 0x9f, 0xbf],
    [0xe0, 0xa0, 0x80],
    [0xed, 0x9f, 0xbf],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf0, 0x90, 0x80, 0x80],
    [0xf4, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xe1, 0x80],
    [0x80],
    [0xff],
  ).map((each) => new Uint8Array(each));
  const edit = fc.record({
    // Anywhere, at the end, or where a value begins (after a colon or a quote) or ends (before a comma).
    at: fc.oneof(fc.nat(400), fc.constant(-1)),
    value: fc.constantFrom(undefined, ":", ":", '"', ","),
    remove: fc.integer({ min: 0, max: 3 }),
    put: fc.oneof(piece.map((each) => UTF8.encode(each)), badUtf8, fc.uint8Array({ maxLength: 2 })),
  });
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([good, edits]) => {
    let bytes = UTF8.encode(good);
    for (const { at, value, remove, put } of edits) {
      const place = placeOf(bytes, at, value);
      bytes = new Uint8Array([...bytes.subarray(0, place), ...put, ...bytes.subarray(place + remove)]);
    }
    return bytes;
  });
}

/** A place in bytes: counted from the start, the end for -1, or after a colon or a quote, or before a comma. */
function placeOf(bytes: Uint8Array, at: number, mark: string | undefined): number {
  if (at < 0) return bytes.length;
  if (mark === undefined) return at % (bytes.length + 1);
  const step = mark === "," ? 0 : 1;
  const places = [...bytes.entries()].filter(([, byte]) => byte === mark.charCodeAt(0)).map(([place]) =>
    place + step
  );
  return places.length === 0 ? 0 : places[at % places.length] as number;
}
