import { z } from "@hono/zod-openapi";
import type { Api } from "./http/api.ts";
import { ALERT_FIELDS } from "../alerts/alert_fields.ts";

const alertBody = z.object(ALERT_FIELDS).openapi("WebhookAlert");

const payload = z.object({
  type: z.enum(["alert", "digest", "test"]),
  id: z.string().openapi({ description: "The delivery's id, the same on every try" }),
  sentAt: z.number().int().openapi({ description: "Epoch ms" }),
  subject: z.string(),
  text: z.string(),
  alerts: z.array(alertBody),
}).openapi("WebhookPayload");

const headers = z.object({
  "Tickbell-Delivery": z.string().openapi({
    description: "The delivery's id: what repetitions are known by",
  }),
  "Tickbell-Timestamp": z.string().openapi({ description: "Unix seconds" }),
  "Tickbell-Signature": z.string().openapi({
    description: "HMAC-SHA256 of `TIMESTAMP.BODY` in hex, one for each secret in use, commas between",
  }),
  "webhook-id": z.string(),
  "webhook-timestamp": z.string(),
  "webhook-signature": z.string().openapi({ description: "Standard Webhooks, by the endpoint's own secret" }),
});

/** Describes what a webhook recipient is sent, in the document. */
export function documentWebhooks(api: Api): void {
  const answers = {
    "2XX": { description: "Taken; nothing is sent again" },
    default: { description: "Tried again, with waits; a 410 or another 4xx ends it" },
  };
  api.app.openAPIRegistry.registerWebhook({
    method: "post",
    path: "alert",
    operationId: "onAlert",
    summary: "An alert, or a digest of several, to a recipient `webhook:https://…`",
    tags: ["webhooks"],
    request: { headers, body: { required: true, content: { "application/json": { schema: payload } } } },
    responses: answers,
  });
}
