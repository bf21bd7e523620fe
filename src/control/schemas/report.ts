import { z } from "@hono/zod-openapi";
import { LATE_MS, LISTED } from "../../books/day_report/day_report.ts";
import { instant } from "./common.ts";

const count = z.number().int();
const shares = (what: string) => count.openapi({ description: `${what}, shares` });

/** A day's report, as the API answers it. */
export const DayReportView = z.object({
  day: z.string().openapi({ example: "2026-11-30", description: "In Asia/Seoul" }),
  madeAt: instant,
  isTradingDay: z.boolean(),
  isOver: z.boolean().openapi({ description: "false: the day goes on, this is what it came to so far" }),
  isWhole: z.boolean().openapi({
    description: "Nothing was missed: no share, no record of the log, no alert by the self-check, no message",
  }),
  trades: z.object({
    symbols: count,
    trades: count,
    received: shares("What came"),
    exchange: shares("The day's cumulative volume, as the exchange's last trades say it"),
    before: shares("Traded before the first trade of its symbol came"),
    missing: shares("Traded since and never come"),
    twice: shares("Come twice"),
    symbolsMissing: count.openapi({ description: "Symbols of which shares are missing" }),
    polled: count.openapi({ description: "Symbols of which only prices were asked for" }),
    since: instant.nullable().openapi({ description: "When the first trade came" }),
  }),
  losses: z.array(z.object({
    symbol: z.string(),
    received: count,
    exchange: count,
    missing: count,
    lost: z.array(z.object({ at: instant, shares: count })),
  })).openapi({ description: `Symbols with missing shares, the most first, ${LISTED} at most` }),
  feedGaps: z.array(z.object({ symbol: z.string(), at: instant, reason: z.string() })).openapi({
    description: "Gaps that the feed's producer found and how they were mended, the newest 100",
  }),
  logGaps: z.array(z.object({ id: z.string(), at: instant, detail: z.string(), acknowledged: z.boolean() })),
  selfCheck: z.object({
    rounds: count,
    trades: count,
    share: z.number().openapi({ description: "Of the day's trades, evaluated again by the oracle: 0 to 1" }),
    differences: count,
  }),
  silent: z.object({
    rules: count,
    symbols: z.array(z.object({ symbol: z.string(), rules: count })),
  }).openapi({ description: "Rules that waited for symbols of which nothing came" }),
  alerts: count,
  messages: z.object({
    outcomes: z.record(z.string(), count),
    late: count.openapi({
      description: `Sent more than ${LATE_MS / 1_000} s after the alert, digests left out`,
    }),
    slowestMs: count,
  }),
  deadLetters: z.record(z.string(), count).openapi({ description: "By code" }),
  text: z.array(z.string()).openapi({ description: "All of it in words: a title, and lines" }),
}).openapi("DayReport");
