import { backup } from "node:sqlite";
import { openSeriesDatabase } from "../adapters/sqlite/series_schema.ts";
import { verifyLog, verifySeries } from "../adapters/sqlite/verify.ts";
import { InputError } from "../core/errors.ts";
import type { Copyable } from "../ports/copyable.ts";
import { BACKED_UP, backupName, makeBackup, SECRETS } from "./backup_folder.ts";
import { openEmbeddedLog } from "./open_embedded_log.ts";

/** What stands beside a log and a price series while they are open, or says how far they have come. */
const BESIDE = ["events.db-wal", "events.db-shm", "events.mark", "series.db-wal", "series.db-shm"];

/**
 * Makes a backup of a data directory that nothing uses.
 *
 * @throws {OutsideError} `database_in_use`
 */
export async function makeHere(
  folder: string,
  options: { readonly dataDir: string; readonly now: number },
): Promise<void> {
  const { dataDir } = options;
  if (!await isThere(`${dataDir}/events.db`)) {
    const reason = "has no events.db: there is nothing to back up";
    throw new InputError("bad_argument", [{ field: "--data-dir", code: "empty", reason, value: dataDir }]);
  }
  const log = await openEmbeddedLog(dataDir);
  try {
    const path = `${dataDir}/series.db`;
    const series = await isThere(path) ? copyOf(path) : undefined;
    await makeBackup(folder, { ...options, log, series });
  } finally {
    await log.close();
  }
}

function copyOf(path: string): Copyable {
  return {
    async copyTo(target) {
      const database = openSeriesDatabase(path);
      try {
        await backup(database, target);
      } finally {
        database.close();
      }
    },
  };
}

/**
 * Reads a backup's log and prices back, in a copy: reading would change them.
 *
 * @returns what is wrong.
 */
export async function readBack(folder: string): Promise<string[]> {
  const copy = await Deno.makeTempDir({ prefix: "tickbell-check-" });
  try {
    const faults: string[] = [];
    for (const [name, verify] of [["events.db", verifyLog], ["series.db", verifySeries]] as const) {
      if (!await isThere(`${folder}/${name}`)) continue;
      await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
      for (const { ok, part, detail } of verify(`${copy}/${name}`)) {
        if (!ok) faults.push(`${part}: ${detail}`);
      }
    }
    return faults;
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/**
 * Puts a backup's files in the place of a data directory's, which are moved aside.
 *
 * @returns where what was there is; undefined: nothing was there.
 * @throws {OutsideError} `database_in_use`: stop what uses it first.
 */
export async function putInPlace(
  folder: string,
  { dataDir, files, now }: {
    readonly dataDir: string;
    readonly files: readonly string[];
    readonly now: number;
  },
): Promise<string | undefined> {
  await Deno.mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (await isThere(`${dataDir}/events.db`)) await requireUnused(dataDir);
  const fresh = `${dataDir}/.restoring`;
  await Deno.remove(fresh, { recursive: true }).catch(() => {});
  await Deno.mkdir(fresh, { mode: 0o700 });
  for (const name of files) await Deno.copyFile(`${folder}/${name}`, `${fresh}/${name}`);
  const aside = await setAside(dataDir, now);
  for (const name of files) await Deno.rename(`${fresh}/${name}`, `${dataDir}/${name}`);
  for (const name of SECRETS) if (files.includes(name)) await Deno.chmod(`${dataDir}/${name}`, 0o600);
  await Deno.remove(fresh);
  return aside;
}

/** @throws {OutsideError} `database_in_use`. A log that is damaged is not in use: that is why it is restored. */
async function requireUnused(dataDir: string): Promise<void> {
  try {
    await (await openEmbeddedLog(dataDir)).close();
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "database_in_use") throw thrown;
  }
}

async function setAside(dataDir: string, now: number): Promise<string | undefined> {
  const aside = `${dataDir}/before-restore-${backupName(now)}`;
  let any = false;
  for (const name of [...BACKED_UP, ...BESIDE]) {
    if (!await isThere(`${dataDir}/${name}`)) continue;
    if (!any) await Deno.mkdir(aside, { mode: 0o700 });
    any = true;
    await Deno.rename(`${dataDir}/${name}`, `${aside}/${name}`);
  }
  return any ? aside : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
