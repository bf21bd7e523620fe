/**
 * What the long runs found, as docs/reliability.md shows it: docs/reliability.json, one entry a kind of run, its newest run
 * last. The runs write it when they are asked to (`--record`); `deno task generate` makes the page.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Where the record is. */
export const RECORD = fileURLToPath(new URL("../../docs/reliability.json", import.meta.url));

/** What the page says of a kind of run, besides its results. */
export interface RunKindWords {
  readonly title: string;
  readonly what: string;
  readonly command: string;
  /** What runs have found that is mended since. */
  readonly found: readonly string[];
  readonly notCovered: string;
}

/** The kinds of runs. */
export const RUN_KINDS = {
  torture: {
    title: "Torture",
    what:
      "Real processes, embedded and on Kafka, under every fault of one table, in an order of chance; an oracle checks " +
      "what they left: every acknowledged trade and rule, every alert, each message once.",
    command: "deno task torture --minutes N [--record]",
    found: [
      "A network that took connections and ended them at once left roles waiting for ever once it was well again: a connection " +
      "that ended in the moment in which it was made counted as a good one.",
      "A broker that was connected before it said what it understands was never asked again.",
      "While a step of the machine's time was not believed, times had fractions of a millisecond, and rules were refused.",
      "While a topic that is appended to was missing, every role ended with an uncaught error.",
      "37 mails sent twice by notifiers that were frozen in their calls (the lease came of it).",
    ],
    notCovered: "power cuts of the whole machine, disks that lie about what they have written.",
  },
  "market-day": {
    title: "A market day",
    what:
      "2,700 symbols and 100,000 rules of all kinds through `tickbell start`, the day's shape pressed into minutes, killed " +
      "at the end of the opening; the plain oracle says trade by trade which alerts there must be.",
    command: "deno task market-day [--seconds N] [--record]",
    found: [],
    notCovered: "a whole day's six and a half hours; measures over days, which need a year of references.",
  },
  simulate: {
    title: "Simulation",
    what:
      "All roles over a model of the log under one scheduler, one seed a run; the promises are examined after every step.",
    command: "deno task simulate [--seed N] [--seeds N | --seconds S] [--record]",
    found: ["[simulation.md](simulation.md#what-it-found) has the list."],
    notCovered: "what the operating system, the network and the broker really do: that is the torture's.",
  },
  mutants: {
    title: "Mutants",
    what:
      "One-line bugs, kept as patches, that the tests must find; many of them the simulation, each within a minute.",
    command: "deno task mutants [--simulate] [--record]",
    found: [],
    notCovered: "bugs that nobody has thought of.",
  },
} as const satisfies Readonly<Record<string, RunKindWords>>;

/** A kind of run. */
export type RunKind = keyof typeof RUN_KINDS;

/** One run: when, and what it says of itself. */
export interface RecordedRun {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly [name: string]: unknown;
}

/** All recorded runs, the newest of each kind last. */
export type ReliabilityRecord = Readonly<Partial<Record<RunKind, readonly RecordedRun[]>>>;

/** How many runs of a kind are kept. */
const KEPT = 5;

/** @returns the record; empty when there is none yet. */
export async function readRecord(path = RECORD): Promise<ReliabilityRecord> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return {};
  }
}

/** Notes a run. It must name nothing of the machine. */
export async function noteRun(
  kind: RunKind,
  run: Readonly<Record<string, unknown>>,
  path = RECORD,
): Promise<void> {
  const record = await readRecord(path);
  const date = new Date().toISOString().slice(0, 10);
  const runs = [...record[kind] ?? [], { date, ...run }].slice(-KEPT);
  await Deno.writeTextFile(path, `${JSON.stringify({ ...record, [kind]: runs }, undefined, 2)}\n`);
}
