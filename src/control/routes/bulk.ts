import { z } from "@hono/zod-openapi";
import { stream } from "hono/streaming";
import { InputError, messageOf } from "../../core/errors.ts";
import type { Rule } from "../../rules/rule.ts";
import { BulkImport, type LineResult, MAX_LINES } from "../bulk/bulk_import.ts";
import { importLines } from "../bulk/lines.ts";
import { csvText } from "../bulk/csv.ts";
import { rowOfRule, RULE_COLUMNS } from "../bulk/rule_csv.ts";
import { type Route, route } from "./route_table.ts";
import { actorOf, idempotencyKeyOf } from "../http/request_parts.ts";
import type { ControlContext } from "../http/route.ts";
import { HttpProblem, refusal } from "../http/problem.ts";
import { refuseCompressed, requireType } from "../http/read_body.ts";
import { accountOf } from "../people/person_policy.ts";
import { sorted } from "../sorted.ts";
import { ruleWarnings } from "../rules/warnings.ts";
import { ruleFilter } from "../rules/rule_filter.ts";
import { RuleFilter } from "../schemas/rule.ts";
import { idempotentRuleId } from "../store/idempotency.ts";
import { logger } from "../../telemetry/log.ts";
import { exportedRule } from "../views.ts";

const log = logger("control");
/** The most bytes of an import. */
const MAX_IMPORT_BYTES = 256 * 1_048_576;
/** Rules that are written, and compressed, in one turn. */
const EXPORTED_A_TURN = 200;
const NDJSON = "application/x-ndjson";

const BulkQuery = z.strictObject({
  mode: z.enum(["create", "replace", "delete"]).default("create").optional().openapi({
    description:
      "create: a rule that is there is refused, unless it is the same; replace: it is replaced; delete: by id",
  }),
  atomic: z.enum(["true", "false"]).default("false").optional().openapi({
    description: "true: every line is checked first, and nothing is done when any is refused",
  }),
  dryRun: z.enum(["true", "false"]).default("false").optional().openapi({
    description: "true: what would become of every line is answered, and nothing is done",
  }),
});

const importRules = route({
  method: "post",
  path: "/v1/rules:bulk",
  operationId: "importRules",
  summary: `Make, replace or delete up to ${MAX_LINES} rules`,
  description:
    "A rule a line, as JSON or as CSV with a header (lists with ; between, labels as name=value;…, or either as JSON; " +
    "an apostrophe before = + - @ is taken away). UTF-8, UTF-16 or CP949. The " +
    "answer comes while the lines are carried out: a result a line, and a last line with the summary. An import that " +
    "was cut off is repeated as it was: with ids, or with the same Idempotency-Key, the lines that were done come to " +
    "`unchanged`.",
  tag: "rules",
  access: "rules:write",
  query: BulkQuery,
  headers: {
    "Idempotency-Key": z.string().regex(/^[!-~]{1,255}$/).openapi({
      description: "Makes the ids of lines without one the same when the import is repeated",
    }),
  },
  idempotent: false,
  body: { schema: z.string(), contentTypes: [NDJSON, "text/csv"] },
  answers: { 200: { description: "Results, a JSON object a line", contentType: NDJSON } },
}, async ({ c, who, query }, { deps, store, rules, turns }) => {
  requireType(c, [NDJSON, "text/csv"]);
  refuseCompressed(c);
  const format = (c.req.header("content-type") ?? "").toLowerCase().startsWith("text/csv") ? "csv" : "ndjson";
  const key = idempotencyKeyOf(c);
  const task = new BulkImport({
    mode: query.mode ?? "create",
    actor: actorOf(c, who),
    store,
    rules,
    now: () => deps.clock.now(),
    warn: (rule) => ruleWarnings(rule, { ...deps, now: deps.clock.now() }),
    ...(key === undefined ? {} : { idFor: (line: number) => idempotentRuleId(who.tenant, key, line) }),
  });
  const lines = turns.of(accountOf(who)).paced(importLines(limited(c), format));
  const carriedOut = query.dryRun === "true"
    ? task.plan(lines)
    : query.atomic === "true"
    ? task.runAll(lines)
    : task.run(lines);
  const results = carriedOut[Symbol.asyncIterator]();
  // The first results are waited for, so that an import that is refused as a whole is answered as a problem.
  const first = await results.next();
  c.header("Content-Type", NDJSON);
  return stream(c, async (out) => {
    try {
      for (let next = first; next.done !== true; next = await results.next()) {
        await out.write(jsonLines(next.value));
        // Others are served between the parts: a whole import in one go would delay them for seconds.
        await new Promise((turn) => setTimeout(turn, 0));
      }
      await out.write(`${JSON.stringify({ summary: task.summary })}\n`);
    } catch (thrown) {
      await out.write(`${JSON.stringify({ summary: task.summary, error: failure(thrown) })}\n`);
    }
  });
});

const exportRules = route({
  method: "get",
  path: "/v1/rules:export",
  operationId: "exportRules",
  summary: "Every rule that is asked for, a line each, as an import takes them",
  tag: "rules",
  access: "rules:read",
  query: RuleFilter.extend({ format: z.enum(["ndjson", "csv"]).default("ndjson").optional() }),
  answers: { 200: { description: "Rules by id", contentType: NDJSON, alsoAs: ["text/csv"] } },
}, async ({ c, who, query }, { deps, store, turns }) => {
  const turn = turns.of(accountOf(who));
  const found = await sorted(store.rules(who.tenant), {
    wanted: ruleFilter(query, deps.directory),
    order: (a, b) => a.id < b.id ? -1 : 1,
  }, turn);
  const csv = query.format === "csv";
  c.header("Content-Type", csv ? "text/csv; charset=utf-8" : NDJSON);
  c.header("Content-Disposition", `attachment; filename="rules.${csv ? "csv" : "ndjson"}"`);
  const text = (rules: readonly Rule[]) =>
    csv
      ? csvText(rules.map((rule) => rowOfRule(rule, deps.directory)))
      : rules.map((rule) => `${JSON.stringify(exportedRule(rule, deps.directory))}\n`).join("");
  return stream(c, async (out) => {
    if (csv) await out.write(csvText([RULE_COLUMNS]));
    for (let at = 0; at < found.length && !out.aborted; at += EXPORTED_A_TURN) {
      if (at > 0) await turn.take();
      await out.write(text(found.slice(at, at + EXPORTED_A_TURN)));
    }
  });
});

/** Imports and exports of many rules. */
export const BULK_ROUTES: readonly Route[] = [
  importRules,
  exportRules,
];

/** The body, cut off with a 413 when it is too large. */
function limited(c: ControlContext): ReadableStream<Uint8Array> | null {
  const { body } = c.req.raw;
  let size = 0;
  return body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length;
        if (size <= MAX_IMPORT_BYTES) return controller.enqueue(chunk);
        controller.error(new HttpProblem(413, "too_large", `The body is over ${MAX_IMPORT_BYTES} bytes`));
      },
    }),
  ) ?? null;
}

function jsonLines(results: readonly LineResult[]): string {
  return results.map((result) => `${JSON.stringify(result)}\n`).join("");
}

/** Why an import ended before its end, for the last line: the status has been sent already. */
function failure(thrown: unknown): { code: string; detail: string } {
  const problem = thrown instanceof InputError ? refusal(thrown) : thrown;
  if (problem instanceof HttpProblem) return { code: problem.code, detail: problem.message };
  log.error("an import ended early: {error}", { error: messageOf(thrown) });
  return {
    code: "interrupted",
    detail: "The import was interrupted: repeat it as it was, what was done is found unchanged",
  };
}
