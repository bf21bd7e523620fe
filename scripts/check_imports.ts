/**
 * Checks the import order of ARCHITECTURE.md: imports go down the list only, an adapter never imports another, and
 * everything up to ports is free of Deno, Node and network APIs.
 *
 *     deno run --allow-read scripts/check_imports.ts
 *
 * @module
 */
import { typescriptFiles } from "./typescript_files.ts";

/** From the bottom up; a folder may import from its own rank (itself) and from any below. */
const RANKS: readonly (readonly string[])[] = [
  ["core"],
  ["market"],
  ["rules"],
  ["engine", "alerts"],
  ["ports"],
  ["books", "files"],
  ["backtest"],
  ["control", "console", "roles", "adapters"],
  ["cli"],
];
/** These may be used by any above market, and use what is below engine. */
const SIDE = ["telemetry", "config"];
/** What others on the same floor may use of a folder: the client of the API speaks to it, it is not part of it. */
const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  "control/client/": ["console"],
  "adapters/http/": ["adapters"],
};
/** The npm packages that pure folders may use: no I/O of their own. */
const PURE_PACKAGES = ["zod"];
const PURE = ["core", "market", "rules", "engine", "alerts", "ports", "books", "backtest"];
const OUTSIDE_APIS =
  /(?<![\w.$"'`/])(?:Deno\.|process\.|fetch\(|new WebSocket\(|XMLHttpRequest|localStorage|Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\()/;

interface Fault {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** Every fault in the files of a source folder. */
async function checkImports(source: string): Promise<{ faults: Fault[]; files: number }> {
  const faults: Fault[] = [];
  let files = 0;
  for await (const path of typescriptFiles(source)) {
    files++;
    faults.push(...faultsOf(path.slice(source.length + 1), await Deno.readTextFile(path)));
  }
  return { faults, files };
}

/** The faults of one file, `path` relative to the source folder. */
export function faultsOf(path: string, text: string): Fault[] {
  const from = place(path);
  if (from === undefined) return [];
  const faults: Fault[] = [];
  const lines = text.split("\n");
  const test = path.endsWith("_test.ts");
  for (const [index, line] of lines.entries()) {
    const report = (reason: string) => faults.push({ file: path, line: index + 1, reason });
    const specifier = /^\s*(?:(?:import|export)\b[^"']*?|\}\s*)\bfrom\s*["']([^"']+)["']/.exec(line)?.[1] ??
      /^\s*import\s*["']([^"']+)["']/.exec(line)?.[1] ?? /\bimport\(\s*["']([^"']+)["']\s*\)/.exec(line)?.[1];
    if (specifier !== undefined) {
      const reason = importFault(path, from, specifier, test);
      if (reason !== undefined) report(reason);
    }
    const pure = PURE.includes(from.folder) && !test && path !== "core/clock.ts";
    if (pure && OUTSIDE_APIS.test(line.replace(/^\s*(?:\*|\/\/).*/, "").replace(/\/\/.*/, ""))) {
      report(`${from.folder}/ is free of Deno, Node, network, clock and randomness`);
    }
  }
  return faults;
}

function importFault(
  path: string,
  from: { folder: string; adapter?: string },
  specifier: string,
  test: boolean,
): string | undefined {
  if (!specifier.startsWith(".")) {
    if (!PURE.includes(from.folder) || test) return undefined;
    const name = specifier.replace(/^npm:/, "").replace(/(?<=.)@.*/, "");
    return PURE_PACKAGES.includes(name)
      ? undefined
      : `${from.folder}/ may not import the package ${specifier}`;
  }
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (specifier.includes("../".repeat(path.split("/").length))) {
    return test || from.folder === "cli" || /(?:^|\/)wasm\//.test(specifier) && from.folder === "engine"
      ? undefined
      : `${specifier} leaves src/`;
  }
  const to = place(target);
  if (to === undefined || test) return undefined;
  const open = Object.entries(PUBLIC).some(([face, users]) =>
    target.startsWith(face) && users.includes(from.folder)
  );
  if (from.folder === to.folder) {
    return from.folder === "adapters" && from.adapter !== to.adapter && !open
      ? `adapters/${from.adapter} may not import adapters/${to.adapter}`
      : undefined;
  }
  if (SIDE.includes(to.folder)) {
    return rank(from.folder) > rank("market") || SIDE.includes(from.folder)
      ? undefined
      : `${from.folder}/ may not import ${to.folder}/`;
  }
  if (SIDE.includes(from.folder)) {
    return rank(to.folder) <= rank("ports") ? undefined : `${from.folder}/ may not import ${to.folder}/`;
  }
  return open || rank(to.folder) < rank(from.folder)
    ? undefined
    : `${from.folder}/ may not import ${to.folder}/`;
}

function place(path: string): { folder: string; adapter?: string } | undefined {
  const [folder, adapter] = path.split("/");
  if (folder === undefined || !path.includes("/")) return undefined;
  if (!SIDE.includes(folder) && rank(folder) < 0) {
    throw new Error(`src/${folder}/ has no place in the import order`);
  }
  return folder === "adapters" && adapter !== undefined ? { folder, adapter } : { folder };
}

function rank(folder: string): number {
  return RANKS.findIndex((folders) => folders.includes(folder));
}

if (import.meta.main) {
  const source = new URL("../src", import.meta.url).pathname;
  const { faults, files } = await checkImports(source);
  if (files < 10) {
    throw new Error(`only ${files} files found below ${source}: the check did not see the sources`);
  }
  for (const fault of faults) console.error(`src/${fault.file}:${fault.line}: ${fault.reason}`);
  console.log(`import order: ${files} files, ${faults.length} faults`);
  if (faults.length > 0) Deno.exit(1);
}
