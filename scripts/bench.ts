/**
 * The benchmarks. Without a name every scenario that needs nothing installed is run.
 *
 *     deno task bench [scenario or area…] [--json] [-- arguments of the scenario]
 *
 * With arguments a name is a scenario's alone: those of its area would read them otherwise.
 *
 * @module
 */

/** One scenario: rows of figures. */
export type Scenario = (
  options: { json: boolean; args: string[] },
) => Promise<readonly Record<string, unknown>[]>;

interface Area {
  readonly file: string;
  /** Scenarios of the area that need a part that may be missing are only run when they are named. */
  readonly needsParts?: boolean;
}

const AREAS: readonly Area[] = [
  { file: "engine" },
  { file: "restore" },
  { file: "pipeline" },
  { file: "backtest" },
  { file: "edge" },
  { file: "feed" },
  { file: "delivery", needsParts: true },
  { file: "control", needsParts: true },
  { file: "series", needsParts: true },
  { file: "kafka", needsParts: true },
  { file: "stream", needsParts: true },
];

async function main(argv: string[]): Promise<number> {
  const cut = argv.indexOf("--");
  const own = cut < 0 ? argv : argv.slice(0, cut);
  const args = cut < 0 ? [] : argv.slice(cut + 1);
  const json = own.includes("--json");
  const names = own.filter((word) => !word.startsWith("--"));
  const found: string[] = [];
  for (const area of AREAS) {
    const { scenarios } = await import(`./bench/${area.file}.ts`) as { scenarios: Record<string, Scenario> };
    for (const [name, run] of Object.entries(scenarios)) {
      found.push(name);
      const wanted = names.length === 0
        ? !area.needsParts
        : names.includes(name) || args.length === 0 && names.includes(area.file);
      if (!wanted) continue;
      print(name, await run({ json, args }), json);
    }
  }
  const unknown = names.filter((name) => !found.includes(name) && !AREAS.some((area) => area.file === name));
  if (unknown.length > 0) {
    console.error(`no scenario ${unknown.join(", ")}; there are ${found.join(", ")}`);
    return 2;
  }
  return 0;
}

function print(name: string, rows: readonly Record<string, unknown>[], json: boolean): void {
  if (json) {
    for (const row of rows) console.log(JSON.stringify({ scenario: name, ...row }));
    return;
  }
  console.log(`\n${name}`);
  console.table(rows.map(({ scenario: _, ...row }) => row));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
