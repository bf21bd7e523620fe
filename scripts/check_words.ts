/**
 * Keeps the words of ARCHITECTURE.md's glossary: what is vague is not written, and no two classes share a name.
 *
 *     deno run --allow-read scripts/check_words.ts
 *
 * @module
 */
import { typescriptFiles } from "./typescript_files.ts";

/** Words that stood for many things here, and what to write instead. */
const VAGUE: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:un)?told\b|\btell(?:s|ing)?\b/i,
    "say which: report, say, send, distinguish, call with, a reason, a message",
  ],
  [/\bsettle[sd]?\b|\bsettling\b/i, "say which: idle, ended, flushed, decided"],
  [
    /\bheld\b(?! on| before)|\bholding\b/i,
    "say which: owned, taken, kept back, in memory; a condition holds",
  ],
  [/\blook(?:ed|s|ing)? at\b(?! it)/i, "say which: examine, check, poll, read"],
];
/** What people write and read, not how we name things. */
const QUOTED: readonly RegExp[] = [
  /["'`]held["'`]/,
  /"Look at/,
  /\|tell\|/,
];

interface Fault {
  readonly place: string;
  readonly reason: string;
}

/** Every vague word and every class name that stands twice, in the files of the folders; tests are not read. */
async function checkWords(folders: readonly string[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  const classes = new Map<string, string>();
  for (const folder of folders) {
    for await (const path of typescriptFiles(folder)) {
      if (path.endsWith("_test.ts") || path.endsWith("check_words.ts")) continue;
      for (const [index, line] of (await Deno.readTextFile(path)).split("\n").entries()) {
        const place = `${path}:${index + 1}`;
        faults.push(...vagueWords(line).map((reason) => ({ place, reason })));
        const name = /^(?:export )?(?:abstract )?class (\w+)/.exec(line)?.[1];
        if (name === undefined) continue;
        const other = classes.get(name);
        if (other !== undefined) faults.push({ place, reason: `class ${name} stands in ${other} as well` });
        classes.set(name, place);
      }
    }
  }
  return faults;
}

/** The vague words of one line, as sentences. */
export function vagueWords(line: string): string[] {
  if (QUOTED.some((pattern) => pattern.test(line))) return [];
  return VAGUE.flatMap(([pattern, advice]) => {
    const word = pattern.exec(line)?.[0];
    return word === undefined ? [] : [`"${word}": ${advice}`];
  });
}

if (import.meta.main) {
  const faults = await checkWords(["src", "wasm/assembly"]);
  for (const { place, reason } of faults) console.error(`${place}: ${reason}`);
  if (faults.length > 0) Deno.exit(1);
  console.log("words are kept");
}
