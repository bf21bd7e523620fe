import { expect } from "expect";
import { pathToFileURL } from "node:url";
import { buildConsole } from "../../scripts/build_console.ts";
import { page as mailPage } from "../alerts/alert_html.ts";
import { consoleFiles, createConsoleFiles } from "./files.ts";

async function page(): Promise<string> {
  await buildConsole();
  const file = await consoleFiles("/");
  return new TextDecoder().decode(file?.bytes);
}

Deno.test("the page and everything it names are served, with their types and caching", async () => {
  const html = await page();
  const root = await consoleFiles("/");
  expect(root?.contentType).toBe("text/html; charset=utf-8");
  expect(root?.headers["content-security-policy"]).toContain("script-src 'self'");
  const named = [...html.matchAll(/(?:src|href|data-tabs|data-preview|data-engine)="([^"]+)"/g)].map((
    [, path],
  ) => path as string);
  expect(named.length).toBe(8);
  for (const path of named) {
    const file = await consoleFiles(path);
    expect({ path, size: (file?.bytes.length ?? 0) > 100 }).toEqual({ path, size: true });
  }
  const script = await consoleFiles(named.find((path) => path.endsWith(".js")) as string);
  expect(script?.contentType).toBe("text/javascript; charset=utf-8");
  expect(script?.headers["cache-control"]).toContain("immutable");
  // A script that runs as a worker goes by a policy of its own, and needs to reach the API.
  expect(script?.headers["content-security-policy"]).toContain("connect-src 'self'");
  expect(await consoleFiles("/index.html")).toEqual(root);
});

Deno.test("the page has no inline script or style, and nothing names an outside address to load", async () => {
  const html = await page();
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|https?:/);
  const sheet = /href="([^"]+\.css)"/.exec(html)?.[1] as string;
  const css = new TextDecoder().decode((await consoleFiles(sheet))?.bytes);
  expect(css).not.toMatch(/@import|url\(/);
});

Deno.test("the page's policy lets through the sheet that every mail carries", async () => {
  const sheet = /<style>([^<]*)</.exec(mailPage("ko", ""))?.[1] as string;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sheet));
  const policy = (await consoleFiles("/"))?.headers["content-security-policy"];
  expect(policy).toContain(`style-src 'self' 'sha256-${new Uint8Array(hash).toBase64()}'`);
});

Deno.test("no path leads out of the built files", async () => {
  await page();
  const paths = [
    "/../files.ts",
    "/assets/../../files.ts",
    "/assets/..%2f..%2ffiles.ts",
    "/manifest.json",
    "/stamp",
    "/assets/",
    "",
    "/assets/main.js",
    "//etc/passwd",
    "/constructor",
    "/__proto__",
  ];
  for (const path of paths) {
    expect({ path, file: await consoleFiles(path) }).toEqual({ path, file: undefined });
  }
});

Deno.test("a console that was not built says how to build it, and is there once it is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-console-" });
  try {
    const files = createConsoleFiles(pathToFileURL(`${folder}/`));
    expect(new TextDecoder().decode((await files("/"))?.bytes)).toContain("deno task build");
    expect(await files("/assets/x.js")).toBeUndefined();
    await Deno.writeTextFile(`${folder}/index.html`, "<p>here");
    await Deno.writeTextFile(`${folder}/manifest.json`, '{"/":"index.html"}');
    expect(new TextDecoder().decode((await files("/"))?.bytes)).toBe("<p>here");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
