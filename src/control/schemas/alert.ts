import { z } from "@hono/zod-openapi";
import { DELIVERY_STATES } from "../../alerts/ledger.ts";
import { ALERT_FIELDS } from "../../alerts/alert_fields.ts";
import { CHANNELS } from "../../rules/rule.ts";
import { KIND_NAMES } from "../../rules/parse_shorthand.ts";
import { cursorQuery, instant, instantQuery, limitQuery, pageOf, symbolCode } from "./common.ts";

/** An alert as the API answers it: its times in ISO 8601. */
export const AlertView = z.object({
  ...ALERT_FIELDS,
  eventTime: instant,
  windowStart: instant,
  windowEnd: instant.nullable().openapi({ description: "null: of a rule that fires once" }),
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
