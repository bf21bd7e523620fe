/** `tickbell start` as a process of its own, on a free port and a data directory of its own. */
export interface StartProcess {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly dataDir: string;
  /** Ends it as Ctrl-C does. */
  close(): Promise<void>;
}

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/**
 * Starts it with rules that are in force before the feed begins.
 *
 * @param environment Further settings, TICKBELL_… .
 */
export async function startProcess(
  rules: readonly Record<string, unknown>[],
  environment: Readonly<Record<string, string>>,
): Promise<StartProcess> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-start-" });
  await Deno.writeTextFile(`${dataDir}/rules.ndjson`, rules.map((rule) => JSON.stringify(rule)).join("\n"));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      MAIN,
      "start",
      "--port=0",
      `--data-dir=${dataDir}`,
      `--rules=${dataDir}/rules.ndjson`,
    ],
    env: { ...environment },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const url = await printedUrl(child);
  return {
    url,
    dataDir,
    async close() {
      child.kill("SIGINT");
      await child.status;
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** A start on a busy machine takes seconds. */
const START_MS = 120_000;

/** The API's address, from what it prints within two minutes; the rest of its output is read and dropped. */
async function printedUrl(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  // A process that is ended gives its output's end.
  const late = setTimeout(() => child.kill("SIGKILL"), START_MS);
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      clearTimeout(late);
      throw new Error(`tickbell start ended, or gave no address within ${START_MS} ms: ${printed}`);
    }
    printed += value;
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    if (url === undefined) continue;
    clearTimeout(late);
    drop(reader);
    return url;
  }
}

async function drop(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}
