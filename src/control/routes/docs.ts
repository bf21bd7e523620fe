import type { Api } from "../http/api.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'; " +
  "base-uri 'none'; form-action 'none'";

const FILES = [
  ["/docs", "page.html", "text/html"],
  ["/docs/page.js", "page.js", "text/javascript"],
  ["/docs/page.css", "page.css", "text/css"],
] as const;

/** The reference: a page that is made in the browser from /openapi.json, with a form to try each route. */
export function addDocsRoutes(api: Api): void {
  for (const [path, name, contentType] of FILES) {
    let text: Promise<string> | undefined;
    api.add({
      method: "get",
      path,
      operationId: `docs_${name.replace(".", "_")}`,
      summary: "The reference for people",
      tag: "system",
      access: "public",
      answers: { 200: { description: "The page", contentType } },
    }, async ({ c }) => {
      text ??= Deno.readTextFile(new URL(`../docs/${name}`, import.meta.url));
      return c.body(await text, 200, {
        "Content-Type": `${contentType}; charset=utf-8`,
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-cache",
      });
    });
  }
}
