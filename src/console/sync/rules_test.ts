import { expect } from "expect";
import type { ListAnswer } from "../../control/client/items_of.ts";
import { ApiClient } from "../api/client.ts";
import type { ShownRule } from "../api/types.ts";
import { Cell, type Loadable } from "../base/cell.ts";
import { RulesSync } from "./rules.ts";

const RULES = ["a", "b", "c", "d", "e", "f"].map((id) => ({ id }) as ShownRule);

/** Rules over an API that deletes each of them but one; `asked` has what it was asked. */
function synced() {
  const asked: string[] = [];
  const client = new ApiClient({
    url: "http://127.0.0.1:1",
    locked: () => {},
    fetch: ({ url, method }) => {
      const { pathname } = new URL(url);
      asked.push(`${method} ${pathname}`);
      if (method === "GET") return Promise.resolve(Response.json({ data: [], nextCursor: null }));
      const status = pathname.endsWith("/b") ? 404 : 204;
      return Promise.resolve(new Response(status === 404 ? "{}" : null, { status }));
    },
  });
  const rules = new Cell<Loadable<ListAnswer<ShownRule>>>({ state: "loading" });
  return { sync: new RulesSync({ rules }, client), asked };
}

Deno.test("of many rules that are changed one that fails leaves the others done, known, and to be taken back", async () => {
  const { sync, asked } = synced();
  const { done, failures } = await sync.removeAll(RULES);
  expect(done.map(({ id }) => id)).toEqual(["a", "c", "d", "e", "f"]);
  expect(failures).toMatchObject([{ status: 404 }]);
  expect(asked.length).toBe(7);
  expect(asked.at(-1)).toBe("GET /v1/rules");
});
