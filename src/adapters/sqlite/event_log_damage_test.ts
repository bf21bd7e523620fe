import { DatabaseSync } from "node:sqlite";
import { expect } from "expect";
import { systemClock } from "../../core/clock.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import { openSqliteLog } from "./event_log.ts";
import { verifyLog, verifySeries } from "./verify.ts";

async function withFolder(body: (folder: string, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-damage-" });
  try {
    await body(folder, `${folder}/events.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = (path: string) => openSqliteLog({ path, partitions: 2, clock: systemClock });
const rule = (key: string): NewRecord => ({ topic: "rules", key, value: "{}", timestamp: 1 });
const trades = (count: number): NewRecord[] =>
  Array.from(
    { length: count },
    () => ({ topic: "trades", key: "005930", value: "x".repeat(500), timestamp: 1 }),
  );

async function filled(path: string): Promise<void> {
  const log = await open(path);
  await log.append([rule("a"), rule("b"), ...trades(2_000)]);
  await log.close();
}

/** What opening a log says, and its health; closes it. */
async function opened(path: string): Promise<string> {
  let log: EventLog | undefined;
  try {
    log = await open(path);
    return log.health().warning ?? "good";
  } catch (thrown) {
    return (thrown as Error).message;
  } finally {
    await log?.close();
  }
}

Deno.test("a log that is gone, empty or cut off is reported for what it is, never begun anew", () =>
  withFolder(async (_folder, path) => {
    await filled(path);
    expect(await opened(path)).toBe("good");
    const whole = await Deno.readFile(path);
    for (
      const [bytes, reason] of [
        [undefined, /events\.db is missing, but /],
        [new Uint8Array(0), /events\.db is empty, but /],
        [whole.subarray(0, 40), /damaged or no database/],
        [whole.subarray(0, whole.length - 20_000), /is cut off: it has |malformed; the file is damaged/],
        [new TextEncoder().encode("symbol,kind\n".repeat(500)), /damaged or no database/],
      ] as const
    ) {
      await Deno.remove(path).catch(() => {});
      if (bytes !== undefined) await Deno.writeFile(path, bytes);
      expect(await opened(path)).toMatch(reason);
      expect(await Deno.readFile(path).catch(() => undefined)).toEqual(bytes && new Uint8Array(bytes));
    }
    await Deno.remove(path).catch(() => {});
    await Deno.remove(path.replace(".db", ".mark"));
    expect(await opened(path)).toBe("good");
  }));

Deno.test("acknowledged records that are gone with the write-ahead log are reported; prices that are gone are not", () =>
  withFolder(async (folder, path) => {
    await filled(path);
    await Deno.mkdir(`${folder}/killed`);
    const copy = `${folder}/killed/events.db`;
    const files = async (names: readonly string[]) => {
      for (const name of names) await Deno.copyFile(`${folder}/${name}`, `${folder}/killed/${name}`);
    };
    // As a kill -9 leaves it: the write-ahead log has what was acknowledged last.
    const log = await open(path);
    await log.append(trades(10));
    await files(["events.db", "events.mark"]);
    expect(await opened(copy)).toBe("good");
    await log.append([rule("c"), { ...rule("d"), topic: "alerts" }]);
    await files(["events.db", "events.db-wal", "events.mark"]);
    expect(await opened(copy)).toBe("good");
    await files(["events.db", "events.mark"]);
    await Deno.remove(`${copy}-wal`).catch(() => {});
    const reason = await opened(copy);
    expect(reason).toContain("acknowledged records are missing (1 of rules, 1 of alerts;");
    // What is left is the log now.
    expect(await opened(copy)).toBe("good");
    await log.close();
  }));

Deno.test("another log in the place of the one that was here is reported", () =>
  withFolder(async (folder, path) => {
    await filled(path);
    await filled(`${folder}/other/events.db`);
    await Deno.copyFile(`${folder}/other/events.db`, path);
    expect(await opened(path)).toContain("is another log than the one that was here");
  }));

Deno.test("verify reads everything back, and finds what opening a log does not", () =>
  withFolder(async (folder, path) => {
    await filled(path);
    const bad = () => verifyLog(path).filter(({ ok }) => !ok).map(({ part, detail }) => `${part}: ${detail}`);
    // {} is no rule: it was written past the API.
    expect(bad()).toEqual([expect.stringMatching(/^rules: a: .*; b: /)]);
    const database = new DatabaseSync(path);
    database.exec("UPDATE segment SET count = count + 1");
    database.exec("INSERT INTO committed VALUES ('stream', 0, 999999, '')");
    database.close();
    expect(bad()).toEqual([
      expect.stringMatching(/^records: segment \d+: has \d+ of \d+ records/),
      expect.stringMatching(/^rules: /),
      expect.stringMatching(/^positions of the roles: stream is \d+ ahead of trades/),
    ]);
    const log = await open(path);
    expect(() => verifyLog(path)).toThrow("another process is using this data directory");
    await log.close();
    await Deno.remove(path);
    expect(bad()).toEqual([expect.stringMatching(/^event log: .*events\.db is missing/)]);
    await Deno.writeTextFile(`${folder}/series.db`, "no database ".repeat(100));
    expect(verifySeries(`${folder}/series.db`)).toMatchObject([{ ok: false }]);
    expect(verifySeries(`${folder}/none.db`)).toMatchObject([{ ok: false, detail: "is not there" }]);
  }));
