import { expect } from "expect";
import { COMMANDS } from "./commands.ts";
import { findCommands } from "./find_commands.ts";
import { knownVariables } from "../config/load.ts";
import { lambdaSettings } from "../config/lambda.ts";
import { Program } from "./program.ts";
import { VARIABLES } from "./variables.ts";

Deno.test("a long-running command is found alone, as it stands among all; everything else among all", async () => {
  for (const name of ["start", "producer", "stream", "consumer", "notifier", "control"]) {
    const [found, ...others] = await findCommands([name, "--help"]);
    expect(others).toEqual([]);
    expect(COMMANDS).toContain(found);
    expect(found!.name).toBe(name);
  }
  for (const words of [[], ["--help"], ["rules", "list"], ["toString"]]) {
    expect(await findCommands(words)).toBe(COMMANDS);
  }
});

Deno.test("the list of variables has every setting's", () => {
  const settings = { ...new Program(COMMANDS).settings, ...lambdaSettings };
  expect(new Set(VARIABLES)).toEqual(knownVariables(settings));
});
