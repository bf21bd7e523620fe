import { z } from "@hono/zod-openapi";
import { DELIVERY_FIELDS } from "../../alerts/delivery_fields.ts";
import { DeliveryView } from "./alert.ts";
import { cursorQuery, instantQuery, limitQuery, pageOf } from "./common.ts";

/** A delivery in the list over all alerts. */
export const ListedDelivery = DeliveryView.extend({
  alertId: z.string().openapi({ description: "The alert's id; of a digest `digest:` and its first alert's" }),
  ruleId: z.string().nullable().openapi({ description: "null: of a digest" }),
  symbol: z.string(),
}).openapi("ListedDelivery");

export const DeliveryPage = pageOf(ListedDelivery, "DeliveryPage");

export const DeliveryListQuery = z.strictObject({
  state: DELIVERY_FIELDS.state.optional(),
  channel: DELIVERY_FIELDS.channel.optional(),
  recipient: z.string().min(1).max(2_000).optional(),
  ruleId: z.string().min(1).max(100).optional(),
  code: z.string().min(1).max(100).optional().openapi({ description: "Why it was not sent, e.g. silenced" }),
  since: instantQuery.optional().openapi({ description: "When the state was reached, inclusive" }),
  until: instantQuery.optional().openapi({ description: "When the state was reached, exclusive" }),
  limit: limitQuery(100, 1_000).optional(),
  cursor: cursorQuery.optional(),
});
