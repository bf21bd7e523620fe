import { findProgram, partsFolder, type PartTest } from "./part.ts";
import { InfluxApi } from "../../src/adapters/influx/influx_api.ts";

/** A real InfluxDB 2 on loopback with an organisation and a token. */
export interface Influxd {
  readonly url: string;
  readonly org: string;
  readonly token: string;
  readonly api: InfluxApi;
  /** CPU time the server has used since it was started, in seconds; Linux only. */
  cpuSeconds(): Promise<number>;
  /** Stops the server; its data is kept until {@link close}. */
  stop(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const ORG = "project";
const TOKEN = "test-token-of-loopback";

/** The server's program, where it is. */
export async function influxdProgram(): Promise<string | undefined> {
  return await findProgram(`${partsFolder()}/bin/influxd2`, "influxd2", "influxd");
}

/** The need of a test for InfluxDB. */
export const INFLUXD: PartTest = {
  part: "InfluxDB 2",
  missing: async () =>
    await influxdProgram() === undefined
      ? "Put influxd on PATH, or build it into the parts folder (CONTRIBUTING.md, Parts)."
      : undefined,
};

/** Starts an InfluxDB in a folder of its own, on a free port, set up. */
export async function startInfluxd(): Promise<Influxd> {
  const path = await influxdProgram();
  if (path === undefined) throw new Error("influxd is not on this machine");
  const folder = await Deno.makeTempDir({ prefix: "tickbell-influx-" });
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  let child = runInfluxd(path, folder, port);
  await answering(url, child);
  const setup = await fetch(`${url}/api/v2/setup`, {
    method: "POST",
    body: JSON.stringify({
      username: "admin",
      password: "adminadmin",
      org: ORG,
      bucket: "first",
      token: TOKEN,
    }),
  });
  if (!setup.ok) throw new Error(`InfluxDB's setup failed: ${await setup.text()}`);
  await setup.body?.cancel();
  let running = true;
  const stop = async () => {
    if (!running) return;
    running = false;
    child.kill("SIGTERM");
    await child.status;
  };
  return {
    url,
    org: ORG,
    token: TOKEN,
    api: new InfluxApi({ url, org: ORG, token: TOKEN }),
    async cpuSeconds() {
      const stat = await Deno.readTextFile(`/proc/${child.pid}/stat`);
      // Fields 14 and 15, user and system time in ticks of 10 ms; the name before them may have blanks.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    stop,
    start: async () => {
      child = runInfluxd(path, folder, port);
      running = true;
      await answering(url, child);
    },
    close: async () => {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Starts a server on what a folder has, and does not wait. */
export function runInfluxd(path: string, folder: string, port: number): Deno.ChildProcess {
  return new Deno.Command(path, {
    args: [
      `--http-bind-address=127.0.0.1:${port}`,
      `--bolt-path=${folder}/influxd.bolt`,
      `--sqlite-path=${folder}/influxd.sqlite`,
      `--engine-path=${folder}/engine`,
      "--reporting-disabled",
      "--log-level=error",
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Waits until a server answers. @throws when it ends before, or does not. */
export async function answering(url: string, child: Deno.ChildProcess): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (ended) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("InfluxDB did not start");
}

/** Runs every task once, now, and waits for its end; else they run at the next whole minute. */
export async function runTasks(api: InfluxApi, nameBegins: string): Promise<void> {
  const { tasks } = await api.json<{ tasks: { id: string; name: string }[] }>(
    "GET",
    "/api/v2/tasks?limit=500",
  );
  for (const { id } of tasks.filter(({ name }) => name.startsWith(nameBegins))) {
    const run = await api.json<{ id: string }>("POST", `/api/v2/tasks/${id}/runs`, {});
    for (let attempt = 0; attempt < 600; attempt++) {
      // Asked for by its id, a run is not found while it moves to the finished ones.
      const { runs = [] } = await api.json<{ runs?: { id: string; status: string }[] }>(
        "GET",
        `/api/v2/tasks/${id}/runs`,
      );
      const status = runs.find((listed) => listed.id === run.id)?.status;
      if (status === "success") break;
      if (status === "failed") throw new Error(`a task of InfluxDB failed: ${nameBegins}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
