/**
 * What is generated from the settings: the table in README.md, `.env.example` and docs/settings.md.
 *
 * @module
 */
import { COMMANDS } from "../../src/cli/commands.ts";
import { lambdaSettings } from "../../src/config/lambda.ts";
import { environmentName, flagName, knownVariables } from "../../src/config/load.ts";
import type { Setting } from "../../src/config/setting.ts";
import { Program, settingsWithVariables } from "../../src/cli/program.ts";

const ROOT = new URL("../../", import.meta.url);
/** What a newcomer meets; the rest is in docs/settings.md. */
const FIRST = [
  "port",
  "dataDir",
  "rate",
  "seed",
  "rules",
  "source",
  "file",
  "speed",
  "exitWhenDone",
  "mail",
];

interface Row {
  readonly name: string;
  readonly setting: Setting<unknown>;
  readonly commands: readonly string[];
}

/** @returns the generated files by their path from the project's root. */
export async function settingFiles(): Promise<Map<string, string>> {
  const rows = settingRows();
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const first = FIRST.map((name) => rows.find((row) => row.name === name)).filter((row) => row !== undefined);
  return new Map([
    ["README.md", between(readme, table(first, false))],
    ["docs/settings.md", settingsPage(rows)],
    [".env.example", environmentFile(rows)],
    ["src/cli/variables.ts", variablesModule(rows)],
  ]);
}

function settingRows(): Row[] {
  const program = new Program(COMMANDS);
  return Object.entries({ ...lambdaSettings, ...program.settings }).map(([name, setting]) => ({
    name,
    setting,
    commands: program.commands.filter((command) => name in settingsWithVariables(command))
      .map((command) => command.name),
  })).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The names alone, for a process that loads one command: it refuses what is no setting of any. */
function variablesModule(rows: readonly Row[]): string {
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  const names = [...knownVariables(settings)].sort().map((name) => `  "${name}",`);
  return `/** Every variable that is a setting of the product. Generated: deno task generate. */
export const VARIABLES: readonly string[] = [
${names.join("\n")}
];
`;
}

function table(rows: readonly Row[], commands: boolean): string {
  const head = `| flag | variable | default | what it is |${commands ? " commands |" : ""}`;
  const rule = `|---|---|---|---|${commands ? "---|" : ""}`;
  const lines = rows.map(({ name, setting, commands: used }) => {
    const flag = `\`${flagName(name)}${setting.placeholder === undefined ? "" : ` ${setting.placeholder}`}\``;
    const cells = [
      flag,
      `\`${environmentName(name)}\``,
      shown(setting),
      setting.description.replaceAll("|", "\\|"),
    ];
    if (commands) cells.push(used.join(", "));
    return `| ${cells.join(" | ")} |`;
  });
  return [head, rule, ...lines].join("\n");
}

function shown(setting: Setting<unknown>): string {
  const value = setting.written ?? setting.default;
  if (value === undefined || value === "" || Array.isArray(value) && value.length === 0) return "";
  return `\`${String(value)}\``;
}

function between(readme: string, generated: string): string {
  const [begin, end] = ["<!-- settings: generated -->", "<!-- settings: end -->"];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error("README.md has no place for the settings");
  return `${readme.slice(0, from + begin.length)}\n\n${generated}\n\n${readme.slice(to)}`;
}

function settingsPage(rows: readonly Row[]): string {
  return `# Settings

Flags come before the environment, the environment before defaults; empty means unset; an unknown \`TICKBELL_\` variable
is an error. A secret may be given as a file: \`TICKBELL_KIS_APP_SECRETS_FILE=/run/secrets/kis\`.

${table(rows, true)}
`;
}

function environmentFile(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ name, setting }) => {
    const value = setting.secret || setting.default === undefined
      ? ""
      : setting.written ?? String(setting.default);
    return [`# ${setting.description}`, `#${environmentName(name)}=${value}`, ""];
  });
  return `# Every setting as a variable, with its default. Copy to .env and uncomment what you change.\n\n${
    lines.join("\n")
  }`;
}
