import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { flag, integer, text } from "../config/setting.ts";
import { command } from "./command.ts";
import { Program, report } from "./program.ts";
import { GROUPS } from "./command_groups.ts";
import { COMMANDS } from "./commands.ts";

function run(words: string[], env: Record<string, string> = {}) {
  const seen: { config?: unknown; args?: readonly string[] } = {};
  const out: string[] = [];
  const err: string[] = [];
  const program = new Program([
    command({
      name: "topics create",
      summary: "Makes the topics",
      args: ["[names...]"],
      settings: {
        port: integer({ default: 8000, min: 0, max: 65535, placeholder: "PORT", description: "Port." }),
        dataDir: text({ default: "./data", placeholder: "DIR", description: "Folder." }),
        tls: flag({ description: "TLS." }),
      },
      run(context) {
        Object.assign(seen, { config: context.config, args: context.args });
        return Promise.resolve(0);
      },
    }),
    command({
      name: "broken",
      summary: "Refuses",
      settings: {},
      run: () =>
        Promise.reject(new InputError("bad", [{ field: "a", code: "c", reason: "is wrong", value: 1 }], "F")),
    }),
  ]);
  const io = {
    out: (l: string) => out.push(l),
    err: (l: string) => err.push(l),
    env,
    signal: new AbortController().signal,
  };
  return program.run(words, io).then((code) => ({ code, seen, out: out.join("\n"), err: err.join("\n") }));
}

Deno.test("flags come before the environment, the environment before defaults, empty is unset", async () => {
  const { code, seen } = await run(["topics", "create", "--port", "9", "--tls", "x", "y"], {
    TICKBELL_PORT: "7",
    TICKBELL_DATA_DIR: "",
  });
  expect(code).toBe(0);
  expect(seen.config).toEqual({ port: 9, dataDir: "./data", tls: true });
  expect(seen.args).toEqual(["x", "y"]);
});

Deno.test("a bad setting and an unknown variable are named, exit code 2", async () => {
  const { code, err } = await run(["topics", "create", "--port", "70000"], { TICKBELL_PROT: "1" });
  expect(code).toBe(2);
  expect(err).toContain("--port: must be from 0 to 65535, got");
  expect(err).toContain("TICKBELL_PROT: is not a setting");
});

Deno.test("an InputError becomes one line with its context", async () => {
  const { code, err } = await run(["broken"]);
  expect(code).toBe(1);
  expect(err).toBe("tickbell: F: a: is wrong, got 1");
});

Deno.test("help is exit code 0, wrong use 2", async () => {
  const help = await run(["topics", "create", "--help"]);
  expect(help.code).toBe(0);
  expect(help.out).toContain("TICKBELL_DATA_DIR");
  expect((await run(["nonsense"])).code).toBe(2);
  expect((await run(["topics", "create", "--nonsense"])).code).toBe(2);
});

Deno.test("an option that another command has is said to be that one's", async () => {
  const { code, err } = await run(["broken", "--port", "9"]);
  expect(code).toBe(2);
  expect(err).toContain("--port is an option of: topics create.");
  expect((await run(["broken", "--nonsense"])).err).not.toContain("is an option of");
});

Deno.test("every word that groups commands says what they are about", () => {
  const grouped = COMMANDS.map(({ name }) => name.split(" ")).filter((words) => words.length > 1);
  const words = new Set(grouped.map(([first]) => first));
  expect([...words].sort()).toEqual(Object.keys(GROUPS).sort());
});

Deno.test("a full disk is one line with what to do, not a stack", () => {
  const lines: string[] = [];
  const fault = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  expect(report(fault, { err: (line) => lines.push(line) })).toBe(1);
  expect(lines).toEqual(["tickbell: No space left on device (os error 28): make room on the disk"]);
});

Deno.test("of an input with many faults a hundred are shown, and how many more there are", () => {
  const lines: string[] = [];
  const issues = Array.from({ length: 250 }, (_, index) => ({
    field: `line ${index + 1}`,
    code: "bad",
    reason: "is wrong",
    value: index,
  }));
  report(new InputError("bad_rule_file", issues, "Cannot read rule file r"), {
    err: (line) => lines.push(line),
  });
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toBe("tickbell: Cannot read rule file r: and 150 more");
});
