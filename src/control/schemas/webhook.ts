import { z } from "@hono/zod-openapi";
import { CHANNEL_KINDS, isEndpointName } from "../../rules/channels.ts";
import { DELIVERY_STATES } from "../../alerts/ledger.ts";
import { hasUnsafeCharacters } from "../../rules/text_checks.ts";
import { instant, overlapSeconds, pageOf } from "./common.ts";

const id = z.string().regex(
  /^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$/,
  "must be 1 to 40 of a-z 0-9 _ -, a letter or digit at both ends",
).refine(isEndpointName).openapi({
  description: "Its name: a rule's recipient webhook:NAME goes there",
  example: "orders-desk",
});
const url = z.string().min(1).max(1_900).superRefine((text, context) => {
  const fault = isEndpointName(text) ? "must be a URL" : CHANNEL_KINDS.webhook.fault(text);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
}).openapi({ example: "https://desk.example.com/hooks/tickbell" });
const oneLine = (most: number) =>
  z.string().max(most).refine(
    (text) => !hasUnsafeCharacters(text),
    "must be one line without control characters",
  );
const labels = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, "must be a name of 1 to 63 of A-Z a-z 0-9 . _ / -"),
  oneLine(200),
).refine((given) => Object.keys(given).length <= 16, "must be at most 16").openapi({
  example: { team: "desk-1" },
});

export const WebhookInput = z.strictObject({
  id,
  url,
  description: oneLine(500).default("").optional(),
  labels: labels.optional(),
  enabled: z.boolean().default(true).optional().openapi({ description: "false: nothing is sent" }),
}).openapi("WebhookInput");

export const WebhookPatch = z.strictObject({
  url: url.optional(),
  description: oneLine(500).optional(),
  labels: labels.optional().openapi({ description: "All of them: what is left out is gone" }),
  enabled: z.boolean().optional(),
}).openapi("WebhookPatch");

const WebhookResult = z.object({
  alertId: z.string().openapi({ description: "The alert's id, a digest's, or a test's" }),
  state: z.enum(DELIVERY_STATES),
  attempts: z.number().int(),
  at: instant,
  code: z.string().optional(),
  reason: z.string().optional(),
}).openapi("WebhookResult");

export const WebhookView = z.object({
  id: z.string(),
  url: z.string().openapi({ description: "In lists only the host: the rest may be a secret" }),
  description: z.string(),
  labels: z.record(z.string(), z.string()),
  enabled: z.boolean(),
  secrets: z.array(z.object({
    createdAt: instant,
    endsAt: instant.nullable().openapi({ description: "null: in use; else it signs as well until then" }),
  })).openapi({ description: "The secrets that sign, without themselves; the newest first" }),
  createdAt: instant,
  createdBy: z.string(),
  updatedAt: instant,
}).openapi("Webhook");

export const WebhookDetail = WebhookView.extend({
  results: z.array(WebhookResult).openapi({ description: "What became of the newest messages, at most 20" }),
}).openapi("WebhookDetail");

export const NewWebhook = WebhookView.extend({
  secret: z.string().openapi({
    description: "What calls are verified with, `whsec_…` as Standard Webhooks has it: shown this once",
  }),
}).openapi("NewWebhook");

export const WebhookPage = pageOf(WebhookView, "WebhookPage");

export const WebhookRotateInput = z.strictObject({
  overlapSeconds: overlapSeconds("How long the old secret signs as well"),
}).openapi("WebhookRotateInput");

export const RedeliverInput = z.union([
  z.strictObject({
    alertId: z.string().min(1).max(200).openapi({ description: "One message, also one that was sent" }),
  }),
  z.strictObject({
    failedSince: z.union([z.string().max(40), z.number().int()]).openapi({
      description: "All that ended without being sent since then",
      example: "2026-11-23T09:00:00+09:00",
    }),
  }),
]).openapi("RedeliverInput");

export const RedeliverView = z.object({
  alertIds: z.array(z.string()).openapi({ description: "What is sent again; at most 1,000 at once" }),
}).openapi("Redelivered");

export const WebhookTestView = z.object({
  alertId: z.string().openapi({ description: "What the test is called among the results" }),
}).openapi("WebhookTest");
