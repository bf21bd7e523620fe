import { z } from "@hono/zod-openapi";
import { OVERLAP_SECONDS } from "../auth/overlap.ts";

/** An instant in an answer: ISO 8601, UTC. */
export const instant = z.string().openapi({ format: "date-time", example: "2026-11-23T00:30:00.000Z" });

/** Text that names an instant in a query: ISO 8601 with an offset, or epoch ms. */
export const instantQuery = z.string().min(1).max(40).openapi({ example: "2026-11-23T09:00:00+09:00" });

export const symbolCode = z.string().regex(
  /^(?:[0-9A-Z]{6}|Q[0-9]{6})$/,
  "must be a symbol's code such as 005930",
)
  .openapi({
    description: "KRX short code, six characters, or Q and six digits for an ETN",
    example: "005930",
  });

export const lastEventId = z.string().min(1).max(2_000).openapi({
  description: "The id of the last event that was seen; as a query for clients that cannot send the header",
});

export const cursorQuery = z.string().min(1).max(2_000).openapi({
  description: "The nextCursor of the page before",
});

export const limitQuery = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback).openapi({
    type: "integer",
    minimum: 1,
    maximum: max,
    description: "How many at most",
  });

const Issue = z.object({
  field: z.string().openapi({ description: "Path of the field; empty for the request as a whole" }),
  code: z.string().openapi({ description: "Stable, machine-readable", example: "too_many_decimals" }),
  reason: z.string(),
  value: z.unknown().optional().openapi({ description: "The value as it was given, cut when long" }),
}).openapi("Issue");

/** RFC 9457 problem details. */
export const Problem = z.object({
  type: z.string().openapi({ example: "/problems/bad_rule", description: "A page about the code" }),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(Issue).optional(),
}).openapi("Problem", {
  example: {
    type: "/problems/bad_rule",
    title: "Bad request",
    status: 400,
    code: "bad_rule",
    detail: "value: must be a decimal with at most 2 places, got 5.125",
    requestId: "5b8c3f0e-3c53-4f6f-9e0b-8f3f4f7a2c11",
    errors: [{
      field: "value",
      code: "too_many_decimals",
      reason: "must be a decimal with at most 2 places",
      value: 5.125,
    }],
  },
});

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T, name: string) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().openapi({
      description: "Give it as cursor for the next page; null at the end",
    }),
  }).openapi(name);
}

export const ProblemCatalogue = z.object({
  data: z.array(z.object({
    code: z.string(),
    statuses: z.array(z.number().int()),
    means: z.string(),
    todo: z.string(),
  })),
  nextCursor: z.null(),
}).openapi("ProblemCatalogue");

/** How long what is rotated works on, s. */
export function overlapSeconds(description: string) {
  const { usual, most } = OVERLAP_SECONDS;
  return z.number().int().min(0).max(most).default(usual).optional().openapi({ description });
}
