import { z } from "@hono/zod-openapi";
import { DELIVERY_STATES } from "../../alerts/ledger.ts";
import { CHANNELS, COMPARATORS, DIRECTIONS, LOCALES, RULE_KINDS, TRIGGERS } from "../../rules/rule.ts";
import { KIND_NAMES } from "../../rules/parse_shorthand.ts";
import { REPEATS } from "../../rules/repeat.ts";
import { cursorQuery, instant, instantQuery, limitQuery, pageOf, symbolCode } from "./common.ts";
import { MeasuredConditionView } from "./condition.ts";

/** An alert as the API answers it. */
export const AlertView = z.object({
  id: z.string().openapi({ example: "samsung-71950@1795395600000" }),
  ruleId: z.string(),
  ruleVersion: z.number().int(),
  armed: z.number().int(),
  tenant: z.string(),
  kind: z.enum(RULE_KINDS),
  comparator: z.enum(COMPARATORS).nullable(),
  value: z.string().nullable(),
  ruleDirection: z.enum(DIRECTIONS).nullable(),
  conditions: z.array(MeasuredConditionView),
  on: z.enum(TRIGGERS),
  repeat: z.enum(REPEATS).nullable(),
  symbol: z.string(),
  name: z.string(),
  nameEn: z.string().optional(),
  direction: z.enum(["up", "down", "flat"]),
  price: z.number(),
  rate: z.number(),
  change: z.number(),
  volume: z.number(),
  eventTime: instant,
  windowStart: instant,
  windowEnd: instant.nullable().openapi({ description: "null: of a rule that fires once" }),
  closing: z.boolean().optional().openapi({ description: "The rule's last alert of the day" }),
  recipients: z.array(z.string()),
  channels: z.array(z.enum(CHANNELS)),
  locale: z.enum(LOCALES),
  note: z.string(),
}).openapi("Alert");

export const DeliveryView = z.object({
  recipient: z.string(),
  channel: z.enum(CHANNELS),
  state: z.enum(DELIVERY_STATES),
  attempts: z.number().int(),
  at: instant,
  code: z.string().optional(),
  reason: z.string().optional(),
  retryAt: instant.optional(),
  providerId: z.string().optional(),
  transport: z.string().optional(),
  digestId: z.string().optional(),
}).openapi("Delivery");

export const AlertDetail = AlertView.extend({ deliveries: z.array(DeliveryView) }).openapi("AlertDetail");
export const AlertPage = pageOf(AlertView, "AlertPage");

export const AlertListQuery = z.strictObject({
  symbol: symbolCode.optional(),
  ruleId: z.string().min(1).max(100).optional(),
  kind: z.enum(KIND_NAMES).optional(),
  recipient: z.string().min(1).max(2_000).optional(),
  from: instantQuery.optional().openapi({ description: "Event time, inclusive" }),
  to: instantQuery.optional().openapi({ description: "Event time, exclusive" }),
  limit: limitQuery(100, 1_000).optional(),
  cursor: cursorQuery.optional(),
});

export type AlertViewBody = z.output<typeof AlertView>;
