import { z } from "zod";
import { MARKET_SESSIONS } from "../market/market_session.ts";
import { isSymbol } from "../market/symbol.ts";
import type { Param } from "./condition.ts";
import { MAX_CONDITIONS } from "./condition.ts";
import { MEASURE_NAMES } from "./measures.ts";
import { MARKET_SCOPES } from "./parse_rule_target.ts";
import { REPEATS } from "./repeat.ts";
import {
  CHANNELS,
  COMPARATORS,
  DIRECTIONS,
  LOCALES,
  MAX_SYMBOLS,
  type Rule,
  RULE_KINDS,
  TRIGGERS,
} from "./rule.ts";

/**
 * The one schema of a rule's fields as it is answered and written: the API's view, the export's columns, the console's
 * types and the topic's document are made of it. How a caller's rule is read is `parse_rule.ts`.
 *
 * @module
 */

const symbol = z.string().refine(isSymbol, "must be a symbol's six-character code");

/** A condition as it is written. */
const WRITTEN_CONDITION = z.object({
  measure: z.enum(MEASURE_NAMES),
  params: z.array(z.union([z.string(), z.number()]) as z.ZodType<Param>).optional(),
  comparator: z.enum(COMPARATORS),
  value: z.string().describe("A decimal text, exact at the measure's scale."),
});

/** A rule's times: epoch ms in its record, ISO 8601 in an answer. */
export type RuleTime = "expiresAt" | "armedAt" | "createdAt" | "updatedAt";

/** What a rule says, its times left out; a field of {@link Rule} that is missing here does not compile. */
export const RULE_FIELDS = {
  id: z.string(),
  tenant: z.string(),
  symbol: symbol.nullable().describe("The one symbol it is for; null: see symbols and market."),
  symbols: z.array(symbol).min(1).max(MAX_SYMBOLS).nullable(),
  market: z.enum(MARKET_SCOPES).nullable(),
  kind: z.enum(RULE_KINDS),
  comparator: z.enum(COMPARATORS).nullable().describe("Null for price_limit and condition."),
  value: z.string().nullable().describe(
    "A decimal text, exact at the kind's scale; null for price_limit and condition.",
  ),
  direction: z.enum(DIRECTIONS).nullable().describe("Null for target_price and condition."),
  conditions: z.array(WRITTEN_CONDITION).min(1).max(MAX_CONDITIONS).describe("What must hold, all of it."),
  on: z.enum(TRIGGERS),
  repeat: z.enum(REPEATS).nullable().describe("At most one alert in so long; null: as --window-ms says."),
  sessions: z.array(z.enum(MARKET_SESSIONS)).nullable().describe("The sessions that count; null: all."),
  maxAlertsPerDay: z.number().int().nullable(),
  recipients: z.array(z.string()).min(1).max(50).describe(
    "Mail addresses, or a channel's address: webhook:https://… or webhook:NAME, slack:https://…, telegram:CHAT_ID, …",
  ),
  channels: z.array(z.enum(CHANNELS)),
  locale: z.enum(LOCALES),
  note: z.string().max(200),
  labels: z.record(z.string(), z.string()),
  enabled: z.boolean(),
  version: z.number().int().min(1),
  armed: z.number().int().min(1).describe("The version that armed it."),
} as const satisfies Record<Exclude<keyof Rule, RuleTime>, z.ZodType>;
