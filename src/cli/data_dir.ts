import { newVapidKeys } from "../adapters/push/encryption.ts";
import { messageOf, OutsideError } from "../core/errors.ts";

/** What the program keeps there; the folder may have other things as well. */
const OURS =
  /^(?:(?:events|series)\.db(?:-wal|-shm)?|events\.mark|api-key|link-secret|push-keys|kis-.*|outbox|backtests|backups|replay)$/;

/**
 * Makes the folder of the embedded parts, readable by its owner alone, and answers its absolute path.
 *
 * @throws {OutsideError} code `data_dir_unwritable` when nothing can be written there.
 */
export async function prepareDataDir(path: string): Promise<string> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const absolute = await Deno.realPath(path);
    await ownersAlone(absolute, 0o700);
    for await (const { name, isDirectory } of Deno.readDir(absolute)) {
      if (OURS.test(name)) await ownersAlone(`${absolute}/${name}`, isDirectory ? 0o700 : 0o600);
    }
    await checkRoom(`${absolute}/.write-check-${Deno.pid}`);
    return absolute;
  } catch (error) {
    throw new OutsideError(
      "data_dir_unwritable",
      `cannot write in the data directory ${path} (${messageOf(error)}); choose another with --data-dir`,
      { retryable: false, cause: error },
    );
  }
}

/** A full disk takes files without bytes: some are written. */
async function checkRoom(probe: string): Promise<void> {
  try {
    await Deno.writeTextFile(probe, " ".repeat(PROBE_BYTES));
  } finally {
    await Deno.remove(probe).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

const PROBE_BYTES = 4_096;

/**
 * The embedded start's API key: kept in `api-key` of the data directory, readable by its owner alone, made at the first
 * start.
 */
export function embeddedApiKey(dataDir: string): Promise<string> {
  return keptSecret(`${dataDir}/api-key`, () => `tb_${chance()}`);
}

/** What the embedded start signs the stop links of its mails with: a secret of its own, in `link-secret`. */
export function embeddedLinkSecret(dataDir: string): Promise<string> {
  return keptSecret(`${dataDir}/link-secret`, chance);
}

/** The embedded start's VAPID keys of web push, public and private with a comma between, in `push-keys`. */
export function embeddedPushKeys(dataDir: string): Promise<string> {
  return keptSecret(`${dataDir}/push-keys`, async () => {
    const { publicKey, privateKey } = await newVapidKeys();
    return `${publicKey},${privateKey}`;
  });
}

/** 24 bytes of chance, in hexadecimal. */
function chance(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toHex();
}

/** A secret of a file that only its owner may read, made when the file is not there. */
async function keptSecret(path: string, make: () => string | Promise<string>): Promise<string> {
  const kept = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  if (kept.trim() !== "") {
    await ownersAlone(path, 0o600);
    return kept.trim();
  }
  const secret = await make();
  const file = await Deno.open(`${path}.new`, { write: true, create: true, truncate: true, mode: 0o600 });
  try {
    await file.write(new TextEncoder().encode(`${secret}\n`));
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(`${path}.new`, path);
  return secret;
}

/**
 * Takes a file or folder from everybody but its owner, also one that was there. Not one that is somebody else's: a pod's
 * volume is root's, and who mounts it says who may read it. Not on Windows, which has no such bits.
 */
async function ownersAlone(path: string, mode: number): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    const { uid } = await Deno.stat(path);
    if (uid === Deno.uid()) await Deno.chmod(path, mode);
  } catch (thrown) {
    // A file that another process has taken away meanwhile.
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}
