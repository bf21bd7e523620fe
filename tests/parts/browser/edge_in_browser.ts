/**
 * Evaluates trades in a worker of a real browser and prints its answer as JSON. A program of its own: Playwright needs every
 * permission, the tests do not.
 *
 * @module
 */
import { launchBrowser } from "./browser.ts";
import { bundleEdgeWorker } from "../../support/edge_bundle.ts";
import { edgeInput } from "../../support/edge_input.ts";
import type { EdgeOutput } from "../../support/edge_worker.ts";

const { wasm, rules, trades } = await edgeInput();
const script = await bundleEdgeWorker();
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
  const output = await page.evaluate(inPage, { wasm: wasm.toBase64(), rules, trades } as unknown as InPage);
  console.log(JSON.stringify(output));
} finally {
  await browser.close();
  await server.shutdown();
}

interface InPage {
  readonly wasm: string;
  readonly rules: unknown;
  readonly trades: unknown;
}

/** Runs in the browser: starts the worker, sends it its input, hands on its answer. */
function inPage({ wasm, rules, trades }: InPage): Promise<EdgeOutput> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data as EdgeOutput);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ wasm: Uint8Array.from(atob(wasm), (each) => each.charCodeAt(0)), rules, trades });
  });
}
