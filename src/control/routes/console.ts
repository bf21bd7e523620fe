import type { Api } from "../http/api.ts";
import { fixedBody } from "../http/fixed_body.ts";
import { HttpProblem, problemResponse } from "../http/problem.ts";
import type { Services } from "./services.ts";
import { requireSameOrigin } from "../auth/authenticate.ts";
import { refuseGuessers } from "../http/address_limits.ts";
import { openSession } from "./system.ts";

/**
 * The console's files, for every path that no route has. Opening `/?code=CODE`, with the one-time code that a start
 * prints, opens a session and goes on to `/`, so that nothing of use stays in the address line.
 */
export function addConsole(api: Api, { deps, codes, sessions, root, gate }: Services): void {
  api.app.get("/*", async (c) => {
    const code = c.req.query("code");
    if (c.req.path === "/" && code !== undefined) {
      requireSameOrigin(c, "Signing in must not come from another site's page");
      refuseGuessers(gate.guesses, c);
      if (codes.take(code)) await openSession(c, sessions, root);
      else gate.guesses.take(c.get("address"));
      return c.redirect("/", 303);
    }
    const file = await deps.consoleFiles?.(c.req.path);
    if (file === undefined) {
      return problemResponse(
        c,
        new HttpProblem(404, "no_route", `There is nothing at ${c.req.path.slice(0, 200)}`),
      );
    }
    for (const [name, value] of Object.entries(file.headers ?? {})) c.header(name, value);
    return await fixedBody(c, file.bytes as Uint8Array<ArrayBuffer>, file.contentType);
  });
}
