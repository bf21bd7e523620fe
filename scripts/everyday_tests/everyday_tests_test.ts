import { expect } from "expect";
import { fileLines } from "./file_lines.ts";
import { groupsOf } from "./groups.ts";
import { RunOutput } from "./run_output.ts";

Deno.test("files of one room run together, long ones by themselves and first, each once", () => {
  const files = [
    "scripts/deploy_test.ts",
    ...Array.from({ length: 13 }, (_, index) => `src/rules/${index + 10}_test.ts`),
    "src/telemetry/a_test.ts",
  ];
  const groups = groupsOf(files);
  expect(groups.map((group) => group.length)).toEqual([1, 12, 1, 1]);
  expect(groups[0]).toEqual(["scripts/deploy_test.ts"]);
  expect(groups.flat().sort()).toEqual(files);
});

Deno.test("a test that passes is not seen, nor what it printed; one that fails is, with what it printed", () => {
  const output = new RunOutput();
  const shown = [
    "/tmp/0_test.ts => one ... ok (3ms)",
    "------- output -------",
    "seed 7",
    "SKIPPED a part: how to get it",
    "/tmp/0_test.ts => two ...----- output end -----",
    "/tmp/0_test.ts => two ... \x1b[32mok\x1b[0m (3ms)",
    "------- output -------",
    "seed 8",
    "----- output end -----",
    "/tmp/0_test.ts => three ... FAILED (3ms)",
    " ERRORS ",
    "",
    "FAILED | 2 passed | 1 failed (9ms)",
  ].flatMap((line) => output.take(line));
  expect(shown).toEqual([
    "SKIPPED a part: how to get it",
    "------- output -------",
    "seed 8",
    "----- output end -----",
    "/tmp/0_test.ts => three ... FAILED (3ms)",
    " ERRORS ",
  ]);
  expect(output.end).toBe("FAILED | 2 passed | 1 failed (9ms)");
});

Deno.test("each file has a line", () => {
  const junit = `<testsuites><testsuite name="./src/b_test.ts" tests="2">
    <testcase name="x" classname="./src/b_test.ts" time="0.26" line="1"></testcase>
    <testcase name="y" classname="./src/b_test.ts" time="1.1"><failure message="no">no</failure></testcase></testsuite>
    <testsuite name="./src/a_test.ts" tests="1"><testcase name="z" time="0.001"></testcase></testsuite></testsuites>`;
  expect(fileLines(junit)).toEqual([
    "src/a_test.ts ... ok (1 test, 0.0 s)",
    "src/b_test.ts ... 1 FAILED (2 tests, 1.4 s)",
  ]);
});
