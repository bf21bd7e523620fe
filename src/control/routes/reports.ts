import { z } from "@hono/zod-openapi";
import type { DayReport } from "../../books/day_report/day_report.ts";
import { reportText } from "../../books/day_report/report_text.ts";
import { dayOfDate, seoulDay } from "../../market/seoul_time.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { type Locale, LOCALES } from "../../rules/rule.ts";
import { shortPage } from "../../alerts/pages/frame.ts";
import { HttpProblem } from "../http/problem.ts";
import { localeOf, pageAnswer } from "../http/page.ts";
import { DayReportView } from "../schemas/report.ts";
import { type Route, route } from "./route_table.ts";

const dayReport = route({
  method: "get",
  path: "/v1/reports/{day}",
  operationId: "dayReport",
  summary: "Whether anything was missed on a day: trades, gaps, self-check, alerts, messages",
  description: "It is made out of the event log, so it says what that still has. As a page for a browser.",
  tag: "operations",
  access: "operator",
  params: {
    day: z.string().regex(/^(today|\d{4}-\d{2}-\d{2})$/, "must be today or a date such as 2026-11-30")
      .openapi({
        description: "`today` or a date, in Asia/Seoul",
        example: "today",
      }),
  },
  query: z.strictObject({ locale: z.enum(LOCALES).optional() }),
  answers: { 200: { description: "The report", schema: DayReportView, alsoAs: ["text/html"] } },
  failures: [404],
}, async ({ c, query, param }, { deps, reports }) => {
  const today = seoulDay(deps.clock.now());
  const asked = param("day");
  const day = asked === "today" ? today : dayOfDate(asked.replaceAll("-", ""));
  if (day === undefined || day > today) {
    throw new HttpProblem(404, "not_found", `There is no report of ${asked}: it is no day, or it is to come`);
  }
  const report = await reports.of(day);
  if ((c.req.header("accept") ?? "").includes("text/html")) {
    const locale = query.locale ?? localeOf(c);
    return pageAnswer(c, shortPage(locale, reportText(report, locale)));
  }
  return c.json(viewOf(report, query.locale ?? "en"));
});

function viewOf(report: DayReport, locale: Locale) {
  const { date, madeAt, trades, losses, feedGaps, logGaps, selfCheck, ...rest } = report;
  const { title, lines } = reportText(report, locale);
  return {
    day: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
    madeAt: formatInstant(madeAt),
    ...rest,
    trades: { ...trades, since: trades.since === null ? null : formatInstant(trades.since) },
    losses: losses.map(({ symbol, received, exchange, missing, lost }) => ({
      symbol,
      received,
      exchange,
      missing,
      lost: lost.map(({ at, shares }) => ({ at: formatInstant(at), shares })),
    })),
    feedGaps: feedGaps.map(({ symbol, at, reason }) => ({ symbol, at: formatInstant(at), reason })),
    logGaps: logGaps.map(({ id, at, detail, acknowledgedAt }) => ({
      id,
      at: formatInstant(at),
      detail,
      acknowledged: acknowledgedAt !== undefined,
    })),
    selfCheck: {
      ...selfCheck,
      share: trades.trades === 0 ? 0 : Math.min(1, selfCheck.trades / trades.trades),
    },
    text: [title, ...lines],
  };
}

/** What days came to. They have everybody's counts, so operators only. */
export const REPORT_ROUTES: readonly Route[] = [dayReport];
