import { z } from "@hono/zod-openapi";
import { CONSENT_STATES, CONSENT_WORDS } from "../../alerts/consent.ts";
import { LOCALES } from "../../rules/rule.ts";
import { instant, pageOf } from "./common.ts";

export const ConsentView = z.object({
  recipient: z.string(),
  state: z.enum(CONSENT_STATES),
  by: z.enum(CONSENT_WORDS).openapi({
    description: "link: the address itself; operator; upgrade: its rule stood before addresses were asked",
  }),
  at: instant,
  askedAt: instant.nullable().openapi({ description: "When it was last sent a confirmation mail" }),
}).openapi("Consent");

export const ConsentPage = pageOf(ConsentView, "ConsentPage");

export const ConsentInput = z.strictObject({
  state: z.enum(["asked", "confirmed"]).openapi({ description: "confirmed: operators only" }),
  tenant: z.string().max(20).optional().openapi({ description: "Another tenant's, by an operator" }),
  locale: z.enum(LOCALES).optional().openapi({ description: "Of the confirmation mail; ko by default" }),
}).openapi("ConsentInput");

export const TestInput = z.strictObject({
  recipient: z.string().min(1).max(2_000),
  locale: z.enum(LOCALES).optional(),
}).openapi("RecipientTestInput");

export const TestView = z.object({
  deliveryId: z.string().openapi({ description: "Its alertId in /v1/deliveries" }),
}).openapi("RecipientTest");
