/**
 * docs/reliability.md, from what the long runs have noted in docs/reliability.json (`scripts/reliability/record.ts`).
 *
 * @module
 */
import {
  readRecord,
  type RecordedRun,
  type ReliabilityRecord,
  RUN_KINDS,
  type RunKind,
} from "../reliability/record.ts";

/** @returns the page by its path from the project's root. */
export async function reliabilityFiles(): Promise<Map<string, string>> {
  return new Map([["docs/reliability.md", reliabilityPage(await readRecord())]]);
}

/** The page of a record. */
export function reliabilityPage(record: ReliabilityRecord): string {
  const kinds = Object.entries(RUN_KINDS).map(([kind, { title, what, command, found, notCovered }]) => {
    const runs = record[kind as RunKind] ?? [];
    return [
      `## ${title}\n\n${what} \`${command}\``,
      ...runs.length === 0 ? ["No run is recorded yet."] : runs.toReversed().map(runText),
      ...found.length === 0 ? [] : [`Runs of it found, and it is mended since:\n\n${list(found)}`],
      `Not covered: ${notCovered}`,
    ].join("\n\n");
  });
  return `# What was tried

What the long runs did to Tickbell, how often, and what they found. This page is made by \`deno task generate\` from
\`docs/reliability.json\`, into which the runs write their results when they are given \`--record\`. What has
no \`found\` or \`differences\` found nothing. Times are of the machine of the run, which others used as well.

${kinds.join("\n\n")}
`;
}

function runText({ date, ...run }: RecordedRun): string {
  return [`### ${date}`, ...partsOf(run)].join("\n\n");
}

/** Single values as one table, then each list and each table of counts under its name. */
function partsOf(run: Readonly<Record<string, unknown>>): string[] {
  const single = Object.entries(run).filter(([, value]) => !isNested(value));
  // An empty list or table says nothing.
  const nested = Object.entries(run).filter(([, value]) =>
    isNested(value) && Object.keys(value as object).length > 0
  );
  return [
    ...single.length === 0 ? [] : [table("what", single)],
    ...nested.flatMap(([name, value]) => {
      if (!Array.isArray(value)) return [table(wordsOf(name), flat(value as Record<string, unknown>))];
      return [`${wordsOf(name)}:\n\n${list(value.map(String))}`];
    }),
  ];
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function flat(value: Readonly<Record<string, unknown>>, before = ""): [string, unknown][] {
  return Object.entries(value).flatMap(([name, one]): [string, unknown][] =>
    isNested(one) && !Array.isArray(one)
      ? flat(one as Record<string, unknown>, `${before}${wordsOf(name)}: `)
      : [[`${before}${name}`, one]]
  );
}

function table(head: string, rows: readonly (readonly [string, unknown])[]): string {
  const lines = rows.map(([name, value]) => `| ${cell(wordsOf(name))} | ${cell(String(value))} |`);
  return `| ${cell(head)} | |\n|---|---|\n${lines.join("\n")}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item.replaceAll("\n", " ")}`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** `missingTrades` as "missing trades"; what has spaces is in words already. */
function wordsOf(name: string): string {
  return name.includes(" ") ? name : name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
