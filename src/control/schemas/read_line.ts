import { z } from "@hono/zod-openapi";
import { MARKET_SESSIONS } from "../../market/market_session.ts";
import { MARKET_SCOPES } from "../../rules/parse_rule_target.ts";
import { REPEATS } from "../../rules/repeat.ts";
import { LOCALES, MAX_LINE, TRIGGERS } from "../../rules/rule.ts";

/** A rule as people say it. */
export const LineInput = z.strictObject({
  line: z.string().min(1).max(MAX_LINE).openapi({
    description: "One line, Korean or English",
    example: "하이닉스 3% 빠지면 한 번만",
  }),
  locale: z.enum(LOCALES).optional().openapi({ description: "Of the words in the answer; ko by default" }),
}).openapi("LineInput");

export const ReadLineView = z.object({
  rule: z.object({
    symbol: z.string().optional(),
    market: z.enum(MARKET_SCOPES).optional(),
    when: z.string(),
    on: z.enum(TRIGGERS),
    repeat: z.enum(REPEATS).nullable(),
    sessions: z.array(z.enum(MARKET_SESSIONS)).nullable(),
  }).nullable().openapi({
    description:
      "The fields of the rule it would make, for POST /v1/rules with recipients; null: something is missing",
  }),
  words: z.string().nullable().openapi({
    description: "That rule in words",
    example: "SK하이닉스: 하락률이 3% 이상 (한 번만)",
  }),
  understood: z.array(z.object({ text: z.string(), as: z.string() })).openapi({
    description: "What each piece of the line was taken for",
  }),
  rest: z.array(z.string()).openapi({
    description: "Words that were not understood; the rule leaves them out",
  }),
  missing: z.array(z.enum(["symbol", "conditions"])),
  candidates: z.array(z.object({ symbol: z.string(), name: z.string(), nameEn: z.string() })).openapi({
    description: "Symbols that may have been meant",
  }),
}).openapi("ReadLine");
