import type { Api } from "../http/api.ts";
import { HttpProblem, problemResponse } from "../http/problem.ts";
import type { Services } from "./services.ts";
import { setKeyCookie } from "./system.ts";

/**
 * The console's files, for every path that no route has. Opening `/?key=KEY` keeps the key in a cookie and goes on to `/`,
 * so that the key does not stay in the address line.
 */
export function addConsole(api: Api, { deps, identify }: Services): void {
  api.app.get("/*", async (c) => {
    const key = c.req.query("key");
    if (c.req.path === "/" && key !== undefined) {
      if (await identify(key) !== undefined) setKeyCookie(c, key);
      return c.redirect("/", 303);
    }
    const file = await deps.consoleFiles?.(c.req.path);
    if (file === undefined) {
      return problemResponse(
        c,
        new HttpProblem(404, "no_route", `There is nothing at ${c.req.path.slice(0, 200)}`),
      );
    }
    return c.body(new Uint8Array(file.bytes), 200, { "Content-Type": file.contentType, ...file.headers });
  });
}
