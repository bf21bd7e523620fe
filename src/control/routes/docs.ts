import { z } from "@hono/zod-openapi";
import { html } from "hono/html";
import { PROGRAM_FOLDER } from "../../files/program_folder.ts";
import { fixedBody } from "../http/fixed_body.ts";
import { PROBLEM_CODES, type ProblemCode, problemCode } from "../http/problem_codes.ts";
import { ProblemCatalogue } from "../schemas/common.ts";
import { type Route, route } from "./route_table.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'; " +
  "base-uri 'none'; form-action 'none'";

const FILES = [
  ["/docs", "page.html", "text/html"],
  ["/docs/page.js", "page.js", "text/javascript"],
  ["/docs/page.css", "page.css", "text/css"],
] as const;

/** A code of the catalogue, as the pages and the list have it. */
const CODE = z.string().regex(/^[a-z_]{1,60}$/, "must be a code such as bad_rule");

const listProblems = route({
  method: "get",
  path: "/problems",
  operationId: "listProblems",
  summary: "Every code of an answer that is not a success: statuses, what it means, what to do",
  tag: "system",
  access: "public",
  answers: { 200: { description: "The catalogue", schema: ProblemCatalogue } },
}, ({ c }) => fixedBody(c, CATALOGUE, "application/json"));

const getProblem = route({
  method: "get",
  path: "/problems/{code}",
  operationId: "getProblem",
  summary: "What a code means, and what to do: a page for people",
  tag: "system",
  access: "public",
  params: { code: CODE },
  answers: { 200: { description: "The page", contentType: "text/html" } },
}, ({ c, param }) => {
  const code = param("code");
  const { statuses, means, todo } = problemCode(code);
  c.header("Content-Security-Policy", PAGE_POLICY);
  return c.html(html`
    <!doctype html>
    <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>${code}</title>
      <style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}</style>
      <h1>${code}</h1>
      <p>HTTP ${statuses.join(", ")}</p>
      <p>${means}</p>
      <p>${todo}</p>
      <p><a href="/problems">All codes</a> · <a href="/docs">Reference</a></p>
    </html>
  `);
});

function view({ statuses, means, todo }: ProblemCode) {
  return { statuses: [...statuses], means, todo };
}

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const CATALOGUE = new TextEncoder().encode(JSON.stringify({
  data: Object.entries(PROBLEM_CODES).map(([code, said]) => ({ code, ...view(said) })),
  nextCursor: null,
}));

/** A file of the reference. */
function fileRoute([path, name, contentType]: typeof FILES[number]): Route {
  let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return route({
    method: "get",
    path,
    operationId: `docs_${name.replace(".", "_")}`,
    summary: "The reference for people",
    tag: "system",
    access: "public",
    answers: { 200: { description: "The page", contentType } },
  }, async ({ c }) => {
    bytes ??= Deno.readFile(new URL(`src/control/docs/${name}`, PROGRAM_FOLDER));
    c.header("Content-Security-Policy", POLICY);
    c.header("Cache-Control", "no-cache");
    return await fixedBody(c, await bytes, `${contentType}; charset=utf-8`);
  });
}

/**
 * What each code of an answer means: a list for programs, a page each for people. And the reference: a page that is made in
 * the browser from /openapi.json, with a form to try each route.
 */
export const DOCS_ROUTES: readonly Route[] = [listProblems, getProblem, ...FILES.map(fileRoute)];
