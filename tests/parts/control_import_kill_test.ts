import { expect } from "expect";
import { ControlClient } from "../../src/control/client/client.ts";
import { ROOT_KEY } from "../support/control.ts";
import { type ControlProcess, startControlProcess } from "../support/control_process.ts";

/** What is imported, and after how many answered lines the process is killed, once for each. */
interface Import {
  readonly lines: number;
  readonly atomic: boolean;
  readonly kills: readonly number[];
}

const line = (value: number) =>
  JSON.stringify({
    symbol: "005930",
    kind: "target_price",
    comparator: "gte",
    value,
    recipients: ["kim@example.com"],
  });

Deno.test("kill -9 in the middle of an import of 100,000 rules: repeated as it was, it is whole and nothing is twice", () =>
  killedAndRepeated({ lines: 100_000, atomic: false, kills: [10_000, 45_000] }));

Deno.test("kill -9 in the middle of an atomic import: it is checked again as a whole, and completed", () =>
  killedAndRepeated({ lines: 20_000, atomic: true, kills: [5_000] }));

async function killedAndRepeated({ lines, atomic, kills }: Import): Promise<void> {
  const folder = await Deno.makeTempDir();
  const content = new TextEncoder().encode(
    Array.from({ length: lines }, (_, index) => line(index + 1)).join("\n"),
  );
  let control: ControlProcess | undefined;
  try {
    const reported = new Set<number>();
    for (const killAt of kills) {
      control = await startControlProcess(folder);
      const status = await importAll(control, content, { killAt, reported, atomic });
      expect(status).toBe("cut off");
    }
    expect(reported.size).toBeLessThan(lines);
    control = await startControlProcess(folder);
    const kept = await countRules(control);
    // What was reported as created before a kill is there after it.
    expect(kept).toBeGreaterThanOrEqual(reported.size);
    expect(kept).toBeLessThan(lines);
    expect(await importAll(control, content, { reported: new Set(), atomic })).toEqual({
      lines,
      created: lines - kept,
      replaced: 0,
      deleted: 0,
      unchanged: kept,
      refused: 0,
    });
    expect(await countRules(control)).toBe(lines);
  } finally {
    await control?.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Imports, and kills the process once that many lines have been answered.
 *
 * @returns the summary, or that it was cut off.
 */
async function importAll(
  control: ControlProcess,
  content: Uint8Array<ArrayBuffer>,
  { killAt, reported, atomic }: { killAt?: number; reported: Set<number>; atomic: boolean },
): Promise<Readonly<Record<string, number>> | "cut off"> {
  const api = new ControlClient({ url: control.url, key: ROOT_KEY });
  const options = { format: "ndjson", mode: "create", atomic, idempotencyKey: "the-import" } as const;
  let killed = false;
  try {
    for await (const { line, status, summary } of api.importRules(content, options)) {
      if (summary !== undefined) return summary;
      if (status === "created" || status === "unchanged") reported.add(line!);
      if (!killed && killAt !== undefined && line! >= killAt) {
        killed = true;
        await control.kill();
      }
    }
  } catch (thrown) {
    // The connection ended with the process; before that nothing may fail.
    if (!killed) throw thrown;
  }
  return "cut off";
}

async function countRules(control: ControlProcess): Promise<number> {
  const api = new ControlClient({ url: control.url, key: ROOT_KEY });
  let count = 0;
  for await (const piece of api.exportRules({})) count += piece.split("\n").length - 1;
  return count;
}
