/**
 * The reference at /docs in a real browser, in a process of its own as the console's scenarios are.
 *
 * @module
 */
import { CHROMIUM, runInBrowser } from "../support/chromium.ts";
import { ROOT_KEY, withControl } from "../support/control.ts";
import { partTest } from "../support/part.ts";

partTest(
  "/docs shows every route, asks nothing outside, and its forms get answers",
  CHROMIUM,
  () =>
    withControl(async ({ control }) => {
      const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, control.app.fetch);
      try {
        const origin = `http://127.0.0.1:${server.addr.port}`;
        const { success, said } = await runInBrowser("reference_page.ts", [
          origin,
          ROOT_KEY,
          String(control.api.routes.length),
        ]);
        if (!success) throw new Error(said);
      } finally {
        await server.shutdown();
      }
    }),
);
