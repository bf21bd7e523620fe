import { expect } from "expect";
import { KAFKA_USERS } from "./deploy/broker_secrets.ts";
import { type Doubles, type Failure, PLATFORM, writeDoubles } from "./deploy/doubles.ts";
import { httpsOf } from "./deploy/release.ts";
import { DeployError } from "./deploy/shell.ts";
import { seeAlertMailAndPrice } from "./deploy/smoke.ts";
import { readTfvars } from "./deploy/tfvars.ts";
import { readWords } from "./deploy/words.ts";

const SCRIPTS = new URL(".", import.meta.url).pathname;
const ROLES = ["producer", "stream", "consumer", "notifier", "control"];

Deno.test("an empty account is deployed step by step, and a second run makes nothing twice", async () => {
  await using project = await Project.make();
  const first = await project.deploy("--env", "dev");
  expect(first.said).not.toContain("FAILED");
  expect(first.code).toBe(0);
  const steps = [...first.said.matchAll(/^== (.*)$/gm)].map((match) => match[1]);
  expect(steps).toEqual([
    "preflight",
    "chart",
    "state",
    "infrastructure",
    "secrets",
    "images",
    "cluster",
    "tokens",
    "namespaces",
    "add-ons",
    "topics",
    "release",
    "monitoring",
    "jenkins",
    "smoke test",
  ]);
  expect(first.said).toMatch(/a rule for 000660 fired [\d.]+ s after it was posted/);
  expect(first.said).toContain("token1._domainkey");
  const calls = await project.doubles.calls();
  expect(calls.filter((call) => call.startsWith("docker push")).length).toBe(ROLES.length);
  const upgrade = calls.find((call) => call.startsWith("helm upgrade stock")) ?? "";
  expect(upgrade).toContain("--rollback-on-failure");
  const values = JSON.parse(await Deno.readTextFile(`${project.folder}/.deploy/values.json`));
  expect(values.global.image.tag).toBe("0123456789abcdef0123456789abcdef01234567");
  expect(values.producer).toEqual({ source: "simulator", existingSecret: "" });
  expect(first.said).toContain("its mail to alerts@example.com was accepted");
  expect(first.said).toContain(
    "prices of 000660 are read back; Grafana has 2 dashboards; a test page was taken",
  );
  expect(first.said).toContain("fed by the simulator: a made-up market");
  expect(values.control.consoleUrl).toBe("https://tickbell.example.com");
  expect(values.consumer).toMatchObject({
    existingSecret: "influx",
    readSecret: "influx-control",
    setupSecret: "influx-setup",
  });
  const inputs = await project.doubles.inputs();
  for (
    const [name, namespace, user] of [
      ["influx", "stock", "consumer"],
      ["influx-control", "stock", "control"],
      ["influx-setup", "stock", "setup"],
      ["influx", "monitoring", "reader"],
    ]
  ) {
    expect(inputs).toMatch(
      new RegExp(`"name":"${name}","namespace":"${namespace}"[^}]*\\}[^}]*"token":"token-of-${user}"`),
    );
  }
  expect(inputs).not.toContain(
    `"token":"${JSON.parse(await Deno.readTextFile(`${project.made}/secret-influxdb`)).token}"}}`,
  );

  await project.doubles.forget();
  const second = await project.deploy("--env", "dev");
  expect(second.code).toBe(0);
  const again = await project.doubles.calls();
  expect(again.some((call) => /docker (build|push)|put-secret-value|var=account_id/.test(call))).toBe(false);
  expect(second.said).toContain("all have their values");
});

Deno.test("an installation from before its records were sealed is not cut off from its rules", async () => {
  await using project = await Project.make();
  await Deno.writeTextFile(`${project.made}/secret-api`, '{"key":"kept"}');
  const { code, said } = await project.deploy("--env", "dev");
  expect(code).toBe(1);
  expect(said).toContain("accept_unsealed = true");
  expect((await project.doubles.calls()).some((call) => /put-secret-value|helm upgrade/.test(call))).toBe(
    false,
  );
});

Deno.test("secrets reach programs by standard input only", async () => {
  await using project = await Project.make();
  const kis = { TICKBELL_KIS_APP_KEYS: "PSVERYSECRET", TICKBELL_KIS_APP_SECRETS: "VERYSECRETTOO" };
  const { code, said } = await project.run("deploy.ts", ["--env", "dev"], kis);
  expect(code).toBe(0);
  const made = JSON.parse(await Deno.readTextFile(`${project.made}/secret-influxdb`));
  const calls = (await project.doubles.calls()).join("\n");
  const values = await Deno.readTextFile(`${project.folder}/.deploy/values.json`);
  for (
    const secret of ["PSVERYSECRET", "VERYSECRETTOO", made.token, made.password, "password-of-the-registry"]
  ) {
    expect(calls).not.toContain(secret);
    expect(said).not.toContain(secret);
    expect(values).not.toContain(secret);
  }
  expect(await project.doubles.inputs()).toContain("PSVERYSECRET");
  expect(JSON.parse(values).producer).toEqual({ source: "kis", existingSecret: "kis" });
});

const ASKING = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n---\nkind: Ingress\n";

Deno.test("what the values ask for is installed before the release: KEDA for scaling, an ingress controller", async () => {
  await using project = await Project.make({
    answers: { "helm template": ASKING },
    failure: { call: "kubectl get crd scaledobjects.keda.sh", says: "NotFound" },
  });
  const { said, code } = await project.deploy("--env", "dev");
  expect(code).toBe(0);
  expect(said).toMatch(/keda 2\.\d+\.\d+, cluster-autoscaler 9\.\d+\.\d+, traefik \d+\.\d+\.\d+/);
  const calls = await project.doubles.calls();
  const places = [
    "helm upgrade keda keda --install --repo https://",
    "helm upgrade traefik",
    "helm upgrade stock",
  ].map(
    (start) => calls.findIndex((call) => call.startsWith(start)),
  );
  expect(places.every((place) => place >= 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(calls.find((call) => call.startsWith("helm upgrade keda"))).toMatch(
    /--version 2\.\d+\.\d+ --namespace keda /,
  );
  expect(calls.some((call) => call.startsWith("helm upgrade kube-prometheus-stack"))).toBe(false);
});

Deno.test("an add-on that somebody else installed is left alone", async () => {
  await using project = await Project.make({
    answers: { "helm template": ASKING, "kubectl get": "is-there" },
    failure: { call: "helm status", says: "release: not found" },
  });
  const { said } = await project.deploy("--env", "dev");
  expect(said).toContain(
    "keda is there and not ours, cluster-autoscaler is there and not ours, traefik is there and not ours",
  );
  expect((await project.doubles.calls()).some((call) => /helm upgrade (keda|traefik)/.test(call))).toBe(
    false,
  );
});

Deno.test("with the operator's ServiceMonitors the operator comes along, and Grafana asks its Prometheus", async () => {
  await using project = await Project.make({
    answers: { "helm template": "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\n" },
  });
  expect((await project.deploy("--env", "dev")).code).toBe(0);
  expect(
    (await project.doubles.calls()).some((call) => call.startsWith("helm upgrade kube-prometheus-stack")),
  ).toBe(true);
  const { prometheus } = JSON.parse(await Deno.readTextFile(`${project.folder}/.deploy/monitoring.json`));
  expect(prometheus).toEqual({ enabled: false, url: "http://operator-prometheus.monitoring.svc:9090" });
});

Deno.test("prod is not deployed before somebody says where its market comes from", async () => {
  await using project = await Project.make();
  const unnamed = await project.deploy("--env", "prod");
  expect(unnamed.code).toBe(1);
  expect(unnamed.said).toContain("feed must say where prod's market comes from");
  expect((await project.doubles.calls()).some((call) => call.startsWith("terraform plan"))).toBe(false);

  await project.set("prod", 'feed = "kis"');
  const keyless = await project.deploy("--env", "prod", "--yes");
  expect(keyless.code).toBe(1);
  expect(keyless.said).toContain("The feed is to be KIS, but there are no keys of it");
  expect((await project.doubles.calls()).some((call) => call.startsWith("helm upgrade"))).toBe(false);

  await project.set("prod", 'feed = "nyse"');
  expect((await project.deploy("--env", "prod")).said).toContain("feed must be kis or simulator, got nyse");
});

Deno.test("what a plan destroys or replaces is named and asked for; nobody to ask is a no", async () => {
  await using project = await Project.make();
  const change = (address: string, ...actions: string[]) => ({ address, change: { actions } });
  await Deno.writeTextFile(
    `${project.made}/plan.json`,
    JSON.stringify({
      resource_changes: [
        change("module.platform.module.kafka.aws_ebs_volume.data", "delete", "create"),
        change("module.platform.aws_sns_topic.pages", "create"),
        change("module.platform.aws_s3_bucket.old", "delete"),
      ],
    }),
  );
  const asked = await project.deploy("--env", "dev");
  expect(asked.code).toBe(1);
  expect(asked.said).toContain("module.platform.module.kafka.aws_ebs_volume.data (replaced)");
  expect(asked.said).toContain("module.platform.aws_s3_bucket.old (destroyed)");
  expect(asked.said).not.toContain("sns_topic");
  expect(asked.said).toContain("nobody agreed to it");
  expect(
    (await project.doubles.calls()).some((call) =>
      call.startsWith("terraform apply -input=false -no-color /")
    ),
  ).toBe(
    false,
  );
  expect((await project.deploy("--env", "dev", "--yes")).code).toBe(0);
});

const UNSEEN: readonly (readonly [string, RegExp, string])[] = [
  [
    "sandbox",
    /was not accepted within 0.1 s \(MessageRejected: Email address is not verified\)/,
    "SES's sandbox",
  ],
  ["priceless", /No price of 000660 was stored within 0.1 s/, "deployment/consumer"],
  ["mute", /No alert came within 0.1 s/, "#no-alerts"],
];
for (const [mood, failure, remedy] of UNSEEN) {
  Deno.test(`deployed means seen working: ${mood} is a failure that says what to do`, async () => {
    const server = controlDouble(mood);
    try {
      const url = `http://127.0.0.1:${server.addr.port}`;
      const waits = { api: 5_000, trade: 100, alert: 100, mail: 100, price: 100, page: 100 };
      const seen = seeAlertMailAndPrice({ url, key: "k", recipient: "alerts@example.com", waits });
      const error = await seen.then(() => undefined, (thrown) => thrown);
      expect(error).toBeInstanceOf(DeployError);
      expect(error.message).toMatch(failure);
      expect(error.remedy).toContain(remedy);
    } finally {
      await server.shutdown();
    }
  });
}

Deno.test("a closed market is no failure, and what was not seen is said", async () => {
  const server = controlDouble("closed");
  try {
    const url = `http://127.0.0.1:${server.addr.port}`;
    const waits = { api: 5_000, trade: 100, alert: 100, mail: 100, price: 100, page: 100 };
    const seen = await seeAlertMailAndPrice({ url, key: "k", recipient: "alerts@example.com", waits });
    expect(seen.join()).toContain("nothing trades now, so no alert, mail or price was seen");
  } finally {
    await server.shutdown();
  }
});

/** A control API on which all goes well, but for one thing. */
function controlDouble(mood: string): Deno.HttpServer<Deno.NetAddr> {
  const rules: string[] = [];
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const trades = mood === "closed" ? [] : [{ symbol: "000660", eventTime: Date.now() }];
    if (pathname === "/v1/market/last") return Response.json({ data: trades });
    if (pathname === "/v1/rules" && request.method === "POST") {
      rules.push((await request.json()).id);
      return Response.json({}, { status: 201 });
    }
    if (pathname === "/v1/alerts") {
      const fired = mood === "mute" ? [] : rules.map((ruleId) => ({ id: `${ruleId}@0`, ruleId }));
      return Response.json({ data: fired });
    }
    if (pathname.startsWith("/v1/alerts/")) {
      const refused = { state: "dead", code: "MessageRejected", reason: "Email address is not verified" };
      return Response.json({ deliveries: [mood === "sandbox" ? refused : { state: "sent" }] });
    }
    if (pathname.endsWith("/candles")) return Response.json({ data: mood === "priceless" ? [] : [{}] });
    return new Response(null, { status: 204 });
  });
}

Deno.test("--plan shows what would be done and changes nothing", async () => {
  await using project = await Project.make();
  await project.set("prod", 'feed = "simulator"');
  const { code, said } = await project.deploy("--env", "prod", "--plan");
  expect(code).toBe(0);
  expect(said).toContain("all of Terraform's plan above would be made");
  expect((await project.doubles.calls()).some((call) => call.startsWith("terraform plan"))).toBe(true);
  expect(said).toContain("would build and push producer, stream, consumer, notifier, control");
  expect(said).toContain("This was a plan: nothing was changed");
  const changing =
    /terraform (apply|destroy)|docker (build|push|login)|put-secret|kubectl .*(apply|delete)|helm (upgrade|install)/;
  expect((await project.doubles.calls()).filter((call) => changing.test(call))).toEqual([]);
});

Deno.test("everything that is missing is named at once, before anything is changed", async () => {
  await using project = await Project.make({
    without: ["terraform", "docker"],
    answers: { "helm version": "v3.19.0", "aws service-quotas": "4.0", "git status": " M src/core/clock.ts" },
  });
  await Deno.writeTextFile(
    `${project.folder}/terraform.tfvars`,
    'settings = {\n  account_id = "999999999999"\n  mail_from = "nobody"\n  lambda_bundel = "notifier.zip"\n}\n',
  );
  const { code, said } = await project.deploy("--env", "dev");
  expect(code).toBe(1);
  for (
    const words of [
      "terraform 1.10 or later is not on PATH",
      "no builder of images is on PATH: docker, podman, buildah",
      "helm is 3.19, but 4.0 or later is needed",
      "lambda_bundel is no setting; there are account_id, mail_identity, mail_from,",
      "mail_from must be a mail address",
      "changes that are not committed (M src/core/clock.ts)",
      "the credentials are of account 123456789012, but dev is account 999999999999",
      "FAILED at preflight: 7 things are missing",
      "Nothing was changed",
    ]
  ) expect(said).toContain(words);
});

Deno.test("a quota that is too small is named with the command that raises it", async () => {
  await using project = await Project.make({
    answers: { "aws service-quotas get-service-quota --service-code ec2": "5.0" },
  });
  const { said } = await project.deploy("--env", "dev");
  expect(said).toContain("vCPUs of on-demand standard instances is 5, but 9 are needed");
  expect(said).toContain("vCPUs of spot standard instances is 5, but 6 are needed");
  expect(said).toContain("--quota-code L-1216C47A --desired-value 9");
});

const FAILURES: readonly (Failure & { step: string; remedy: string; notAfter: string })[] = [
  {
    step: "infrastructure",
    call: "terraform apply -input=false -no-color /",
    says: "boom",
    remedy: "run the same command again",
    notAfter: "docker build",
  },
  {
    step: "images",
    call: "docker build",
    says: "boom",
    remedy: "Try it alone: docker build",
    notAfter: "aws eks",
  },
  {
    step: "cluster",
    call: "kubectl get --raw",
    says: "refused",
    remedy: "admin_cidr_blocks",
    notAfter: "helm upgrade",
  },
  {
    step: "release",
    call: "helm upgrade stock",
    says: "timed out",
    remedy: "Everything is back as it was",
    notAfter: "helm upgrade monitoring",
  },
  {
    step: "secrets",
    call: "aws secretsmanager put",
    says: "AccessDenied",
    remedy: "secretsmanager:PutSecretValue",
    notAfter: "docker push",
  },
];

for (const failure of FAILURES) {
  Deno.test(`a failure in ${failure.step} stops there and says what to do`, async () => {
    await using project = await Project.make({ failure });
    const { code, said } = await project.deploy("--env", "dev");
    expect(code).toBe(1);
    expect(said).toContain(`FAILED at ${failure.step}:`);
    expect(said).toContain(failure.remedy);
    expect((await project.doubles.calls()).some((call) => call.startsWith(failure.notAfter))).toBe(false);
  });
}

Deno.test("a rotated secret gets a new value and what reads it is started anew", async () => {
  await using project = await Project.make();
  await project.deploy("--env", "dev");
  const before = await Deno.readTextFile(`${project.made}/secret-api`);
  const kept = await Deno.readTextFile(`${project.made}/secret-influxdb`);
  const { code } = await project.deploy("--env", "dev", "--rotate", "api");
  expect(code).toBe(0);
  expect(await Deno.readTextFile(`${project.made}/secret-api`)).not.toBe(before);
  expect(await Deno.readTextFile(`${project.made}/secret-influxdb`)).toBe(kept);
  expect(await project.doubles.calls()).toContain("kubectl -n stock rollout restart deployment/control");
});

Deno.test("the brokers' users, InfluxDB's token and the seals are rotated by the command, on their instances too", async () => {
  await using project = await Project.make();
  await project.install();
  const secret = async (name: string) =>
    JSON.parse(await Deno.readTextFile(`${project.made}/secret-${name}`)) as Record<string, string>;
  const [kafka, log] = [await secret("kafka"), await secret("log")];
  const words = ["kafka", "brokers", "influxdb", "log"].flatMap((name) => ["--rotate", name]);
  const { code, said } = await project.deploy("--env", "dev", ...words);
  expect(said).toContain("the brokers' users have new passwords; 3 brokers restarted, one after the other");
  expect(code).toBe(0);
  expect((await secret("kafka")).stream).not.toBe(kafka.stream);
  expect((await secret("kafka-lambda")).password).toBe((await secret("kafka")).lambda);
  expect((await secret("log")).secret).toMatch(new RegExp(`^2:[0-9a-f]{64},${log.secret}$`));
  const calls = await project.doubles.calls();
  const order = [
    /ssm send-command .*i-kafka-instance-1 .*kafka-users/,
    /ssm send-command .*i-kafka-instance-2 .*kafka-insync/,
    /ssm send-command .*i-kafka-instance-1 .*systemctl restart kafka/,
    /ssm send-command .*i-kafka-instance-3 .*systemctl restart kafka/,
    /ssm send-command .*i-database-instance .*influxdb-rotate"/,
    /helm upgrade stock /,
    /rollout restart deployment\/stream/,
    /exec deployment\/control -- tickbell topics seal/,
    /monitoring rollout restart deployment\/grafana/,
    /influxdb-rotate end 0a1b,0a1c/,
  ];
  const places = order.map((pattern) => calls.findIndex((call) => pattern.test(call)));
  expect(places).not.toContain(-1);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
});

Deno.test("a new authority of the brokers is believed beside the former, by brokers first and then by the roles", async () => {
  await using project = await Project.make();
  await project.install();
  const { code, said } = await project.deploy("--env", "dev", "--rotate", "authority");
  expect(said).toContain("3 brokers restarted, one after the other");
  expect(code).toBe(0);
  const { former, key } = JSON.parse(await Deno.readTextFile(`${project.made}/secret-kafka-authority`));
  expect(former).toContain("authority");
  expect(key).toContain("PRIVATE KEY");
  const { authority } = JSON.parse(await Deno.readTextFile(`${project.made}/secret-kafka`));
  expect(authority.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  const calls = await project.doubles.calls();
  const last = calls.findLastIndex((call) => /systemctl restart kafka/.test(call));
  for (const role of ["producer", "stream", "consumer", "notifier", "control"]) {
    expect(calls.indexOf(`kubectl -n stock rollout restart deployment/${role}`)).toBeGreaterThan(last);
  }
});

Deno.test("kafka is rolled one node after the other, each only while every replica is in sync", async () => {
  await using project = await Project.make();
  await project.install();
  const { code, said } = await project.deploy("--env", "dev", "--roll", "kafka");
  expect(said).toContain("one after the other, with every replica in sync before and after");
  expect(code).toBe(0);
  const calls = (await project.doubles.calls()).filter((call) =>
    /send-command|terraform plan .*-replace/.test(call)
  );
  const step = (node: number, other: number) => [
    expect.stringMatching(new RegExp(`i-kafka-instance-${other} .*kafka-insync`)),
    expect.stringMatching(new RegExp(`i-kafka-instance-${node} .*systemctl stop kafka`)),
    expect.stringMatching(
      new RegExp(
        `-replace=module\\.platform\\.module\\.kafka\\.module\\.node\\["kafka-instance-${node}"\\]\\.aws_instance`,
      ),
    ),
    expect.stringMatching(new RegExp(`i-kafka-instance-${other} .*kafka-insync`)),
  ];
  expect(calls).toEqual([...step(1, 2), ...step(2, 3), ...step(3, 1)]);
  expect((await project.deploy("--env", "dev", "--roll", "everything")).code).toBe(2);
});

Deno.test("influxdb is saved before its machine is made anew; brokers that cannot be stopped are left alone", async () => {
  await using project = await Project.make();
  await project.install();
  expect((await project.deploy("--env", "dev", "--roll", "influxdb")).code).toBe(0);
  const calls = (await project.doubles.calls()).filter((call) => /send-command|-replace/.test(call));
  expect(calls.map((call) => /influxdb-backup|systemctl stop influxdb|-replace|health/.exec(call)?.[0]))
    .toEqual([
      "influxdb-backup",
      "systemctl stop influxdb",
      "-replace",
      "health",
    ]);
});

Deno.test("brokers from before they spoke TLS are moved together, once, and not by a plain deployment", async () => {
  await using project = await Project.make({
    answers: {
      "kubectl -n stock get scaledobjects": "scaledobject.keda.sh/stream",
      "kubectl -n stock get hpa": "stream 2",
      "kubectl -n stock get deployment ": "stream 0",
    },
  });
  await Deno.writeTextFile(`${project.made}/secret-api`, JSON.stringify({ key: "0".repeat(64) }));
  await Deno.writeTextFile(`${project.made}/secret-log`, '{"secret":"1:kept"}');
  const plain = await project.deploy("--env", "dev");
  expect(plain.code).toBe(1);
  expect(plain.said).toContain("--roll kafka");
  expect((await project.doubles.calls()).some((call) => /put-secret-value|helm upgrade/.test(call))).toBe(
    false,
  );
  const asked = await project.deploy("--env", "dev", "--roll", "kafka");
  expect(asked.said).toContain("Nobody agreed to stop the roles");
  // Certificates are there by now, and the brokers are as they were.
  const again = await project.deploy("--env", "dev");
  expect({ code: again.code, said: again.said }).toEqual({
    code: 1,
    said: expect.stringContaining("--roll kafka"),
  });
  expect((await project.doubles.calls()).some((call) => call.startsWith("helm upgrade"))).toBe(false);
  const moved = await project.deploy("--env", "dev", "--roll", "kafka", "--yes");
  expect(moved.said).toContain("all brokers are new and speak TLS");
  expect(moved.said).toContain("stream had no pods, and has them again");
  expect(moved.code).toBe(0);
  // KEDA must not start what is to stand still, and what a scaler counts must not stand still afterwards.
  expect(
    (await project.doubles.calls()).flatMap((call) =>
      /^kubectl .*(annotate .*|scale .*)|^(helm upgrade stock)/.exec(call)?.slice(1).filter(Boolean) ?? []
    ).slice(-5),
  ).toEqual([
    "annotate --overwrite scaledobject.keda.sh/stream autoscaling.keda.sh/paused-replicas=0",
    "scale deployment --all --replicas=0",
    "helm upgrade stock",
    "annotate scaledobject.keda.sh/stream autoscaling.keda.sh/paused-replicas-",
    "scale deployment/stream --replicas=2",
  ]);
  expect((await project.deploy("--env", "dev")).code).toBe(0);
  const rolled = await project.deploy("--env", "dev", "--roll", "kafka");
  expect(rolled.said).toContain("one after the other, with every replica in sync before and after");
});

Deno.test("a deployment that was killed does not stop the next one, and one that goes on is not disturbed", async () => {
  const status = (minutes: number) => ({
    answers: {
      "helm status stock": JSON.stringify({
        version: 7,
        info: { status: "pending-upgrade", last_deployed: new Date(Date.now() - minutes * 60_000) },
      }),
    },
  });
  const forgets = "kubectl -n stock delete secret sh.helm.release.v1.stock.v7";
  await using killed = await Project.make(status(16));
  await killed.install();
  const again = await killed.deploy("--env", "dev");
  expect(again.said).toContain(
    "Helm's upgrade of stock began 16 minutes ago and has not ended: it was killed",
  );
  expect(again.code).toBe(0);
  const calls = (await killed.doubles.calls()).filter((call) =>
    call === forgets || /^helm upgrade st/.test(call)
  );
  expect(calls.map((call) => call.split(" ").slice(0, 3).join(" "))).toEqual([
    "kubectl -n stock",
    "helm upgrade stock",
  ]);
  await using other = await Project.make(status(2));
  await other.install();
  const refused = await other.deploy("--env", "dev");
  expect(refused.code).toBe(1);
  expect(refused.said).toContain("began 2 minutes ago and has not ended");
  expect(refused.said).toContain("Wait for whoever is deploying");
  expect(await other.doubles.calls()).not.toContain(forgets);
});

Deno.test("a plan that takes away what holds prod's data is refused, whoever agrees", async () => {
  await using project = await Project.make();
  await project.set("prod", 'feed = "simulator"');
  await Deno.writeTextFile(
    `${project.made}/plan.json`,
    JSON.stringify({
      resource_changes: [{
        address: 'module.platform.module.kafka.module.node["kafka-instance-1"].aws_ebs_volume.data[0]',
        change: { actions: ["delete", "create"] },
      }],
    }),
  );
  const { code, said } = await project.deploy("--env", "prod", "--yes");
  expect(code).toBe(1);
  expect(said).toContain("takes away what holds prod's data");
  expect((await project.doubles.calls()).some((call) => /terraform apply .*plan\.tfplan/.test(call))).toBe(
    false,
  );
});

Deno.test("dev is destroyed with its disks, prod is refused, and a wrong word changes nothing", async () => {
  await using project = await Project.make();
  await project.deploy("--env", "dev");
  await project.doubles.forget();
  const prod = await project.run("destroy.ts", ["--env", "prod", "--yes"]);
  expect(prod.code).toBe(2);
  const unsure = await project.run("destroy.ts", ["--env", "dev"]);
  expect(unsure.code).toBe(1);
  expect(await project.doubles.calls()).toEqual([]);
  const sure = await project.run("destroy.ts", ["--env", "dev", "--yes"]);
  expect(sure.said).toContain("dev is gone");
  const calls = await project.doubles.calls();
  const order = [
    "helm uninstall stock",
    "helm uninstall traefik",
    "helm uninstall monitoring",
    "kubectl -n stock delete persistentvolumeclaim",
    "kubectl -n monitoring delete persistentvolumeclaim",
    "kubectl delete -k",
    "terraform destroy",
  ];
  const places = order.map((start) => calls.findIndex((call) => call.startsWith(start)));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
});

Deno.test("a destroy that ended half-way, with the cluster gone, is gone on with", async () => {
  await using project = await Project.make({
    failure: { call: "aws eks describe-cluster", says: "An error occurred (ResourceNotFoundException)" },
    answers: { "terraform output": "{}" },
  });
  await Deno.writeTextFile(`${project.made}/bucket`, "");
  const { code, said } = await project.run("destroy.ts", ["--env", "dev", "--yes"]);
  expect({ code, said: code === 0 ? "" : said }).toEqual({ code: 0, said: "" });
  const calls = await project.doubles.calls();
  expect(calls.some((call) => call.startsWith("terraform destroy"))).toBe(true);
  expect(calls.some((call) => call.startsWith("helm uninstall"))).toBe(false);
});

Deno.test("words that are not known are answered with the usage", () => {
  expect(readWords(["--env", "dev", "--rotate", "api", "--rotate=webhook"], ["--rotate"])).toEqual({
    environment: "dev",
    switches: new Set(),
    rotate: ["api", "webhook"],
    roll: undefined,
    root: undefined,
  });
  expect(readWords([], [])).toBe("--env dev or --env prod is needed");
  expect(readWords(["--env", "test"], [])).toBe("--env must be dev or prod, got test");
  expect(readWords(["--env"], [])).toBe("--env needs a value");
  expect(readWords(["--env", "dev", "--plan"], [])).toBe("--plan is not known");
});

Deno.test("a sender that is verified already is taken over, and one that is not is made", async () => {
  await using project = await Project.make({ failure: { call: "terraform output", says: "far enough" } });
  await project.deploy("--env", "dev");
  expect((await project.doubles.calls()).some((call) => call.startsWith("terraform import"))).toBe(false);
  await Deno.writeTextFile(`${project.made}/identity`, "");
  await project.deploy("--env", "dev");
  const calls = await project.doubles.calls();
  const imported = calls.findIndex((call) =>
    /^terraform import .*aws_sesv2_email_identity.this alerts@example.com$/.test(call)
  );
  expect(imported).toBeGreaterThan(0);
  expect(calls.slice(imported).some((call) => call.startsWith("terraform plan"))).toBe(true);
});

Deno.test("Jenkins is given a remote that it can read without a key", () => {
  expect(httpsOf("git@github.com:you/tickbell.git")).toBe("https://github.com/you/tickbell.git");
  expect(httpsOf("ssh://git@gitlab.example.com:2222/you/tickbell.git")).toBe(
    "https://gitlab.example.com/you/tickbell.git",
  );
  expect(httpsOf("https://example.com/tickbell.git")).toBe("https://example.com/tickbell.git");
});

Deno.test("plain assignments of a tfvars file are read, lists are left to Terraform", () => {
  const text =
    'account_id = "123456789012" # ours\nsize=3\nadmin_cidr_blocks = ["203.0.113.7/32"]\n# mail_from = "x"\n';
  expect(readTfvars(text)).toEqual({ account_id: "123456789012", size: "3" });
});

/** Where a tool of the system is. */
async function pathOf(tool: string): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (await Deno.stat(`${folder}/${tool}`).then(() => true, () => false)) return `${folder}/${tool}`;
  }
  throw new Error(`${tool} is not on PATH`);
}

/** A project folder with what the deployment reads, and stand-ins for every program. */
class Project implements AsyncDisposable {
  readonly folder: string;
  readonly made: string;
  readonly doubles: Doubles;
  readonly #root: string;

  private constructor(root: string, doubles: Doubles) {
    this.#root = root;
    this.folder = `${root}/infra/environments/dev`;
    this.made = `${root}/doubles/made`;
    this.doubles = doubles;
  }

  static async make(options: Parameters<typeof writeDoubles>[1] = {}): Promise<Project> {
    const root = await Deno.makeTempDir({ prefix: "tickbell-deploy-" });
    for (const environment of ["dev", "prod"]) {
      const folder = `${root}/infra/environments/${environment}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(
        `${folder}/terraform.tfvars`,
        'settings = {\n  account_id = "123456789012"\n  mail_from = "alerts@example.com"\n}\n',
      );
    }
    await Deno.mkdir(`${root}/infra/bootstrap`, { recursive: true });
    await Deno.copyFile(`${SCRIPTS}../Dockerfile`, `${root}/Dockerfile`);
    await Deno.mkdir(`${root}/doubles/tools`, { recursive: true });
    for (const tool of ["bash", "cat", "touch"]) {
      await Deno.symlink(await pathOf(tool), `${root}/doubles/tools/${tool}`);
    }
    return new Project(root, await writeDoubles(`${root}/doubles`, options));
  }

  /** As a first deployment leaves it, without running one. */
  async install(): Promise<void> {
    const { kafka_nodes } = PLATFORM;
    const certificates = Object.fromEntries(Object.keys(kafka_nodes).map((name) => [name, "-----BEGIN"]));
    const users = Object.fromEntries(KAFKA_USERS.map((user) => [user, `the-password-of-${user}`]));
    const authority = "-----BEGIN CERTIFICATE----- authority\n";
    const secrets: Readonly<Record<string, unknown>> = {
      influxdb: { password: "p", token: "t", setup: "s", consumer: "c", control: "k", reader: "r" },
      api: { key: "0".repeat(64) },
      webhook: { secret: "w" },
      links: { secret: "l" },
      log: { secret: "1:first" },
      grafana: { user: "admin", password: "g" },
      jenkins: { adminPassword: "j", webhook: "h" },
      kafka: { authority, ...users, ...certificates },
      "kafka-authority": { certificate: authority, key: "-----BEGIN" },
      "kafka-lambda": { username: "lambda", password: users.lambda },
      "kafka-root": { certificate: authority },
    };
    for (const [name, value] of Object.entries(secrets)) {
      await Deno.writeTextFile(`${this.made}/secret-${name}`, JSON.stringify(value));
    }
    for (const name of ["bucket", ...ROLES.map((role) => `image-${role}`)]) {
      await Deno.writeTextFile(`${this.made}/${name}`, "");
    }
  }

  /** Writes an environment's settings anew, with one more. */
  async set(environment: string, line: string): Promise<void> {
    await Deno.writeTextFile(
      `${this.#root}/infra/environments/${environment}/terraform.tfvars`,
      `settings = {\n  account_id = "123456789012"\n  mail_from = "alerts@example.com"\n  ${line}\n}\n`,
    );
  }

  deploy(...words: string[]): Promise<{ code: number; said: string }> {
    return this.run("deploy.ts", words);
  }

  async run(
    script: string,
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; said: string }> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-read",
        "--allow-write",
        "--allow-run",
        "--allow-env",
        "--allow-net=127.0.0.1",
        `${SCRIPTS}${script}`,
        "--root",
        this.#root,
        ...words,
      ],
      // Only the stand-ins, and the shell's own tools for them.
      env: { PATH: `${this.doubles.bin}:${this.#root}/doubles/tools`, ...env },
      stdin: "null",
    }).output();
    return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}
