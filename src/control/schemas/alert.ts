import { z } from "@hono/zod-openapi";
import { DELIVERY_FIELDS } from "../../alerts/delivery_fields.ts";
import { ALERT_FIELDS } from "../../alerts/alert_fields.ts";
import { KIND_NAMES } from "../../rules/parse_shorthand.ts";
import { cursorQuery, instant, instantQuery, limitQuery, pageOf, symbolCode } from "./common.ts";

/** An alert as the API answers it: its times in ISO 8601. */
export const AlertView = z.object({
  ...ALERT_FIELDS,
  eventTime: instant,
  windowStart: instant,
  windowEnd: instant.nullable().openapi({ description: "null: of a rule that fires once" }),
}).openapi("Alert");

/** A delivery as the API answers it: its times in ISO 8601, without the alerts it carries. */
export const DeliveryView = z.object(DELIVERY_FIELDS).pick({
  recipient: true,
  channel: true,
  state: true,
  attempts: true,
  at: true,
  code: true,
  reason: true,
  retryAt: true,
  providerId: true,
  transport: true,
  digestId: true,
}).extend({ at: instant, retryAt: instant.optional() }).openapi("Delivery");

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
