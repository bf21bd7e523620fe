import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Settings, Values } from "../config/setting.ts";
import { PROGRAM_FOLDER } from "../files/program_folder.ts";
import type { Command } from "./command.ts";
import { netFlags, reachOf } from "./reach.ts";
import { isRole, roleFlags, type RolePlace } from "./permissions.ts";
import type { startSettings } from "./start_settings.ts";
import { v8Flags } from "./v8_flags.ts";

/** The program's folder. */
const PROGRAM = fileURLToPath(PROGRAM_FOLDER).replace(/\/$/, "");

/** By its text a package with native code sees whether this is musl or glibc. */
const LIBC = "/usr/bin/ldd";

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Deno's folder of npm packages, and within it the packages that have native code. */
function folders(): Pick<RolePlace, "packages" | "native"> {
  const module = createRequire(import.meta.url).resolve("@node-rs/crc32");
  const native = module.slice(0, module.indexOf("/@node-rs/")) + "/@node-rs";
  return { native, packages: native.slice(0, native.lastIndexOf("/npm/")) + "/npm" };
}

/** What a command other than a role may besides the network: files, its environment, what the machine is. */
const COMMON = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];

/** The flags of Deno for a command on this machine. */
export function commandFlags(command: Command, config: Values<Settings>): string[] {
  const { name, settings } = command;
  if (!isRole(name)) return [...v8Flags(name), ...COMMON, ...networkOf(command, config)];
  const permissions = roleFlags(name, {
    config: config as RolePlace["config"],
    settings,
    env: Deno.env.toObject(),
    program: PROGRAM,
    ...folders(),
    libc: exists(LIBC) ? LIBC : undefined,
    folder: Deno.cwd(),
  });
  return [...v8Flags(name), ...permissions];
}

/** `start` without a centre knows its hosts. Brokers are found through others, and Kafka's checksums are native code. */
function networkOf({ name }: Command, config: Values<Settings>): string[] {
  const settings = config as Values<typeof startSettings>;
  return name === "start" && settings.upstream.length === 0
    ? netFlags(reachOf(settings), settings.host)
    : ["--allow-net", `--allow-ffi=${folders().native}`];
}
