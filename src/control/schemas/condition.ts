import { z } from "@hono/zod-openapi";
import { COMPARATOR_NAMES, MEASURE_WORDS } from "../../rules/names.ts";
import { MAX_CONDITIONS } from "../../rules/condition.ts";
import { MAX_WHEN } from "../../rules/when.ts";

const param = z.union([z.string().max(20), z.number().int()]);

/** A condition as a caller writes it. */
const ConditionInput = z.strictObject({
  measure: z.enum(MEASURE_WORDS as [string, ...string[]]).openapi({
    description: "A measure's name, in Korean too: docs/measures.md",
    example: "from_open",
  }),
  params: z.array(param).max(4).optional().openapi({ example: ["52w"] }),
  comparator: z.enum(COMPARATOR_NAMES as [string, ...string[]]),
  value: z.union([z.string().max(40), z.number()]).openapi({ example: "5" }),
}).openapi("ConditionInput");

export const conditionsInput = z.array(ConditionInput).min(1).max(MAX_CONDITIONS);

/** Conditions as text. */
export const whenInput = z.string().min(1).max(MAX_WHEN).openapi({
  description: "One to four comparisons joined by and, in place of kind, comparator, value and direction",
  example: "from_open >= 5 and day_value >= 10000000000",
});
