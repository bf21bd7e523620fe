import { freePort } from "./influxd.ts";
import { findProgram, type PartTest } from "./part.ts";

/** A real Prometheus on loopback that scrapes once a second. */
export interface Prometheus {
  readonly url: string;
  /** The series of an instant query, at a time or now. */
  query(
    expr: string,
  ): Promise<readonly { readonly metric: Record<string, string>; readonly value: number }[]>;
  close(): Promise<void>;
}

/** The need of a test for Prometheus. */
export const PROMETHEUS: PartTest = {
  part: "Prometheus",
  missing: async () =>
    await findProgram("prometheus") === undefined
      ? "Install Prometheus (Debian: apt install prometheus)."
      : undefined,
};

/**
 * Starts Prometheus on targets such as `127.0.0.1:8000`, with our alert rules.
 *
 * @param key The operator's: without it the totals over all tenants are left out.
 */
export async function startPrometheus(targets: readonly string[], key: string): Promise<Prometheus> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-prometheus-" });
  const rules = new URL("../../infra/prometheus/alerts.yaml", import.meta.url).pathname;
  const list = targets.map((target) => JSON.stringify(target)).join(", ");
  await Deno.writeTextFile(
    `${folder}/prometheus.yaml`,
    `global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [${rules}]\nscrape_configs:\n` +
      `  - {job_name: tickbell, authorization: {credentials: ${JSON.stringify(key)}}, ` +
      `static_configs: [{targets: [${list}]}]}\n`,
  );
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = new Deno.Command("prometheus", {
    args: [
      `--config.file=${folder}/prometheus.yaml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await answering(`${url}/-/ready`);
  return {
    url,
    async query(expr) {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
      const body = await answer.json();
      if (body.status !== "success") throw new Error(`${expr}: ${body.error}`);
      return body.data.result.map((series: { metric: Record<string, string>; value: [number, string] }) => ({
        metric: series.metric,
        value: Number(series.value[1]),
      }));
    },
    async close() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("Prometheus did not start");
}
