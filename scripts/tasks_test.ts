import { expect } from "expect";
import { FOLDERS } from "./everyday_tests.ts";

const ROOT = new URL("../", import.meta.url);
/** Not everyday tests: those against real parts, and what tests and long runs use. */
const APART = ["parts", "fixtures", "mutants", "journeys", "torture"];

Deno.test("the everyday task runs every folder of tests", async () => {
  const folders: string[] = [];
  for await (const entry of Deno.readDir(new URL("tests/", ROOT))) {
    if (!entry.isDirectory) throw new Error(`tests/${entry.name} belongs into a folder`);
    if (!APART.includes(entry.name)) folders.push(`tests/${entry.name}`);
  }
  expect(folders.filter((folder) => !FOLDERS.includes(folder))).toEqual([]);
});
