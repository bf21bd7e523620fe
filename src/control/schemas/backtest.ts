import { z } from "@hono/zod-openapi";
import { TRIGGERS } from "../../rules/rule.ts";
import { REPEATS } from "../../rules/repeat.ts";
import { BACKTEST_STATES } from "../backtests/shelf.ts";
import { cursorQuery, instant, limitQuery, pageOf, symbolCode } from "./common.ts";
import { RuleInput } from "./rule.ts";

/** The most rules of one backtest, and symbols it is narrowed to. */
export const MOST_RULES = 1_000;
const MOST_SYMBOLS = 500;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as "2026-11-27"').openapi({
  description: "A day in Seoul, inclusive",
  example: "2026-11-27",
});

/** A rule as a caller writes it; who would get its messages does not matter. */
const RuleToTry = z.strictObject({
  ...RuleInput.shape,
  recipients: RuleInput.shape.recipients.optional(),
}).openapi("BacktestRule", { example: { symbol: "005930", when: "price >= 71950" } });

export const BacktestInput = z.strictObject({
  rules: z.array(RuleToTry).min(1).max(MOST_RULES).optional(),
  ruleIds: z.array(z.string().min(1).max(64)).min(1).max(MOST_RULES).optional().openapi({
    description: "Rules that stand, with rules or in place of them",
  }),
  from: day,
  to: day.optional().openapi({ description: "Today by default" }),
  symbols: z.array(symbolCode).min(1).max(MOST_SYMBOLS).optional().openapi({
    description: "Whose trades are read; by default those of every symbol that the rules are for",
  }),
  sweep: z.string().max(80).optional().openapi({
    description:
      "Thresholds that are tried in place of the one rule's own; value2 is of its second condition",
    example: "value=60000..80000/500",
  }),
}).openapi("BacktestInput", {
  example: { rules: [{ symbol: "005930", when: "price >= 71950" }], from: "2026-11-02", to: "2026-11-27" },
});

export const BacktestView = z.object({
  id: z.string(),
  state: z.enum(BACKTEST_STATES),
  from: day,
  to: day,
  rules: z.number().int(),
  sweep: z.string().nullable(),
  createdAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  progress: z.object({
    date: z.string().nullable().openapi({ description: "The day that is being read" }),
    days: z.number().int().openapi({ description: "Days that are done" }),
    daysTotal: z.number().int(),
    trades: z.number().int(),
    fires: z.number().int(),
  }),
  problem: z.string().nullable().openapi({ description: "Why it failed" }),
}).openapi("Backtest");

export const BacktestPage = pageOf(BacktestView, "BacktestPage");
export const BacktestQuery = z.strictObject({
  limit: limitQuery(20, 100).optional(),
  cursor: cursorQuery.optional(),
});

/** The forms of a report, and their media types. */
const REPORT_FORMS = ["json", "csv", "html", "text"] as const;
export const ReportQuery = z.strictObject({ format: z.enum(REPORT_FORMS).default("json").optional() });

const followed = z.object({ price: z.number(), percent: z.number() });
const extreme = z.object({ price: z.number(), percent: z.number(), at: instant }).nullable();
const average = z.object({
  fires: z.number().int().openapi({ description: "Of how many it is known" }),
  mean: z.number().openapi({ description: "Per cent" }),
  rose: z.number().int().openapi({ description: "How many stood higher than at the fire" }),
}).nullable();
const averages = z.object({
  after5m: average,
  after30m: average,
  close: average,
  nextClose: average,
  highest: average,
  lowest: average,
}).openapi("BacktestAverages");
const dayFires = z.object({ date: z.string(), fires: z.number().int() });

export const BacktestReportView = z.object({
  days: z.array(dayFires.extend({ trades: z.number().int() })).openapi({ description: "Days with trades" }),
  symbols: z.number().int(),
  trades: z.number().int(),
  late: z.number().int().openapi({ description: "Trades that came too late to fire" }),
  refused: z.number().int(),
  rules: z.array(z.object({
    id: z.string(),
    when: z.string(),
    on: z.enum(TRIGGERS),
    repeat: z.enum(REPEATS).nullable(),
    symbols: z.array(z.string()).openapi({ description: "Its symbols, or its market" }),
    fires: z.number().int(),
    repeats: z.number().int().openapi({
      description: "Fires that were not the first of their day and symbol",
    }),
    days: z.array(dayFires).openapi({ description: "The days on which it fired" }),
    quietDays: z.array(z.string()).openapi({ description: "Days with trades on which it did not" }),
    followed: averages,
  })),
  fires: z.array(z.object({
    ruleId: z.string(),
    alertId: z.string(),
    symbol: z.string(),
    name: z.string(),
    date: z.string(),
    at: instant,
    price: z.number(),
    rate: z.number(),
    change: z.number(),
    after5m: followed.nullable().openapi({ description: "Null: the day's trades end before" }),
    after30m: followed.nullable(),
    close: followed.nullable().openapi({ description: "Null: it fired after the close" }),
    nextClose: followed.nullable(),
    highest: extreme.openapi({ description: "From the fire until the close" }),
    lowest: extreme,
  })).openapi({ description: "Ascending by time" }),
  unlisted: z.number().int().openapi({ description: "Fires that are counted and not listed" }),
  sweep: z.object({
    condition: z.number().int().openapi({ description: "Which of the rule's conditions, from 1" }),
    steps: z.array(z.object({
      value: z.string(),
      fires: z.number().int(),
      days: z.number().int().openapi({ description: "Days on which it fired" }),
      followed: averages,
    })),
  }).nullable(),
  charts: z.array(z.object({
    symbol: z.string(),
    name: z.string(),
    points: z.array(z.array(z.number())).openapi({
      description: "Epoch ms and won, at most a quarter of an hour apart",
    }),
  })).openapi({ description: "Prices of the symbols that fired most" }),
  notes: z.array(z.string()),
}).openapi("BacktestReport");
