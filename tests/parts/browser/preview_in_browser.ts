/**
 * Asks the console's preview worker in a real browser what rules would have done on a day of a symbol, as while a line is
 * dragged, and prints the answers and how long each took as JSON. A program of its own: Playwright needs every permission,
 * the tests do not.
 *
 *     deno run -A --config tests/parts/browser/deno.json tests/parts/browser/preview_in_browser.ts [TRADES]
 *
 * @module
 */
import { ENGINE_WASM } from "../../../scripts/build_wasm.ts";
import { launchBrowser } from "./browser.ts";
import { DRAGGED, previewedDay } from "../../support/previewed_day.ts";

const trades = previewedDay(Number(Deno.args[0] ?? 20_000));
const { success, errors, outputFiles } = await Deno.bundle({
  entrypoints: [new URL("../../../src/console/preview_worker.ts", import.meta.url).pathname],
  platform: "browser",
  format: "esm",
  minify: true,
  write: false,
});
if (!success) throw new Error(`the worker is not bundled: ${errors[0]?.text}`);
const script = outputFiles?.[0]?.text() ?? "";
const engine = await Deno.readFile(ENGINE_WASM);

/** The API, as far as the worker asks it: the newest trades before a time. */
function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/worker.js") {
    return new Response(script, { headers: { "content-type": "text/javascript" } });
  }
  if (pathname === "/engine.wasm") return new Response(engine);
  // Nothing is known of the days before.
  if (pathname.endsWith("/candles")) return Response.json({ data: [], nextCursor: null });
  if (!pathname.endsWith("/trades")) {
    return new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
  }
  const to = Number(new Date(searchParams.get("to") ?? "").getTime() || Number(searchParams.get("to")));
  const data = trades.filter(({ eventTime }) => eventTime < to).slice(-Number(searchParams.get("limit")));
  return Response.json({ data, nextCursor: null });
}

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.addr.port}/`);
  console.log(JSON.stringify(await page.evaluate(inPage, [...DRAGGED])));
} finally {
  await browser.close();
  await server.shutdown();
}

/** Runs in the browser: asks one rule after the other; the first answer waits for the trades. */
async function inPage(bodies: readonly unknown[]): Promise<readonly { fires: number; ms: number }[]> {
  const worker = new Worker("/worker.js", { type: "module" });
  const ask = (body: unknown) =>
    new Promise<{ fires: number; ms: number }>((resolve, reject) => {
      const began = performance.now();
      worker.onmessage = ({ data }) =>
        resolve({ fires: data.result?.times.length ?? -1, ms: performance.now() - began });
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ engine: "/engine.wasm", symbol: "005930", body });
    });
  await ask(bodies[0]);
  const answers = [];
  for (const body of bodies) answers.push(await ask(body));
  return answers;
}
