import { z } from "@hono/zod-openapi";
import { instant, instantQuery } from "./common.ts";
import { VERDICTS } from "../rules/explain.ts";
import { symbolCode } from "./common.ts";
import { RuleInput, Warning } from "./rule.ts";
import { SubscriptionView } from "./system.ts";
import { TradeView } from "./market.ts";

export const TrialInput = RuleInput;
export const TrialQuery = z.strictObject({
  from: instantQuery.optional().openapi({
    description: "Event time, inclusive; by default the last session's day",
  }),
  to: instantQuery.optional().openapi({ description: "Event time, exclusive" }),
});

const Fire = z.object({
  at: instant,
  symbol: z.string(),
  windowStart: instant,
  price: z.number(),
  rate: z.number(),
  change: z.number(),
});

export const TrialView = z.object({
  from: instant,
  to: instant,
  trades: z.number().int().openapi({ description: "Recorded trades that were evaluated" }),
  complete: z.boolean().openapi({ description: "false: there were more trades than are evaluated at once" }),
  fires: z.number().int().openapi({ description: "How often it would have fired" }),
  alerts: z.array(Fire).openapi({ description: "When: the first 1,000" }),
  engine: z.enum(["wasm", "oracle"]),
  warnings: z.array(Warning).openapi({ description: "What is odd about the rule without being wrong" }),
}).openapi("Trial");

export const ExplainQuery = z.strictObject({
  symbol: symbolCode.optional().openapi({
    description: "One of a rule's symbols; by default the first of them that has traded",
  }),
});

export const ExplanationView = z.object({
  ruleId: z.string(),
  symbol: z.string().openapi({ description: "The symbol it is explained for" }),
  verdict: z.enum(VERDICTS),
  reason: z.string(),
  conditions: z.array(z.object({
    when: z.string().openapi({ example: "from_open >= 5" }),
    measured: z.string().nullable(),
    distance: z.string().nullable().openapi({ description: "Threshold minus measured" }),
    holds: z.boolean(),
    missing: z.string().nullable().openapi({ description: "Why the measure has no value" }),
  })),
  current: z.string().nullable().openapi({ description: "What the rule compares, of the last trade" }),
  threshold: z.string().nullable(),
  distance: z.string().nullable().openapi({ description: "Threshold minus current" }),
  holds: z.boolean().openapi({ description: "Whether the last trade meets the condition" }),
  window: z.object({ start: instant, end: instant.nullable() }).nullable(),
  alertId: z.string().nullable().openapi({ description: "The alert of this window, when it has fired" }),
  lastTrade: TradeView.nullable(),
  feed: SubscriptionView.nullable().openapi({
    description:
      "How the symbol is subscribed at the feed; null where it is not, or the feed has no subscriptions",
  }),
}).openapi("Explanation");

export const PreviewView = z.object({
  subject: z.string(),
  text: z.string(),
  html: z.string(),
}).openapi("MessagePreview");
