import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Settings, Values } from "../config/setting.ts";
import type { Command } from "./command.ts";
import { roleFlags, type RoleName, type RolePlace } from "./permissions.ts";
import { roleSettings } from "./role_settings.ts";

/** The program's folder. */
const PROGRAM = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

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

/** The flags of Deno for a command on this machine. */
export function commandFlags(command: Command, config: Values<Settings>): string[] {
  const { native, packages } = folders();
  const settings = (roleSettings as Readonly<Record<string, Settings>>)[command.name];
  if (settings === undefined) {
    return [
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-net",
      `--allow-ffi=${native}`,
    ];
  }
  return roleFlags(command.name as RoleName, {
    config: config as RolePlace["config"],
    settings,
    env: Deno.env.toObject(),
    program: PROGRAM,
    packages,
    native,
    libc: exists(LIBC) ? LIBC : undefined,
    folder: Deno.cwd(),
  });
}
