/** Who is called: the chart's configuration in a real Alertmanager, ringing the topic of a stand-in of SNS. */
import { expect } from "expect";
import { seePage } from "../../scripts/deploy/page.ts";
import { freePort } from "../support/influxd.ts";
import { MOTO, Moto, REGION } from "../support/moto.ts";
import { findProgram, partsFolder, partTest } from "../support/part.ts";
import { until } from "../support/until.ts";

const CHART = new URL("../../helm/monitoring", import.meta.url).pathname;
const alertmanagerProgram = () => findProgram("prometheus-alertmanager", "alertmanager");
const helmProgram = () => findProgram("helm", `${partsFolder()}/bin/helm`);

const PAGES = {
  part: "Alertmanager, helm and moto",
  missing: async () =>
    await MOTO.missing() ??
      (await alertmanagerProgram() === undefined || await helmProgram() === undefined
        ? "Install prometheus-alertmanager (Debian) and helm: scripts/install_parts.sh."
        : undefined),
};

partTest(
  "the deployment's test page reaches the receivers' topic, and one that is refused is a failure",
  PAGES,
  async () => {
    await using moto = await Moto.start();
    const topic = await aws(
      moto.url,
      "sns",
      { Action: "CreateTopic", Name: "stock-pages" },
      /<TopicArn>([^<]+)/,
    );
    const queue = await aws(
      moto.url,
      "sqs",
      { Action: "CreateQueue", QueueName: "receiver" },
      /<QueueUrl>([^<]+)/,
    );
    const endpoint = `arn:aws:sqs:${REGION}:${topic.split(":")[4]}:receiver`;
    await aws(
      moto.url,
      "sns",
      { Action: "Subscribe", TopicArn: topic, Protocol: "sqs", Endpoint: endpoint },
      /(.)/,
    );
    const waits = { api: 20_000, page: 30_000 };

    {
      const beats: string[] = [];
      await using outside = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        async (request) => {
          const { alerts } = await request.json();
          beats.push(...alerts.map(({ labels }: { labels: { alertname: string } }) => labels.alertname));
          return new Response("heard");
        },
      );
      const heartbeat = `http://127.0.0.1:${outside.addr.port}/beat`;
      await using running = await Alertmanager.start(moto.url, topic, heartbeat);
      expect(await seePage(running.url, waits)).toBe("a test page was taken by the receivers' topic");
      const received = await until(
        () =>
          aws(moto.url, "sqs", { Action: "ReceiveMessage", QueueUrl: queue }, /<Body>([^<]+)/).catch(() =>
            undefined
          ),
        "the page to arrive",
      );
      expect(received).toContain("FIRING: TickbellDeploymentTest");
      expect(received).toContain("A test: Tickbell was deployed, and pages reach you.");
      // What always fires goes to whoever rings when it stops, and to nobody else.
      await running.post({ alertname: "TickbellHeartbeat", severity: "none" });
      await until(() => beats.length > 0, "the heartbeat", 30_000);
      expect(new Set(beats)).toEqual(new Set(["TickbellHeartbeat"]));
    }
    await using running = await Alertmanager.start(moto.url, `${topic}-that-is-not-there`);
    await expect(seePage(running.url, { ...waits, page: 2_000 })).rejects.toThrow(
      "The test page was not taken",
    );
  },
);

/** Alertmanager with the chart's configuration. */
class Alertmanager implements AsyncDisposable {
  private constructor(
    readonly url: string,
    readonly folder: string,
    readonly process: Deno.ChildProcess,
  ) {}

  /** An alert that fires. */
  async post(labels: Readonly<Record<string, string>>): Promise<void> {
    const answer = await fetch(`${this.url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ labels }]),
    });
    expect(await answer.text()).toBe("");
  }

  static async start(snsUrl: string, topic: string, heartbeat = ""): Promise<Alertmanager> {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-alertmanager-" });
    const configuration = `${folder}/alertmanager.yaml`;
    // Ten seconds are kept for alerts that come together; a test does not wait for them.
    const rendered = (await render(snsUrl, topic, heartbeat)).replace("group_wait: 10s", "group_wait: 0s");
    await Deno.writeTextFile(configuration, rendered);
    const address = `127.0.0.1:${freePort()}`;
    const process = new Deno.Command(await alertmanagerProgram() as string, {
      args: [
        ...[`--config.file=${configuration}`, `--storage.path=${folder}`],
        ...["--cluster.listen-address=", `--web.listen-address=${address}`],
      ],
      env: { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret" },
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new Alertmanager(`http://${address}`, folder, process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function render(snsUrl: string, topic: string, heartbeat: string): Promise<string> {
  const settings = [
    ...[
      "influxdb.url=http://influxdb:8086",
      "influxdb.existingSecret=influx",
      "grafana.existingSecret=grafana",
    ],
    ...[`alertmanager.snsTopic=${topic}`, `alertmanager.snsUrl=${snsUrl}`],
    `alertmanager.heartbeat=${heartbeat}`,
  ];
  const { success, stdout, stderr } = await new Deno.Command(await helmProgram() as string, {
    args: [
      ...["template", "monitoring", CHART, "--show-only", "templates/alertmanager-configmap.yaml"],
      ...settings.flatMap((setting) => ["--set", setting]),
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const [, text = ""] = new TextDecoder().decode(stdout).split("alertmanager.yaml: |\n");
  return text.replaceAll(/^ {4}/gm, "");
}

/** A call of AWS's query API, signed by nobody: the stand-in reads only which service is meant. */
async function aws(
  url: string,
  service: string,
  words: Record<string, string>,
  answer: RegExp,
): Promise<string> {
  const credential = `AKIATEST/20261130/${REGION}/${service}/aws4_request`;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams(words),
  });
  const text = await response.text();
  const found = answer.exec(text)?.[1];
  if (!response.ok || found === undefined) throw new Error(`${words.Action}: ${response.status} ${text}`);
  return found.replaceAll("&quot;", '"');
}
