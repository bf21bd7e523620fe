import { z } from "@hono/zod-openapi";
import { MARKET_SESSIONS } from "../../market/market_session.ts";
import { MOST_ALERTS_PER_DAY } from "../../rules/parse_rule_policy.ts";
import { MARKET_SCOPES } from "../../rules/parse_rule_target.ts";
import { KIND_NAMES } from "../../rules/parse_shorthand.ts";
import { REPEATS } from "../../rules/repeat.ts";
import {
  CHANNELS,
  COMPARATORS,
  DEFAULT_MAX_ALERTS_PER_DAY,
  DIRECTIONS,
  LOCALES,
  MAX_SYMBOLS,
  TRIGGERS,
} from "../../rules/rule.ts";
import type { DraftField } from "../../rules/parse_rule.ts";
import { RULE_FIELDS, type RuleTime } from "../../rules/rule_fields.ts";
import { conditionsInput, whenInput } from "./condition.ts";
import { cursorQuery, instant, limitQuery, pageOf, symbolCode } from "./common.ts";

const KOREAN_COMPARATORS = ["초과", "이상", "미만", "이하"] as const;

const ruleId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/).openapi({ example: "samsung-71950" });
const recipients = z.array(z.string().min(1).max(2_000)).min(1).max(50).openapi({
  description:
    "Mail addresses, webhook:https://… or webhook:NAME (see /v1/webhooks), slack:https://…, telegram:CHAT_ID, discord:https://…, ntfy:TOPIC, sms:PHONE, push:https://…",
  example: ["kim@example.com"],
});
const labels = z.record(z.string(), z.string().max(200)).openapi({ example: { team: "desk-1" } });

const targetFields = {
  symbol: symbolCode.nullable().optional(),
  symbols: z.array(symbolCode).min(1).max(MAX_SYMBOLS).nullable().optional().openapi({
    description: "In place of symbol: each is watched on its own",
  }),
  market: z.enum(MARKET_SCOPES).nullable().optional().openapi({
    description: "In place of symbol: every symbol of a market",
  }),
};

const draftFields = {
  when: whenInput.nullable().optional(),
  conditions: conditionsInput.nullable().optional(),
  kind: z.enum(KIND_NAMES).nullable().optional().openapi({
    description:
      "A shorthand: price_limit 상하한가, change_rate 등락률, target_price 목표가, day_change 전일대비; " +
      "condition where when or conditions say it",
  }),
  comparator: z.enum([...COMPARATORS, ...KOREAN_COMPARATORS]).nullable().optional(),
  value: z.union([z.string().max(40), z.number()]).nullable().optional().openapi({
    description:
      "Exact: whole won, or per cent with at most 2 decimals for change_rate; more are refused, not rounded",
    example: "71950",
  }),
  condition: z.string().max(80).optional().openapi({
    description: "Value and comparator in one, in place of the two fields",
    example: "53200|미만",
  }),
  direction: z.enum(DIRECTIONS).nullable().optional().openapi({
    description:
      "up compares the rise, down the fall, either the absolute value (the default); not for target_price",
  }),
  on: z.enum(TRIGGERS).nullable().optional().openapi({
    description:
      "level (default): on the first trade on which it holds; crossing: on one on which it comes to hold",
  }),
  repeat: z.enum(REPEATS).nullable().optional().openapi({
    description: "At most once in so long; once: until it is armed again; by default as --window-ms says",
  }),
  sessions: z.array(z.enum(MARKET_SESSIONS)).min(1).max(MARKET_SESSIONS.length).nullable().optional().openapi(
    {
      description: "The sessions whose trades count; all by default",
    },
  ),
  maxAlertsPerDay: z.number().int().min(1).max(MOST_ALERTS_PER_DAY).nullable().optional().openapi({
    description: `By default ${DEFAULT_MAX_ALERTS_PER_DAY} for symbols and market, else none`,
  }),
  channels: z.array(z.enum(CHANNELS)).min(1).max(CHANNELS.length).optional().openapi({
    description: "The channels that are on; by default those that the recipients name",
  }),
  locale: z.enum(LOCALES).optional().openapi({ description: "Language of the messages; ko by default" }),
  note: z.string().max(400).optional().openapi({
    description: "Your own words in the message, up to 200 characters",
  }),
  labels: labels.optional(),
  enabled: z.boolean().optional(),
  expiresAt: z.union([z.string().max(40), z.number().int()]).nullable().optional().openapi({
    description: "ISO 8601 with an offset, or epoch ms; null: never",
    example: "2026-12-31T15:30:00+09:00",
  }),
};

/** All that a caller may write; a field of a rule that is missing here does not compile. */
const inputFields = {
  id: ruleId.optional(),
  ...targetFields,
  ...draftFields,
  recipients,
} satisfies Record<DraftField, z.ZodType>;

/** A rule as a caller writes it. */
export const RuleInput = z.strictObject(inputFields).openapi("RuleInput", {
  example: {
    symbol: "005930",
    kind: "target_price",
    comparator: "gte",
    value: "71950",
    recipients: ["kim@example.com"],
  },
});

export const Warning = z.object({ field: z.string(), code: z.string(), reason: z.string() }).openapi(
  "Warning",
);

const serverFields = {
  tenant: z.string().optional().openapi({ description: "Read back and not written" }),
  version: z.number().int().optional().openapi({ description: "Read back and not written; see If-Match" }),
  armed: z.number().int().optional(),
  armedAt: z.string().optional(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
  name: z.string().nullable().optional(),
  next: z.string().optional(),
  warnings: z.array(Warning).optional(),
} satisfies Record<Exclude<keyof RuleViewBody, DraftField>, z.ZodType>;

/** A rule as a caller writes it over one that stands: what GET answered may be sent back. */
export const RuleReplacement = z.strictObject({
  ...RuleInput.shape,
  ...serverFields,
}).openapi("RuleReplacement", {
  example: {
    symbol: "005930",
    kind: "target_price",
    comparator: "lt",
    value: "53200",
    recipients: ["kim@example.com"],
  },
});

/** RFC 7396: the fields that change; null takes a field back to its default. */
export const RulePatch = z.strictObject({
  ...inputFields,
  channels: draftFields.channels.nullable(),
  locale: draftFields.locale.nullable(),
  note: draftFields.note.nullable(),
  labels: z.record(z.string(), z.string().max(200).nullable()).nullable().optional(),
  enabled: draftFields.enabled.nullable(),
  recipients: recipients.optional(),
}).openapi("RulePatch", { example: { enabled: false } });

const ruleTimes = {
  expiresAt: instant.nullable(),
  armedAt: instant,
  createdAt: instant,
  updatedAt: instant,
} satisfies Record<RuleTime, z.ZodType>;

/** A rule as the API answers it. */
export const RuleView = z.object({
  ...RULE_FIELDS,
  ...ruleTimes,
  name: z.string().nullable().openapi({
    description: "The symbol's Korean name, where it is known",
    example: "삼성전자",
  }),
  when: z.string().openapi({ description: "The conditions as text", example: "price >= 71950" }),
  next: z.string().optional().openapi({
    description: "What happens next, said when it is written",
    example: "fired at 17:54, again from 18:00",
  }),
  warnings: z.array(Warning).optional().openapi({
    description: "What is odd about the rule without being wrong, said when it is written",
  }),
}).openapi("Rule");

export const RulePage = pageOf(RuleView, "RulePage");

const RULE_SORTS = [
  "createdAt",
  "-createdAt",
  "updatedAt",
  "-updatedAt",
  "symbol",
  "-symbol",
  "id",
  "-id",
] as const;

export const RuleFilter = z.strictObject({
  symbol: symbolCode.optional(),
  kind: z.enum(KIND_NAMES).optional(),
  recipient: z.string().min(1).max(2_000).optional().openapi({ description: "One of the recipients, whole" }),
  enabled: z.enum(["true", "false"]).optional(),
  owner: z.string().min(1).max(200).optional().openapi({ description: "The value of the label owner" }),
  label: z.string().min(1).max(300).optional().openapi({
    description: "name or name=value; several with commas, all of which must hold",
    example: "team=desk-1",
  }),
  text: z.string().min(1).max(200).optional().openapi({
    description: "In the id, the note, the symbol or its name",
  }),
});

export const RuleListQuery = RuleFilter.extend({
  sort: z.enum(RULE_SORTS).default("-createdAt").optional().openapi({
    description: "- for the other way round",
  }),
  limit: limitQuery(100, 1_000).optional(),
  cursor: cursorQuery.optional(),
});

export type RuleViewBody = z.output<typeof RuleView>;
