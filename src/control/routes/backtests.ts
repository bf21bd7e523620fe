import { csvOf } from "../../backtest/report_csv.ts";
import { htmlOf, REPORT_POLICY } from "../../backtest/report_html.ts";
import { dateText } from "../../backtest/report.ts";
import { textOf } from "../../backtest/report_text.ts";
import { DEFAULT_GRACE_MS, DEFAULT_WINDOW_MS } from "../../rules/evaluation.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import type { KnownBacktest } from "../backtests/shelf.ts";
import { randomId } from "../auth/secret.ts";
import { jobOf } from "../backtests/job_of.ts";
import { type Route, route } from "./route_table.ts";
import { pageOfItems } from "../http/cursor.ts";
import { parseBody } from "../http/parse_body.ts";
import { HttpProblem } from "../http/problem.ts";
import {
  BacktestInput,
  BacktestPage,
  BacktestQuery,
  BacktestReportView,
  BacktestView,
  ReportQuery,
} from "../schemas/backtest.ts";
import type { Services } from "./services.ts";

const startBacktest = route({
  method: "post",
  path: "/v1/backtests",
  operationId: "startBacktest",
  summary: "What would these rules have done on past days?",
  description:
    "Begins a job of this instance over the stored trades, or, where only minutes are stored, over these. " +
    "Ask for it until it is done, then for its report. Three of a tenant may wait or run; at most the last ten that ended are kept.",
  tag: "backtests",
  access: "rules:read",
  idempotent: false,
  body: { schema: BacktestInput },
  answers: { 202: { description: "It waits or runs", schema: BacktestView } },
  failures: [404, 409],
}, async ({ c, who: { tenant } }, { deps: { clock, directory }, deps, rules, backtests }) => {
  if (backtests === undefined) {
    throw new HttpProblem(409, "no_backtests", "This instance has no engine to run a backtest with");
  }
  const input = await parseBody(c, BacktestInput);
  const { windowMs = DEFAULT_WINDOW_MS, graceMs = DEFAULT_GRACE_MS } = deps;
  const job = jobOf(input, { tenant, rules, directory, windowMs, graceMs, now: clock.now() });
  const id = `b_${randomId(16)}`;
  const added = backtests.add({ id, tenant, job, sweep: input.sweep ?? null });
  c.header("Location", `/v1/backtests/${id}`);
  return c.json(viewOf(added), 202);
});

const listBacktests = route({
  method: "get",
  path: "/v1/backtests",
  operationId: "listBacktests",
  summary: "The tenant's backtests on this instance, the newest first",
  tag: "backtests",
  access: "rules:read",
  query: BacktestQuery,
  answers: { 200: { description: "Backtests", schema: BacktestPage } },
}, async ({ c, who, query }, { backtests, turns }) => {
  await backtests?.loaded;
  return c.json(
    await pageOfItems(backtests?.list(who.tenant) ?? [], query, {
      turns: turns.of(who.tenant),
      sort: "-createdAt",
      keys: ({ createdAt, id }) => [createdAt, id],
      view: viewOf,
    }),
  );
});

const getBacktest = route({
  method: "get",
  path: "/v1/backtests/{id}",
  operationId: "getBacktest",
  summary: "How far a backtest is",
  tag: "backtests",
  access: "rules:read",
  answers: { 200: { description: "The backtest", schema: BacktestView } },
  failures: [404],
}, async ({ c, who, param }, services) => c.json(viewOf(await known(services, who.tenant, param("id")))));

const getBacktestReport = route({
  method: "get",
  path: "/v1/backtests/{id}/report",
  operationId: "getBacktestReport",
  summary: "What a backtest found: JSON, CSV, text, or one page with charts",
  description: "CSV has the fires; of a sweep its steps. The page loads nothing and can be kept as a file.",
  tag: "backtests",
  access: "rules:read",
  query: ReportQuery,
  answers: {
    200: {
      description: "The report",
      schema: BacktestReportView,
      alsoAs: ["text/csv", "text/html", "text/plain"],
    },
  },
  failures: [404, 409],
}, async ({ c, who, param, query }, services) => {
  const { id, report, state, problem } = await known(services, who.tenant, param("id"));
  if (report === null) {
    const detail = problem === null ? `It is ${state}` : `It failed: ${problem}`;
    throw new HttpProblem(409, "not_finished", detail);
  }
  switch (query.format ?? "json") {
    case "json":
      return c.json(report);
    case "csv":
      c.header("Content-Disposition", `attachment; filename="backtest-${id}.csv"`);
      return c.body(csvOf(report), 200, { "Content-Type": "text/csv; charset=utf-8" });
    case "html":
      c.header("Content-Security-Policy", REPORT_POLICY);
      return c.html(htmlOf(report));
    case "text":
      return c.text(`${textOf(report).join("\n")}\n`);
  }
});

const deleteBacktest = route({
  method: "delete",
  path: "/v1/backtests/{id}",
  operationId: "deleteBacktest",
  summary: "End a backtest that waits or runs, or forget one that has ended",
  tag: "backtests",
  access: "rules:read",
  idempotent: false,
  answers: { 204: { description: "Done" } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const job = await known(services, who.tenant, param("id"));
  services.backtests?.remove(job);
  return c.body(null, 204);
});

/** What rules would have done over days that are stored: jobs, away from whatever alerts. */
export const BACKTEST_ROUTES: readonly Route[] = [
  startBacktest,
  listBacktests,
  getBacktest,
  getBacktestReport,
  deleteBacktest,
];

async function known({ backtests }: Services, tenant: string, id: string): Promise<KnownBacktest> {
  await backtests?.loaded;
  const job = backtests?.get(tenant, id);
  if (job !== undefined) return job;
  const detail =
    `There is no backtest ${id} here: each is known to the instance that was asked for it, the last ten ` +
    "of a tenant that ended, and without a data directory only until it is restarted";
  throw new HttpProblem(404, "not_found", detail);
}

function viewOf(known: KnownBacktest) {
  const { id, state, from, to, rules, sweep, createdAt, startedAt, endedAt, progress, problem } = known;
  return {
    id,
    state,
    from: dateText(from),
    to: dateText(to),
    rules,
    sweep,
    createdAt: formatInstant(createdAt),
    startedAt: startedAt === null ? null : formatInstant(startedAt),
    endedAt: endedAt === null ? null : formatInstant(endedAt),
    progress: { ...progress },
    problem,
  };
}
