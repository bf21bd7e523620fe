import { z } from "zod";
import { MARKET_SESSIONS } from "../market/market_session.ts";
import { isSymbol } from "../market/symbol.ts";
import type { Param } from "../rules/condition.ts";
import type { MeasureName } from "../rules/measures.ts";
import { REPEATS } from "../rules/repeat.ts";
import { CHANNELS, COMPARATORS, DIRECTIONS, LOCALES, RULE_KINDS, TRIGGERS } from "../rules/rule.ts";

/**
 * The one schema of an alert's fields: the topic's codec, the API's answers and the documents are made of it.
 *
 * @module
 */

/** Epoch ms, UTC. */
const time = z.number().int().min(0).max(8_640_000_000_000_000);

/** A condition as an alert has it. A measure that a newer stream knows is let pass. */
const MEASURED_CONDITION = z.object({
  measure: z.string().min(1).max(40) as unknown as z.ZodType<MeasureName>,
  params: z.array(z.union([z.string().max(20), z.number()]) as z.ZodType<Param>).max(4).optional(),
  comparator: z.enum(COMPARATORS),
  value: z.string().max(40).describe("A decimal text, exact at the measure's scale."),
  measured: z.string().max(40).optional().describe("What the measure said when the rule fired."),
});

/** The fields of an alert. */
export const ALERT_FIELDS = {
  id: z.string().min(3).max(200).describe(
    "rule@start, rule:SYMBOL@start, rule!N@start or rule:SYMBOL!N@start: the same however often the trade is evaluated.",
  ),
  ruleId: z.string().min(1).max(64),
  ruleVersion: z.number().int().min(0),
  armed: z.number().int().min(1).describe("The version of the rule that armed it."),
  tenant: z.string().max(200),
  kind: z.enum(RULE_KINDS),
  comparator: z.enum(COMPARATORS).nullable().describe("Null for price_limit and condition."),
  value: z.string().max(40).nullable().describe("A decimal text; null for price_limit and condition."),
  ruleDirection: z.enum(DIRECTIONS).nullable(),
  conditions: z.array(MEASURED_CONDITION).max(4).describe("The rule's conditions, with what made it fire."),
  on: z.enum(TRIGGERS),
  repeat: z.enum(REPEATS).nullable().describe("At most one alert in so long; null: as --window-ms says."),
  symbol: z.string().refine(isSymbol, "must be a symbol's six-character code"),
  name: z.string().max(400).describe("Korean name, or the code where none is known."),
  nameEn: z.string().max(400).optional(),
  direction: z.enum(["up", "down", "flat"]),
  price: z.number().describe("Won; 0: the symbol has not traded."),
  rate: z.number().describe("Per cent."),
  change: z.number().describe("Won."),
  volume: z.number().describe("Shares."),
  eventTime: time.describe("Event time of the trade"),
  marketSession: z.enum(MARKET_SESSIONS).optional().describe("The market session of the trade."),
  origin: z.enum(["filled", "polled"]).optional().describe(
    "How the trade came: filled in after a gap, or a price that was asked for; absent: live.",
  ),
  windowStart: time.describe("Start of the window, inclusive"),
  windowEnd: time.nullable().describe("End of the window, exclusive; null: of a rule that fires once"),
  closing: z.boolean().optional().describe("The rule's last alert of the day."),
  recipients: z.array(z.string().min(1).max(2000)).max(1000),
  channels: z.array(z.enum(CHANNELS)),
  locale: z.enum(LOCALES),
  note: z.string().max(2000),
  labels: z.record(z.string(), z.string()).optional().describe("The rule's labels; absent: none."),
} as const;
