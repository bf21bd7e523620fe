import { z } from "@hono/zod-openapi";
import { instant, pageOf } from "./common.ts";

const ComponentView = z.object({
  state: z.enum(["starting", "ready", "degraded", "down"]),
  detail: z.string(),
}).openapi("Component");

export const HealthView = z.object({
  status: z.enum(["ok", "ready", "degraded", "not_ready"]),
  components: z.record(z.string(), ComponentView).optional(),
}).openapi("Health");

export const SubscriptionView = z.object({
  symbol: z.string(),
  venue: z.enum(["KRX", "NXT", "UN"]),
  since: instant,
  lastAt: instant.nullable().openapi({
    description: "When a trade or an expected price of it came last; null: never. Up to a minute old",
  }),
  silent: z.string().nullable().openapi({
    description: "Why it has probably never spoken, where it should have by now",
  }),
}).openapi("Subscription");

export const StatusView = z.object({
  ready: z.boolean(),
  components: z.record(z.string(), ComponentView),
  source: z.object({
    name: z.string(),
    state: z.string(),
    detail: z.string(),
    refused: z.array(z.object({ symbol: z.string(), reason: z.string() })),
    symbols: z.array(SubscriptionView).openapi({ description: "What is subscribed at a live feed" }),
  }).nullable(),
  gaps: z.array(z.object({ symbol: z.string(), reason: z.string(), at: instant })),
  events: z.array(z.object({ symbol: z.string(), what: z.string(), at: instant })),
  lag: z.array(z.object({ role: z.string(), records: z.number() })),
  rules: z.number().int(),
  selfCheck: z.object({
    since: instant.openapi({ description: "When the first of these rounds ended" }),
    rounds: z.number().int(),
    trades: z.number().int().openapi({ description: "Trades that were evaluated again" }),
    missed: z.number().int().openapi({ description: "Alerts that should have fired and did not" }),
    unexpected: z.number().int().openapi({ description: "Alerts that fired and should not have" }),
  }).nullable().openapi({
    description: "What self-checks have found in the last weeks; null before their first round",
  }),
  now: instant,
}).openapi("Status");

export const MailSummaryView = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  at: instant,
}).openapi("MailSummary");

export const MailView = MailSummaryView.extend({ text: z.string(), html: z.string() }).openapi("Mail");
export const MailPage = pageOf(MailSummaryView, "MailPage");
export const SessionInput = z.strictObject({ key: z.string().min(1).max(500) }).openapi("SessionInput");
