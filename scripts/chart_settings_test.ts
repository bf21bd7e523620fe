import { expect } from "expect";
import { COMMANDS } from "../src/cli/commands.ts";
import { Program } from "../src/cli/program.ts";
import { lambdaSettings } from "../src/config/lambda.ts";
import { environmentName } from "../src/config/load.ts";

const ROOT = new URL("..", import.meta.url);

/** Where the deployment names settings of the program. */
const PLACES = ["helm/stock-app", "infra/modules/lambda", "Dockerfile"];

Deno.test("every variable that the deployment sets is a setting of the program: an unknown one would stop a role", async () => {
  const known = new Set(
    Object.keys({ ...new Program(COMMANDS).settings, ...lambdaSettings }).map(environmentName),
  );
  const unknown: string[] = [];
  let found = 0;
  for (const path of await filesOf(PLACES)) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [variable] of text.matchAll(/\bTICKBELL_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g)) {
      found++;
      if (variable === "TICKBELL_NAME" || known.has(variable.replace(/_FILE$/, "")) || known.has(variable)) {
        continue;
      }
      unknown.push(`${path}: ${variable}`);
    }
  }
  expect(unknown).toEqual([]);
  expect(found).toBeGreaterThan(40);
});

async function filesOf(places: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const place of places) {
    const stat = await Deno.stat(new URL(place, ROOT));
    if (stat.isFile) files.push(place);
    else {for await (const entry of Deno.readDir(new URL(place, ROOT))) {
        files.push(...await filesOf([`${place}/${entry.name}`]));
      }}
  }
  return files;
}
