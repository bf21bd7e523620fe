/**
 * The built console's files, for the control API to serve.
 *
 * Only the paths that the build's manifest lists are answered, by looking them up: no path is ever joined to a folder,
 * so none can lead out of it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { DARK_SHEET } from "../alerts/alert_html.ts";
import { PROGRAM_FOLDER } from "../files/program_folder.ts";

/** A file of the console. */
export interface ConsoleFile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Headers that belong to it: caching, and for the page its Content-Security-Policy. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What the page may do: load its own script, sheet and pictures, and talk to its own origin. No inline script, no outside
 * address. Style attributes and one style element are let through for the mails alone: a mail is shown in a sandboxed
 * frame that inherits this policy, and carries its styles as attributes and its look in the dark as a sheet, known by its
 * hash; the page itself has none in its markup.
 */
const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' 'sha256-${createHash("sha256").update(DARK_SHEET).digest("base64")}'`,
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What a script may do that runs as a worker: load its parts, compile the engine, and talk to its own origin. */
const WORKER_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
].join("; ");

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
};

const NOT_BUILT =
  "<!doctype html><title>Tickbell</title><p>The console has not been built: run <code>deno task build</code>.";

/** Serves the console built into `folder`; files are read once and kept. */
export function createConsoleFiles(folder: URL): (path: string) => Promise<ConsoleFile | undefined> {
  let files: Promise<ReadonlyMap<string, ConsoleFile> | undefined> | undefined;
  return async (path) => {
    files ??= readAll(folder);
    const built = await files;
    if (built === undefined) {
      files = undefined;
      return path === "/" ? page(new TextEncoder().encode(NOT_BUILT)) : undefined;
    }
    return built.get(path === "/index.html" ? "/" : path);
  };
}

/** The console that `deno task build` made; `path` is a URL's path, "/" the page. */
export const consoleFiles: (path: string) => Promise<ConsoleFile | undefined> = createConsoleFiles(
  new URL("src/console/dist/", PROGRAM_FOLDER),
);

async function readAll(folder: URL): Promise<ReadonlyMap<string, ConsoleFile> | undefined> {
  let listed: Record<string, string>;
  try {
    listed = JSON.parse(await Deno.readTextFile(new URL("manifest.json", folder)));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
  const files = new Map<string, ConsoleFile>();
  for (const [path, name] of Object.entries(listed)) {
    const bytes = await Deno.readFile(new URL(name, folder));
    files.set(path, path === "/" ? page(bytes) : asset(path, bytes));
  }
  return files;
}

function page(bytes: Uint8Array): ConsoleFile {
  const headers = { "cache-control": "no-cache", "content-security-policy": CONSOLE_POLICY };
  return { bytes, contentType: TYPES.html as string, headers };
}

function asset(path: string, bytes: Uint8Array): ConsoleFile {
  const contentType = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  // The names of scripts and sheets carry their content's hash.
  const caching = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  const policy: Record<string, string> = contentType === TYPES.js
    ? { "content-security-policy": WORKER_POLICY }
    : {};
  return { bytes, contentType, headers: { "cache-control": caching, ...policy } };
}
