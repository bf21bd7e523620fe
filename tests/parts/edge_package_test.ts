/**
 * The package in the runtimes it is for, each the real one: Node, a browser's worker, Cloudflare's workerd; and the example
 * of a worker, with its storage, killed and started again.
 */
import { expect } from "expect";
import { CHROMIUM, runInBrowser } from "../support/chromium.ts";
import { edgeInput } from "../support/edge_input.ts";
import { bundleWithPackage, installPackage } from "../support/edge_package.ts";
import { findProgram, partTest } from "../support/part.ts";
import { startTickbell } from "../support/tickbell.ts";
import { until } from "../support/until.ts";
import { startWorkerd } from "../support/workerd.ts";

const CASES = new URL("../edge/package_cases.mjs", import.meta.url).pathname;
const EXAMPLE = new URL("../../docs/examples/worker/worker.ts", import.meta.url).pathname;

const NODE = {
  part: "Node 20",
  missing: async () => await findProgram("node") === undefined ? "Install Node 20 or newer." : undefined,
};
const WORKERD = { part: "workerd", missing: () => undefined };

partTest("the package does in Node what it does in Deno", NODE, async () => {
  await using installed = await installPackage();
  const { rules, trades } = await edgeInput();
  await Deno.copyFile(CASES, `${installed.folder}/cases.mjs`);
  await Deno.writeTextFile(`${installed.folder}/input.json`, JSON.stringify({ rules, trades }));
  await Deno.writeTextFile(
    `${installed.folder}/run.mjs`,
    `import { readFile } from "node:fs/promises";
import * as tickbell from "@tickbell/tickbell";
import { runCases } from "./cases.mjs";
const module = await WebAssembly.compile(await readFile(new URL(import.meta.resolve("@tickbell/tickbell/engine.wasm"))));
console.log(JSON.stringify(runCases(tickbell, module, JSON.parse(await readFile("./input.json", "utf8")))));
`,
  );
  const { code, stdout, stderr } = await new Deno.Command("node", {
    args: ["run.mjs"],
    cwd: installed.folder,
  }).output();
  expect([code, new TextDecoder().decode(stderr)]).toEqual([0, ""]);
  expect(JSON.parse(new TextDecoder().decode(stdout)).alerts).toBeGreaterThan(50);
});

partTest("the package does in a browser's worker what it does in Deno", CHROMIUM, async () => {
  await using installed = await installPackage();
  const { rules, trades } = await edgeInput();
  const script = await bundleWithPackage(
    installed,
    `import * as tickbell from "@tickbell/tickbell";
import { runCases } from ${JSON.stringify(CASES)};
onmessage = async ({ data: { wasm, input } }) => {
  const module = await WebAssembly.compile(Uint8Array.from(atob(wasm), (each) => each.charCodeAt(0)));
  postMessage(runCases(tickbell, module, input));
};
`,
  );
  const files = JSON.stringify({ script, wasm: installed.wasm.toBase64(), input: { rules, trades } });
  await Deno.writeTextFile(`${installed.folder}/files.json`, files);
  const { success, out, said } = await runInBrowser("package_in_browser.ts", [
    `${installed.folder}/files.json`,
  ]);
  expect([success, success ? "" : said]).toEqual([true, ""]);
  expect(JSON.parse(out).alerts).toBeGreaterThan(50);
});

partTest("the package does in workerd what it does in Deno", WORKERD, async () => {
  await using installed = await installPackage();
  const { rules, trades } = await edgeInput();
  const script = await bundleWithPackage(
    installed,
    `import * as tickbell from "@tickbell/tickbell";
import module from "@tickbell/tickbell/engine.wasm";
import { runCases } from ${JSON.stringify(CASES)};
export default { fetch: async (request) =>
  Response.json(request.method === "POST" ? runCases(tickbell, module, await request.json()) : {}) };
`,
  );
  await using workerd = await startWorkerd({
    folder: installed.folder,
    script,
    wasm: installed.wasm,
    bindings: {},
  });
  const answer = await fetch(workerd.url, { method: "POST", body: JSON.stringify({ rules, trades }) });
  expect((await answer.json()).alerts).toBeGreaterThan(50);
});

partTest(
  "the example of a worker: trades in, each alert to its webhook once, through a kill and a webhook that is away",
  WORKERD,
  async () => {
    await using installed = await installPackage();
    const calls: { id: string; alert: { ruleId: string } }[] = [];
    let away = true;
    const webhook = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const alert = await request.json();
      if (away) return new Response(null, { status: 503 });
      calls.push({ id: request.headers.get("webhook-id") as string, alert });
      return new Response(null, { status: 204 });
    });
    try {
      const script = await bundleWithPackage(installed, await Deno.readTextFile(EXAMPLE));
      const start = () =>
        startWorkerd({
          folder: installed.folder,
          script,
          wasm: installed.wasm,
          bindings: { KEY: "the-key", WEBHOOK: `http://127.0.0.1:${webhook.addr.port}/` },
          objects: { className: "Partition", binding: "PARTITION" },
        });
      const post = async (url: string, path: string, body: unknown, key = "the-key") => {
        const headers = { authorization: `Bearer ${key}` };
        const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
        return { status: answer.status, body: await answer.json() };
      };
      const rule = { id: "mine", symbol: "005930", when: "price >= 71000", recipients: ["kim@example.com"] };
      const now = Date.now();
      {
        await using first = await start();
        expect((await post(first.url, "/rules", rule, "another")).status).toBe(401);
        expect((await post(first.url, "/rules", { ...rule, when: "prise >= 1" })).status).toBe(400);
        expect((await post(first.url, "/rules", rule)).status).toBe(201);
        expect((await post(first.url, "/trades", [{ symbol: "005930" }])).status).toBe(400);
        expect((await post(first.url, "/trades", [trade(now, 70_900)])).body).toEqual({
          trades: 1,
          alerts: 0,
        });
        expect((await post(first.url, "/trades", [trade(now, 71_000), trade(now, 71_100)])).body.alerts).toBe(
          1,
        );
        expect(calls).toEqual([]);
      }
      away = false;
      await using second = await start();
      // The object wakes by a request; what it has fired, and what waits, are what it left.
      expect((await post(second.url, "/trades", [trade(now + 1, 71_200)])).body).toEqual({
        trades: 1,
        alerts: 0,
      });
      await until(() => calls.length > 0, "the webhook is called", 30_000);
      expect(calls.map(({ alert }) => alert.ruleId)).toEqual(["mine"]);
      expect(calls[0]?.id).toMatch(/^mine@\d+$/);
      const nextHour = (Math.floor(now / 3_600_000) + 1) * 3_600_000;
      expect((await post(second.url, "/trades", [trade(nextHour, 71_300)])).body.alerts).toBe(1);
      await until(() => calls.length > 1, "the next hour's alert", 30_000);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    } finally {
      await webhook.shutdown();
    }
  },
);

partTest("the example of a page evaluates live trades in its own worker", CHROMIUM, async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-embed-" });
  const running = await startTickbell(folder, ["--rate", "500"]);
  const serve = new URL("../../docs/examples/embed/serve.ts", import.meta.url).pathname;
  const deno = ["run", "-A", "--no-check", "--unstable-bundle"];
  const page = new Deno.Command(Deno.execPath(), {
    args: [...deno, serve, "--port", "0", "--api", running.url, "--key-file", `${folder}/api-key`],
    stdout: "piped",
  }).spawn();
  try {
    const reader = page.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const url = (await reader.read()).value?.trim() ?? "";
    await reader.cancel();
    const browser = await runInBrowser("embed_in_browser.ts", [url]);
    expect([browser.success, browser.success ? "" : browser.said]).toEqual([true, ""]);
    const { refused, said, alert } = JSON.parse(browser.out);
    expect(refused).toContain("price");
    expect(said).toBe("Watching 005930 price >= 1");
    expect(alert).toContain("005930");
  } finally {
    page.kill("SIGTERM");
    await page.status;
    await running.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

function trade(eventTime: number, price: number): Record<string, unknown> {
  const rest = {
    open: 70_500,
    high: 72_000,
    low: 70_000,
    accVolume: 1_000,
    accValue: 71_000_000,
    ask: 0,
    bid: 0,
  };
  return {
    symbol: "005930",
    eventTime,
    price,
    sign: "2",
    change: 500,
    rate: 0.7,
    volume: 10,
    halted: "N",
    ...rest,
  };
}
