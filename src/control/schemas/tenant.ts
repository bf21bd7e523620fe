import { z } from "@hono/zod-openapi";
import { instant, pageOf } from "./common.ts";

export const TenantView = z.object({
  tenant: z.string(),
  rules: z.number().int(),
  keys: z.number().int().openapi({ description: "API keys that work" }),
  lastUsedAt: instant.nullable().openapi({
    description: "When one of its keys was last used, to ten minutes; null: never, since this is noted",
  }),
}).openapi("Tenant");

export const TenantPage = pageOf(TenantView, "TenantPage");
