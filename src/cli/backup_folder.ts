import { InputError, messageOf, OutsideError } from "../core/errors.ts";
import type { Copyable } from "../ports/copyable.ts";
import { VERSION } from "./version.ts";

/** What a backup has, written last: a folder without it is not whole. */
export interface BackupManifest {
  readonly tickbell: string;
  /** ISO 8601. */
  readonly at: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

const MANIFEST = "backup.json";
/** Files that their owner alone may read. */
export const SECRETS = ["api-key", "link-secret"] as const;
/** What of a data directory a backup has; prices and secrets may be missing. */
export const BACKED_UP = ["events.db", "series.db", ...SECRETS] as const;

/**
 * Copies a data directory's log and prices while they are used, each as of one moment, and the secrets.
 *
 * @param parts what is open: the log, and the prices where they are files.
 * @returns the folder.
 * @throws {OutsideError} code `backup_failed`: the disk is full, the folder cannot be written.
 */
export async function makeBackup(
  folder: string,
  { dataDir, log, series, now }: {
    readonly dataDir: string;
    readonly log: Copyable;
    readonly series: Copyable | undefined;
    readonly now: number;
  },
): Promise<BackupManifest> {
  const partial = `${folder}.partial`;
  try {
    await Deno.mkdir(partial, { recursive: true, mode: 0o700 });
    // Prices first: the log then has at least all that the prices have, and hands out the rest again.
    await series?.copyTo(`${partial}/series.db`);
    await log.copyTo(`${partial}/events.db`);
    for (const name of SECRETS) await copySecret(`${dataDir}/${name}`, `${partial}/${name}`);
    const manifest = { tickbell: VERSION, at: new Date(now).toISOString(), files: await filesIn(partial) };
    await Deno.writeTextFile(`${partial}/${MANIFEST}`, `${JSON.stringify(manifest, null, 2)}\n`);
    await Deno.rename(partial, folder);
    return manifest;
  } catch (thrown) {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
    const reason = `The backup ${folder} was not made: ${messageOf(thrown)}`;
    throw new OutsideError("backup_failed", reason, { retryable: false, cause: thrown });
  }
}

/** `2026-11-30T11-59-12`: the name of a backup, in UTC. */
export function backupName(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
}

/**
 * Reads a backup's manifest and compares its files with it.
 *
 * @throws {InputError} code `bad_backup`: it is not whole, or a file is not as it was.
 */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  let manifest: BackupManifest;
  try {
    manifest = JSON.parse(await Deno.readTextFile(`${folder}/${MANIFEST}`));
  } catch (thrown) {
    const missing = thrown instanceof Deno.errors.NotFound;
    throw badBackup(folder, missing ? `is no whole backup: it has no ${MANIFEST}` : messageOf(thrown));
  }
  const found = new Map((await filesIn(folder)).map((file) => [file.name, file]));
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = found.get(name);
    if (file === undefined) throw badBackup(folder, `lacks ${name}`);
    if (file.bytes !== bytes || file.sha256 !== sha256) {
      throw badBackup(folder, `has a ${name} that is not as it was`);
    }
  }
  if (!manifest.files.some(({ name }) => name === "events.db")) throw badBackup(folder, "has no events.db");
  return manifest;
}

async function copySecret(from: string, to: string): Promise<void> {
  const key = await Deno.readTextFile(from).catch((thrown) => {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  });
  if (key !== undefined) await Deno.writeTextFile(to, key, { mode: 0o600 });
}

async function filesIn(folder: string): Promise<BackupManifest["files"]> {
  const files: BackupManifest["files"][number][] = [];
  for (const name of BACKED_UP) {
    const sum = await sumOf(`${folder}/${name}`);
    if (sum !== undefined) files.push({ name, ...sum });
  }
  return files;
}

/** Size and SHA-256 of a file, read a piece at a time; undefined when there is none. */
async function sumOf(path: string): Promise<{ bytes: number; sha256: string } | undefined> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    using file = await Deno.open(path);
    for await (const chunk of file.readable) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
  return { bytes, sha256: hash.digest("hex") };
}

function badBackup(folder: string, reason: string): InputError {
  return new InputError("bad_backup", [{ field: folder, code: "bad_backup", reason }]);
}
