import { fileURLToPath } from "node:url";
import { expect } from "expect";
import { ROOT_KEY } from "../support/control.ts";
import { type ControlProcess, startControlProcess } from "../support/control_process.ts";
import { findProgram, partsFolder, partTest } from "../support/part.ts";

/** What makes and is the client has a configuration of its own: nobody who starts the product downloads it. */
const CLIENTS = fileURLToPath(new URL("clients/", import.meta.url));
const CONFIG = `${CLIENTS}deno.json`;
const find = () =>
  findProgram("openapi-python-client", `${partsFolder()}/openapi-python/bin/openapi-python-client`);

/** What each client prints. */
const SAID = {
  when: "price >= 70000",
  note: "by a typed client",
  code: "bad_rule",
  ids: ["a", "b", "c", "typed"],
  summary: expect.objectContaining({ created: 3 }),
};

/** A control process with its document in a folder, for a client to be made of. */
async function withDocument(body: (control: ControlProcess, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-clients-" });
  const control = await startControlProcess(`${folder}/data`);
  try {
    const document = await (await fetch(`${control.url}/openapi.json`)).text();
    await Deno.writeTextFile(`${folder}/openapi.json`, document);
    await body(control, folder);
  } finally {
    await control.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  if (!success) throw new Error(`${program} ${args[0]} failed:\n${out}\n${err}`);
  return out;
}

Deno.test("a TypeScript client of the document's types makes, changes, imports and pages through rules", () =>
  withDocument(async (control, folder) => {
    const types = await run(Deno.execPath(), [
      "run",
      "-q",
      "--frozen",
      `--config=${CONFIG}`,
      "--allow-read",
      "--allow-env",
      `${CLIENTS}types.ts`,
      `${folder}/openapi.json`,
    ], folder);
    await Deno.writeTextFile(`${folder}/schema.ts`, types);
    const source = await Deno.readTextFile(new URL("clients/use.ts", import.meta.url));
    await Deno.writeTextFile(`${folder}/use.ts`, source.replace(/^\/\/ @ts-ignore.*\n/m, ""));
    const said = await run(Deno.execPath(), [
      "run",
      "--check",
      `--config=${CONFIG}`,
      "--no-lock",
      "--allow-net=127.0.0.1",
      "use.ts",
      control.url,
      ROOT_KEY,
    ], folder);
    expect(JSON.parse(said)).toEqual(SAID);
  }));

partTest("a Python client generated from the document makes, changes, imports and pages through rules", {
  part: "openapi-python-client",
  missing: async () => await find() ? undefined : "Install it: pip install openapi-python-client==0.29.1",
}, () =>
  withDocument(async (control, folder) => {
    const generator = (await find())!;
    // Lines of JSON are bytes to it; of two types of body it would send both headers.
    const types = { "application/x-ndjson": "application/octet-stream" };
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ content_type_overrides: types }));
    const made = await run(generator, [
      "generate",
      "--path=openapi.json",
      "--output-path=pyclient",
      "--meta=none",
      "--config=config.json",
    ], folder);
    expect(made).not.toMatch(/will not be generated|Unable to process/);
    await Deno.copyFile(new URL("clients/use.py", import.meta.url), `${folder}/use.py`);
    const python = generator.replace(/[^/]+$/, "python");
    expect(JSON.parse(await run(python, ["use.py", control.url, ROOT_KEY], folder))).toEqual(SAID);
  }));
