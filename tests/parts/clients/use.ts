/**
 * The API by a client that `openapi-fetch` makes of the generated types. `../typed_clients_test.ts` puts it beside the
 * types, has it checked, and runs it.
 *
 * @module
 */

import createClient from "openapi-fetch";
// @ts-ignore: it is generated; what this file says of it is checked where it is.
import type { paths } from "./schema.ts";

const [baseUrl = "", key = ""] = Deno.args;
const api = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });
const rule = { symbol: "005930", when: "price >= 70000", recipients: ["kim@example.com"] };

const made = await api.POST("/v1/rules", { body: { ...rule, id: "typed" } });
if (made.data === undefined || !("when" in made.data)) throw new Error(JSON.stringify(made.error));
const when: string = made.data.when;

const changed = await api.PATCH("/v1/rules/{id}", {
  params: { path: { id: "typed" } },
  body: { note: "by a typed client" },
});
const note: string | undefined = changed.data?.note;

const refused = await api.POST("/v1/rules", { body: { ...rule, symbol: "x" } });
const code: string | undefined = refused.error?.code;

const lines = ["a", "b", "c"].map((id) => JSON.stringify({ ...rule, id })).join("\n");
const imported = await api.POST("/v1/rules:bulk", {
  params: { query: { mode: "create" } },
  body: lines,
  bodySerializer: (text: string) => text,
  headers: { "content-type": "application/x-ndjson" },
  parseAs: "text",
});
const results = String(imported.data).trim().split("\n").map((line) => JSON.parse(line));

const ids: string[] = [];
let cursor: string | undefined;
do {
  const page = await api.GET("/v1/rules", {
    params: { query: { sort: "id", limit: 2, ...(cursor === undefined ? {} : { cursor }) } },
  });
  ids.push(...(page.data?.data ?? []).map(({ id }: { id: string }) => id));
  cursor = page.data?.nextCursor ?? undefined;
} while (cursor !== undefined);
console.log(JSON.stringify({ when, note, code, ids, summary: results.at(-1)?.summary }));
