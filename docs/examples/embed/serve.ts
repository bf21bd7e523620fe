/**
 * Serves the example's page, and passes the API's live trades on to it.
 *
 *     deno run -A docs/examples/embed/serve.ts [--port N] [--api URL] [--key-file FILE]
 *
 * @module
 */
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8010" },
    api: { type: "string", default: "http://127.0.0.1:8000" },
    "key-file": { type: "string", default: "data/api-key" },
  },
});
const key = (await Deno.readTextFile(values["key-file"])).trim();
const wasm = await Deno.readFile(new URL("../../../wasm/build/engine.wasm", import.meta.url));
const html = await Deno.readTextFile(new URL("./index.html", import.meta.url));
const [page, worker] = await Promise.all(["page.ts", "worker.ts"].map(bundle));

const server = Deno.serve(
  { hostname: "127.0.0.1", port: Number(values.port), onListen: () => {} },
  ({ url }) => {
    switch (new URL(url).pathname) {
      case "/":
        return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
      case "/page.js":
        return new Response(page, { headers: { "content-type": "text/javascript" } });
      case "/worker.js":
        return new Response(worker, { headers: { "content-type": "text/javascript" } });
      case "/engine.wasm":
        return new Response(wasm, { headers: { "content-type": "application/wasm" } });
      case "/trades":
        return fetch(`${values.api}/v1/market/stream`, {
          headers: { authorization: `Bearer ${key}` },
        });
      default:
        return new Response(null, { status: 404 });
    }
  },
);
console.log(`http://127.0.0.1:${server.addr.port}`);

async function bundle(name: string): Promise<string> {
  const entrypoints = [new URL(`./${name}`, import.meta.url).pathname];
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints,
    platform: "browser",
    format: "esm",
    write: false,
  });
  const text = outputFiles?.[0]?.text();
  if (!success || text === undefined) throw new Error(errors.map((error) => error.text).join("\n"));
  return text;
}
