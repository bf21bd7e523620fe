/**
 * What the long runs found, as docs/reliability.md shows it: docs/reliability.json, one entry a kind of run, its newest run
 * last. The runs write it when they are asked to (`--record`); `deno task generate` makes the page.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Where the record is. */
export const RECORD = fileURLToPath(new URL("../../docs/reliability.json", import.meta.url));

/** The kinds of runs. */
export type RunKind = "torture" | "market-day" | "simulate" | "mutants";

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
