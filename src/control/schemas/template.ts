import { z } from "@hono/zod-openapi";
import { instant } from "./common.ts";

const text = z.string().nullable();

export const TemplateInput = z.strictObject({
  subject: text.optional().openapi({ example: "{{name}} {{price}} ({{reached}})" }),
  text: text.optional().openapi({ example: "{{name}} {{reached}}\n{{time}} {{session}}\n{{link}}" }),
  webhook: text.optional().openapi({
    description: "JSON text of an object; placeholders stand within its texts",
    example: '{"text":"{{name}} {{price}}","price":"{{priceNumber}}"}',
  }),
}).openapi("TemplateInput");

export const TemplateView = z.object({
  subject: text.openapi({ description: "null: our own words" }),
  text,
  webhook: text,
  updatedAt: instant.nullable(),
  updatedBy: z.string().nullable(),
  placeholders: z.record(z.string(), z.string()).openapi({ description: "What may stand in {{ }}" }),
  sample: z.object({ subject: z.string(), text: z.string(), body: z.string().nullable() }).openapi({
    description: "An example alert by these templates",
  }),
}).openapi("Template");
