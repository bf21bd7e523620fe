import { clientSettings } from "../../config/client.ts";
import { commonSettings } from "../../config/common.ts";
import { controlSettings } from "../../config/control.ts";
import { ControlClient } from "../../control/client/client.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import { systemClock } from "../../core/clock.ts";
import { EXIT, keyOf } from "../api_command.ts";
import { BACKED_UP, type BackupManifest, backupName, checkBackup } from "../backup_folder.ts";
import { command } from "../command.ts";
import { counted } from "../../core/counted.ts";
import { seoul } from "../seoul.ts";

/** Copies a data directory, also while `start` uses it, and reads the copy back. */
export const backupCommand = command({
  name: "backup",
  summary: "Copy a data directory's log, prices and key, also while it is used, and check the copy",
  args: ["[folder]"],
  settings: {
    dataDir: commonSettings.dataDir,
    apiUrl: clientSettings.apiUrl,
    apiKey: controlSettings.apiKey,
    json: clientSettings.json,
  },
  examples: ["tickbell backup", "tickbell backup /mnt/backups/tickbell-monday"],
  async run({ config, args: [target], out }) {
    const { makeHere } = await import("../backup_here.ts");
    if (target !== undefined) await refuseTaken(target);
    const now = systemClock.now();
    let folder = target ?? `${config.dataDir}/backups/${backupName(now)}`;
    try {
      await makeHere(folder, { dataDir: config.dataDir, now });
    } catch (thrown) {
      if (!(thrown instanceof OutsideError) || thrown.code !== "database_in_use") throw thrown;
      const api = new ControlClient({
        url: config.apiUrl,
        key: config.apiKey ?? await keyOf(config.dataDir),
      });
      const made = (await api.makeBackup()).folder;
      if (target === undefined) folder = made;
      else await relocate(made, target);
    }
    const manifest = await checked(folder);
    if (config.json) out(JSON.stringify({ folder, ...manifest }));
    else out(`Written to ${folder}, read back and sound: ${sizes(manifest)}.`);
    return EXIT.done;
  },
});

/** Puts a backup in the place of a data directory's files. */
export const restoreCommand = command({
  name: "restore",
  summary:
    "Put a backup in the place of a data directory's log, prices and key; what was there is kept beside it",
  args: ["<folder>"],
  settings: { dataDir: commonSettings.dataDir, json: clientSettings.json },
  examples: [
    "tickbell restore data/backups/2026-11-30T06-30-00",
    "tickbell restore /mnt/backups/monday --data-dir data",
  ],
  async run({ config, args: [folder], out }) {
    const { putInPlace } = await import("../backup_here.ts");
    const manifest = await checked(folder!);
    const aside = await putInPlace(folder!, {
      dataDir: config.dataDir,
      files: manifest.files.map(({ name }) => name),
      now: systemClock.now(),
    });
    const kept = aside === undefined ? "" : ` What was there is in ${aside}.`;
    if (config.json) out(JSON.stringify({ dataDir: config.dataDir, aside, ...manifest }));
    else {out(
        `Restored ${config.dataDir} as it was at ${seoul(manifest.at)} (Seoul): ${sizes(manifest)}.${kept}`,
      );}
    return EXIT.done;
  },
});

/** Compares a backup with its sums, and reads its log and prices back. */
async function checked(folder: string): Promise<BackupManifest> {
  const manifest = await checkBackup(folder);
  const { readBack } = await import("../backup_here.ts");
  const faults = await readBack(folder);
  if (faults.length === 0) return manifest;
  throw new InputError("bad_backup", faults.map((reason) => ({ field: folder, code: "bad_backup", reason })));
}

async function relocate(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of [...BACKED_UP, "backup.json"]) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`).catch((thrown) => {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    });
  }
  await Deno.remove(from, { recursive: true });
}

async function refuseTaken(folder: string): Promise<void> {
  const there = await Deno.stat(folder).then(() => true, () => false);
  if (!there) return;
  const reason = "is there already: name a folder that is not";
  throw new InputError("bad_argument", [{ field: "folder", code: "taken", reason, value: folder }]);
}

function sizes({ files }: BackupManifest): string {
  return files.map(({ name, bytes }) => `${name} ${counted(Math.ceil(bytes / 1024), "KiB", "KiB")}`).join(
    ", ",
  );
}
