/**
 * The records of the topics as zod schemas: trades and quotes from the table of fields, the others from their types.
 *
 * @module
 */
import { z } from "zod";
import { ALERT_FIELDS } from "../../src/alerts/alert_fields.ts";
import { DELIVERY_FIELDS } from "../../src/alerts/delivery_fields.ts";
import { MAX_UNITS } from "../../src/market/decimal.ts";
import {
  type FieldKind,
  type FrameField,
  QUOTE_FIELDS,
  STATUS_FIELDS,
  TRADE_FIELDS,
  VENUE_QUOTE_FIELDS,
} from "../../src/market/kis/fields.ts";
import { MARKET_SESSIONS } from "../../src/market/market_session.ts";
import { TRADE_KEYS } from "../../src/market/trade.ts";
import type { Topic } from "../../src/ports/topics.ts";
import { RULE_FIELDS } from "../../src/rules/rule_fields.ts";

const symbol = z.string().regex(/^(?:[0-9A-Z]{6}|Q[0-9]{6})$/).describe(
  "KRX short code, six characters, or Q and six digits for an ETN. Always a string.",
);
const instant = (what: string) =>
  z.number().int().nonnegative().describe(`${what}, epoch milliseconds, UTC.`);
const eventTime = instant(
  "Event time; records of one symbol within a second have distinct, rising milliseconds",
);
const won = z.number().int().min(0).max(MAX_UNITS);
const count = z.number().int().min(0);

const KINDS: Readonly<Record<FieldKind, z.ZodType>> = {
  symbol,
  hour: z.string().regex(/^\d{6}$/),
  date: z.string().regex(/^\d{8}$/),
  price: won,
  base_price: won,
  change: z.number().int().min(-MAX_UNITS).max(MAX_UNITS),
  count,
  difference: z.number().int(),
  rate: z.number().multipleOf(0.01),
  decimal: z.number(),
  sign: z.enum(["1", "2", "3", "4", "5"]),
  yes_no: z.enum(["Y", "N"]),
  code: z.string().regex(/^[0-9A-Za-z]{1,3}$/),
  market_session: z.enum(MARKET_SESSIONS),
  text: z.string(),
};
const UNITS: Partial<Record<FieldKind, string>> = {
  hour: "HHMMSS in Asia/Seoul",
  price: "won",
  change: "won, signed",
  rate: "per cent, signed",
};

function described(field: FrameField): z.ZodType {
  const unit = UNITS[field.kind];
  return KINDS[field.kind].describe(`KIS ${field.kis}${unit === undefined ? "" : `, ${unit}`}.`);
}

function named(fields: readonly FrameField[], names: readonly string[]): Record<string, z.ZodType> {
  const kept = fields.filter((field) => field.name !== null && !names.includes(field.name));
  return Object.fromEntries(kept.map((field) => [field.name as string, described(field).optional()]));
}

const venue = z.enum(["KRX", "NXT", "UN"]).optional().describe(
  "Where it was traded; absent: KRX. UN: consolidated.",
);

function tradeSchema() {
  const required = TRADE_KEYS.map((key) => {
    const field = TRADE_FIELDS.find((one) => one.name === key);
    return [key, field === undefined ? eventTime : described(field)] as const;
  });
  const optional = named(TRADE_FIELDS, TRADE_KEYS);
  return z.looseObject({ ...Object.fromEntries(required), venue, origin, ...optional });
}

const origin = z.enum(["filled", "polled"]).optional().describe(
  "How it came, where it was not live: filled in after a gap, or polled, both from KIS's REST.",
);

/** Records of the trades topic that are no trade: their first key is `kind`. */
function eventSchemas() {
  const yesNo = z.enum(["Y", "N"]);
  const optional = named(STATUS_FIELDS, ["symbol", "halted", "viCode", "overtimeViCode"]);
  const status = z.looseObject({
    kind: z.literal("status"),
    symbol,
    eventTime: instant("Arrival: KIS gives no time with it"),
    halted: yesNo.describe("Y while trading is halted (KIS TRHT_YN)."),
    vi: yesNo.describe("Y while a volatility interruption runs."),
    overtimeVi: yesNo.optional().describe("Y where it is one after hours (KIS OVTM_VI_CLS_CODE)."),
    venue,
    ...optional,
  });
  const time = z.looseObject({ kind: z.literal("time"), eventTime: instant("How far time has come") });
  return [status, time];
}

const level = z.tuple([won, count]).describe("[price in won, size in shares]; the best comes first.");

function quoteSchema() {
  const totals = ["totalAskSize", "totalBidSize"];
  return z.looseObject({
    symbol,
    eventTime,
    asks: z.array(level).max(10),
    bids: z.array(level).max(10),
    ...Object.fromEntries(
      totals.map((key) => [key, described(QUOTE_FIELDS.find((field) => field.name === key) as FrameField)]),
    ),
    venue,
    ...named(VENUE_QUOTE_FIELDS, ["symbol", ...totals]),
  });
}

const written = RULE_FIELDS;

/** What a rule's record leaves out has its default. */
const rule = z.strictObject({
  ...written,
  symbol: symbol.optional().describe("The one symbol it is for; absent: see symbols and market."),
  symbols: written.symbols.unwrap().optional(),
  market: written.market.unwrap().optional(),
  conditions: written.conditions.optional().describe("Of a rule whose kind is condition."),
  on: written.on.optional().describe("Absent: level."),
  repeat: written.repeat.unwrap().optional(),
  sessions: written.sessions.unwrap().optional(),
  maxAlertsPerDay: count.optional(),
  expiresAt: instant("When it ceases to fire").nullable(),
  armed: written.armed.optional().describe("The version that armed it; absent: 1."),
  armedAt: instant("When it was armed; absent: when it was made").optional(),
  createdAt: instant("When it was made"),
  updatedAt: instant("When it was last changed"),
});

const alert = z.looseObject({
  ...ALERT_FIELDS,
  armed: ALERT_FIELDS.armed.optional(),
  conditions: ALERT_FIELDS.conditions.optional(),
  on: ALERT_FIELDS.on.optional(),
  repeat: ALERT_FIELDS.repeat.optional(),
});

/** What only the notifiers act on is not documented: what a delivery carries, and where it goes from here. */
const delivery = z.looseObject(DELIVERY_FIELDS).omit({ alerts: true, notice: true });

/** A topic as the document describes it. */
export interface TopicSchema {
  /** As the code and the settings call it. */
  readonly topic: Topic;
  readonly summary: string;
  readonly key: string;
  /** Undefined: the record's value is bytes. */
  readonly payload: z.ZodType | undefined;
  readonly headers?: z.ZodType;
}

/** Every topic. */
export const TOPIC_SCHEMAS: readonly TopicSchema[] = [
  {
    topic: "trades",
    summary:
      "One trade a record; the record's timestamp is the event time. Unknown keys are to be skipped. A record that begins with the key kind is no trade: a symbol's status, or how far time has come; unknown kinds are to be skipped.",
    key: "The symbol; of a time mark any text that its partition has.",
    payload: z.union([tradeSchema(), ...eventSchemas()]),
    headers: z.object({ "ingest-time": z.string().describe("Epoch ms at which the producer had it.") }),
  },
  {
    topic: "quotes",
    summary: "One order book of up to ten levels a record.",
    key: "The symbol.",
    payload: quoteSchema(),
    headers: z.object({ "ingest-time": z.string().describe("Epoch ms at which the producer had it.") }),
  },
  {
    topic: "rules",
    summary: "Compacted: the whole rule; a null value deletes it. Placed on its symbol's partition.",
    key:
      "The rule's id. Keys that begin with ~ are of no rule: versions up to 1.0 kept the control role's own records there.",
    payload: rule,
  },
  {
    topic: "alerts",
    summary: "One alert a record; the record's timestamp is the event time.",
    key: "The symbol.",
    payload: alert,
  },
  {
    topic: "deliveries",
    summary: "Compacted: the delivery ledger, the newest state of each alert and recipient.",
    key: "alertId|recipient.",
    payload: delivery,
  },
  {
    topic: "deadletter",
    summary: "What could not be handled: the original bytes, the reason in the headers.",
    key: "As it was.",
    payload: undefined,
    headers: z.object({
      code: z.string().describe("Stable, machine-readable."),
      reason: z.string(),
      role: z.string().describe("The role that gave up."),
      origin: z.string().describe("topic/partition/offset, or the source's name."),
      at: z.iso.datetime(),
    }),
  },
];
