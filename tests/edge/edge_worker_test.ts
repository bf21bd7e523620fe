import { expect } from "expect";
import { bundleEdgeWorker } from "../support/edge_bundle.ts";
import { edgeInput } from "../support/edge_input.ts";
import type { EdgeOutput } from "../support/edge_worker.ts";

/** Reads the worker's script and its input from standard input: it may not read a file. */
const HOST = `
const { script, wasm, rules, trades } = await new Response(Deno.stdin.readable).json();
const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
const worker = new Worker(url, { type: "module" });
worker.onmessage = ({ data }) => { console.log(JSON.stringify(data)); worker.terminate(); };
worker.postMessage({ wasm: Uint8Array.fromBase64(wasm), rules, trades });
`;

Deno.test("engine, rules and market need no API of a host", async () => {
  const script = await bundleEdgeWorker();
  expect(script).not.toMatch(/\bDeno\b|\bprocess\b|\brequire\b|node:|\bfetch\b|Date\.now|Math\.random/);
});

Deno.test("a worker without a single permission gives the oracle's alerts", async () => {
  const { wasm, rules, trades } = await edgeInput();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/host.js`, HOST);
    const input = JSON.stringify({ script: await bundleEdgeWorker(), wasm: wasm.toBase64(), rules, trades });
    const output = JSON.parse(await runWithoutPermissions(`${folder}/host.js`, input)) as EdgeOutput;
    expect(output.engine.length).toBeGreaterThan(50);
    expect(output.engine).toEqual(output.oracle);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function runWithoutPermissions(script: string, input: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-config", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  expect(new TextDecoder().decode(stderr)).toBe("");
  expect(code).toBe(0);
  return new TextDecoder().decode(stdout);
}
