import { expect } from "expect";
import { DASHBOARD_FOLDER, dashboardFiles } from "../../scripts/generate/dashboards.ts";
import { INFLUXD, type Influxd, runTasks, startInfluxd } from "../support/influxd.ts";
import { type PartTest, partTest } from "../support/part.ts";
import { PROMETHEUS, type Prometheus, startPrometheus } from "../support/prometheus.ts";
import { type StartProcess, startProcess } from "../support/start_process.ts";

/** The symbol that is examined: it has a rule that fires at its first trade. */
const SYMBOL = "005930";
const BUCKET = "stock";
/** Long enough for rates of every metric. */
const RUN_MS = 20_000;

/** What may have no series in a run without faults. */
const FAULTS = /rejected|refused|failures|retries|gaps/;

const BOTH: PartTest = {
  part: "InfluxDB 2 and Prometheus",
  missing: async () => await INFLUXD.missing() ?? await PROMETHEUS.missing(),
};

interface Run {
  readonly influxd: Influxd;
  readonly prometheus: Prometheus;
  readonly product: StartProcess;
}

/** The product itself, simulating a market into a real InfluxDB, scraped by a real Prometheus. */
async function withRun(body: (run: Run) => Promise<void>): Promise<void> {
  const influxd = await startInfluxd();
  const closing = [() => influxd.close()];
  try {
    const rules = ["gte", "lte"].map((comparator) => ({
      symbol: SYMBOL,
      kind: "target_price",
      comparator,
      value: "70000",
      recipients: ["kim@example.com"],
    }));
    const rise = {
      symbol: SYMBOL,
      kind: "change_rate",
      comparator: "gte",
      value: "0",
      recipients: ["kim@example.com"],
    };
    const product = await startProcess([...rules, rise], {
      TICKBELL_INFLUX_URL: influxd.url,
      TICKBELL_INFLUX_TOKEN: influxd.token,
      TICKBELL_RATE: "1000",
    });
    closing.push(() => product.close());
    const prometheus = await startPrometheus(
      [new URL(product.url).host],
      (await Deno.readTextFile(`${product.dataDir}/api-key`)).trim(),
    );
    closing.push(() => prometheus.close());
    await new Promise((resolve) => setTimeout(resolve, RUN_MS));
    await runTasks(influxd.api, "tickbell: ");
    await body({ influxd, prometheus, product });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

interface Target {
  readonly title: string;
  /** How far back the panel looks, where it is not the dashboard's time. */
  readonly timeFrom?: string;
  readonly query?: string;
  readonly expr?: string;
}

async function targetsOf(name: string): Promise<readonly Target[]> {
  const { panels, annotations } = JSON.parse(
    (await dashboardFiles()).get(`${DASHBOARD_FOLDER}/${name}`) ?? "",
  );
  const marks = (annotations.list ?? []).map((list: { name: string; target: Target }) => ({
    ...list.target,
    title: list.name,
  }));
  const asked = panels.flatMap((
    { title, timeFrom, targets }: { title: string; timeFrom?: string; targets: Target[] },
  ) => targets.map((target) => ({ ...target, title, timeFrom })));
  return [...marks, ...asked];
}

/** As Grafana puts its variables and macros in. */
function filledIn({ query = "", timeFrom = "1h" }: Target, venue = ".*"): string {
  return query.replaceAll("${symbol}", SYMBOL).replaceAll("${bucket}", BUCKET).replaceAll(
    "${venue:raw}",
    venue,
  )
    .replaceAll("v.timeRangeStart", `-${timeFrom}`).replaceAll("v.timeRangeStop", "now()").replaceAll(
      "v.windowPeriod",
      "10s",
    );
}

partTest("every query of the dashboards answers with data of a real run", BOTH, async (t) => {
  await withRun(async ({ influxd, prometheus, product }) => {
    await t.step("Stock, on the real InfluxDB", async () => {
      const empty: string[] = [];
      for (const target of await targetsOf("stock.json")) {
        const { title } = target;
        const rows = await influxd.api.rows(filledIn(target));
        if (rows.length === 0) empty.push(title);
        if (title.startsWith("호가 (")) {
          expect(rows).toHaveLength(10);
          expect(rows[0]).toMatchObject({
            "단계": 1,
            "매도 호가": expect.any(Number),
            "매수 잔량": expect.any(Number),
          });
        }
        if (title === "알림") expect(rows[0]).toMatchObject({ title: expect.stringContaining("삼성전자") });
      }
      expect(empty).toEqual([]);
    });

    await t.step("Stock, of one venue: what is fed is KRX's alone", async () => {
      const panels = (await targetsOf("stock.json")).filter(({ title }) => title !== "알림");
      for (const target of panels) {
        const { title } = target;
        const krx = (await influxd.api.rows(filledIn(target, "^$"))).length > 0;
        const nxt = (await influxd.api.rows(filledIn(target, "^NXT$"))).length > 0;
        expect({ title, krx, nxt }).toEqual({ title, krx: true, nxt: false });
      }
    });

    await t.step("Tickbell operations, on the real Prometheus", async () => {
      const empty: string[] = [];
      for (const { title, expr } of await targetsOf("operations.json")) {
        const series = await prometheus.query(
          (expr ?? "").replaceAll("$__rate_interval", "20s").replaceAll("$instance", ".*"),
        );
        if (series.length === 0 && !FAULTS.test(expr ?? "")) empty.push(`${title}: ${expr}`);
      }
      expect(empty).toEqual([]);
    });

    await t.step("the product is scraped, and no alert fires in a run without faults", async () => {
      expect(await prometheus.query("up")).toEqual([expect.objectContaining({ value: 1 })]);
      const firing = await prometheus.query('ALERTS{alertstate="firing"}');
      expect(firing.map(({ metric }) => metric.alertname)).toEqual([]);
    });

    await t.step("the live metrics pass promtool's lint", async () => {
      const text = await (await fetch(`${product.url}/metrics`)).text();
      const child = new Deno.Command("promtool", {
        args: ["check", "metrics"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      await new Response(text).body?.pipeTo(child.stdin);
      const { success, stdout, stderr } = await child.output();
      const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      expect({ success, output }).toEqual({ success: true, output: "" });
    });
  });
});
