/**
 * Runs a worker's script in a real browser and prints its answer as JSON. A program of its own: Playwright needs every
 * permission, the tests do not.
 *
 *     deno run -A package_in_browser.ts FILE      { script, wasm, input } as JSON
 *
 * @module
 */
import { launchBrowser } from "./browser.ts";

const { script, wasm, input } = JSON.parse(await Deno.readTextFile(Deno.args[0] as string));
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request) =>
    new URL(request.url).pathname === "/worker.js"
      ? new Response(script, { headers: { "content-type": "text/javascript" } })
      : new Response("<!doctype html><title>edge</title>", { headers: { "content-type": "text/html" } }),
);
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.addr.port}/`);
  console.log(JSON.stringify(await page.evaluate(inPage, { wasm, input })));
} finally {
  await browser.close();
  await server.shutdown();
}

/** Runs in the browser: starts the worker, sends it its input, hands on its answer. */
function inPage(message: { wasm: string; input: unknown }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  });
}
