import { expect } from "expect";
import { Kubernetes, kubernetesPrograms } from "../support/kubernetes.ts";
import { findProgram, partsFolder, partTest } from "../support/part.ts";
import { together } from "../support/together.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const CHART = `${ROOT}helm/stock-app`;
const ORIGINAL = `${CHART}/tests/values/original.yaml`;
/** As the original's chart came: keys with nothing behind them. */
const UNFILLED = `${CHART}/tests/values/original_defaults.yaml`;
const NEW = `${CHART}/tests/values/new.yaml`;
const MONITORING = [
  "--set=influxdb.url=http://10.100.200.10:8086",
  "--set=influxdb.existingSecret=influx",
  "--set=grafana.existingSecret=grafana",
];

const HELM = programsNeeded("helm", "helm-unittest");
const VALIDATE = programsNeeded("helm", "kubernetes-validate");
const CHECKOV = programsNeeded("checkov", "helm");

const KUBERNETES = {
  part: "A Kubernetes control plane",
  missing: async () => {
    const programs = await kubernetesPrograms();
    return typeof programs === "string" ? programs : undefined;
  },
};

partTest("the charts are well-formed and their own tests pass", HELM, async () => {
  // Examined below; until then the control plane mostly waits.
  void begun("checks");
  for (const values of [ORIGINAL, UNFILLED, NEW]) {
    const { code, text } = await run("helm", "lint", "--strict", CHART, "--values", values);
    expect(text).toContain("0 chart(s) failed");
    expect(code).toBe(0);
  }
  expect((await run("helm", "lint", "--strict", `${ROOT}helm/monitoring`, ...MONITORING)).code).toBe(0);
  for (const [chart, least] of [[CHART, 60], [`${ROOT}helm/monitoring`, 7]] as const) {
    const { code, text } = await run("helm-unittest", chart);
    expect(code).toBe(0);
    expect(Number(/Tests:\s+(\d+) passed/.exec(text)?.[1])).toBeGreaterThanOrEqual(least);
  }
});

partTest("values that are not known or of the wrong type are refused by name", HELM, async () => {
  const refusals: readonly [string, string][] = [
    ["stream.replicas=2", "replicas"],
    ["producer.appkey=x", "appkey"],
    ["consumer.influxUrl=http://x", "influxUrl"],
    ["global.HOKA_TOPIC=two words", "HOKA_TOPIC"],
    ["stream.replicaCount=two", "replicaCount"],
    ["stream.notiType=price", "notiType"],
    ["global.kafka_broker_address=broker", "kafka_broker_address"],
    ["control.service.type=External", "type"],
    ["global.settings.LOG_LEVEL=debug", "TICKBELL_"],
    ["global.partitions=0", "partitions"],
    ["producer.source=nyse", "source"],
    ["notifier.mailFrom=nobody", "mailFrom"],
  ];
  for (const [setting, name] of refusals) {
    const { code, text } = await run("helm", "template", "stock", CHART, "--values", NEW, "--set", setting);
    expect(`${setting}: ${code}`).toBe(`${setting}: 1`);
    expect(text).toContain(name);
  }
  expect(
    (await run("helm", "template", "m", `${ROOT}helm/monitoring`, ...MONITORING, "--set", "grafana.url=x"))
      .code,
  ).toBe(1);
});

/** What takes long and waits for nothing, begun together by the first test that asks. */
const begun = together({
  validations: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const all = ["--set=control.ingress.enabled=true,control.ingress.host=t.example.com"];
      const scaled = ["stream", "consumer", "notifier"].map((role) =>
        `--set=${role}.autoscaling.enabled=true,${role}.autoscaling.provider=hpa`
      );
      const files = await renderAll(folder, {
        original: [CHART, "--values", ORIGINAL],
        new: [CHART, "--values", NEW],
        all: [CHART, "--values", NEW, ...all, ...scaled],
        monitoring: [`${ROOT}helm/monitoring`, ...MONITORING],
      });
      for await (const entry of Deno.readDir(`${ROOT}infra/jenkins/manifests`)) {
        files.push(`${ROOT}infra/jenkins/manifests/${entry.name}`);
      }
      const versions = ["1.33", "1.34", "1.35"];
      return await Promise.all(
        versions.map((version) => run("kubernetes-validate", "-k", version, "--strict", ...files)),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  checks: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await renderAll(folder, {
        app: [CHART, "--values", NEW],
        monitoring: [`${ROOT}helm/monitoring`, ...MONITORING],
      });
      const config = ["--skip-download", "--config-file", `${ROOT}infra/.checkov.yaml`, "--framework"];
      return await Promise.all([
        run("checkov", ...config, "kubernetes", "--directory", folder),
        run("checkov", ...config, "kubernetes", "--directory", `${ROOT}infra/jenkins`),
        run("checkov", ...config, "dockerfile", "--file", `${ROOT}Dockerfile`),
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

partTest(
  "a release is installed, upgraded, rolled back when an upgrade fails, and uninstalled",
  KUBERNETES,
  async (t) => {
    const programs = await kubernetesPrograms();
    if (typeof programs === "string") throw new Error(programs);
    const kubernetes = await Kubernetes.start(programs);
    const helm = (...args: string[]) => kubernetes.run("helm", args);
    const get = async (what: string, path: string) =>
      await kubernetes.kubectl("-n", "stock", "get", what, "-o", `jsonpath=${path}`);
    const imageOf = (role: string) => get(`deployment/${role}`, "{.spec.template.spec.containers[0].image}");
    try {
      // Pod Security is enforced: a pod that asks for more than "restricted" allows would not start.
      await apply(kubernetes, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "stock", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      });

      await t.step("an original values file installs, with its rule posted by the hook", async () => {
        const done = await helm(
          "install",
          "stock",
          CHART,
          "-n",
          "stock",
          "-f",
          ORIGINAL,
          "--wait",
          "--timeout",
          "90s",
        );
        expect(done.stderr).toBe("");
        expect(done.code).toBe(0);
        expect(await get("deployments", "{.items[*].status.readyReplicas}")).toBe("2 1 1 1 1");
        expect(await get("job/bootstrap-rule", "{.status.succeeded}")).toBe("1");
      });

      const key = await get("secret/control-api-key", "{.data.key}");
      await t.step("an upgrade rolls every role and keeps the API's key", async () => {
        const done = await helm(
          "upgrade",
          "stock",
          CHART,
          "-n",
          "stock",
          "-f",
          ORIGINAL,
          "--set",
          "global.image.tag=aaaa",
          "--wait",
          "--timeout",
          "90s",
        );
        expect(done.stderr).toBe("");
        expect(await imageOf("stream")).toMatch(/stock\/stream:aaaa$/);
        expect(await get("secret/control-api-key", "{.data.key}")).toBe(key);
      });

      await t.step("pods are asked for by partitions at most, and one may go at a time", async () => {
        expect(await get("poddisruptionbudgets", "{.items[*].status.disruptionsAllowed}")).toBe("1 1 1 1 1");
      });

      await t.step("an upgrade that does not come up goes back by itself", async () => {
        const failed = await helm(
          ...["upgrade", "stock", CHART, "-n", "stock", "-f", ORIGINAL, "--set", "global.image.tag=bbbb"],
          ...["--set", "stream.nodeSelector.disk=none", "--rollback-on-failure", "--timeout", "15s"],
        );
        expect(failed.code).not.toBe(0);
        expect(failed.stderr).toContain("rolled back");
        expect(await imageOf("stream")).toMatch(/stock\/stream:aaaa$/);
        const status = JSON.parse((await helm("status", "stock", "-n", "stock", "-o", "json")).stdout);
        expect(status.info.status).toBe("deployed");
        await kubernetes.kubectl("-n", "stock", "rollout", "status", "deployment/stream", "--timeout=30s");
      });

      await t.step("the values for any Kubernetes install on its parts", async () => {
        await apply(kubernetes, {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: "anywhere", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
        });
        const parts = ["-n", "anywhere", "apply", "-f", `${ROOT}infra/kubernetes/parts.yaml`];
        const made = await kubernetes.run("kubectl", parts);
        expect({ code: made.code, warned: made.stderr }).toEqual({ code: 0, warned: "" });
        const done = await helm(
          ...["install", "anywhere", CHART, "-n", "anywhere", "-f", `${ROOT}infra/kubernetes/values.yaml`],
          ...[
            "--set",
            "global.image.registry=registry.example.com",
            "--set",
            "notifier.mailFrom=a@example.com",
          ],
          ...["--wait", "--timeout", "60s"],
        );
        expect({ code: done.code, stderr: done.stderr }).toEqual({ code: 0, stderr: "" });
      });

      await t.step("Jenkins may roll the namespace stock and nothing else", async () => {
        const made = await kubernetes.run("kubectl", ["apply", "-k", `${ROOT}infra/jenkins`]);
        expect(made.code).toBe(0);
        const may = async (who: string, ...what: string[]) => {
          const account = `--as=system:serviceaccount:jenkins:${who}`;
          return (await kubernetes.run("kubectl", ["auth", "can-i", ...what, account])).stdout.trim();
        };
        expect(await may("jenkins-agent", "patch", "deployments", "-n", "stock")).toBe("yes");
        expect(await may("jenkins", "create", "pods", "-n", "jenkins")).toBe("yes");
        for (
          const [who, ...what] of [
            ["jenkins-agent", "*", "*", "--all-namespaces"],
            ["jenkins-agent", "get", "secrets", "-n", "kube-system"],
            ["jenkins-agent", "create", "rolebindings.rbac.authorization.k8s.io", "-n", "stock"],
            ["jenkins-agent", "create", "pods/exec", "-n", "stock"],
            ["jenkins-agent", "get", "nodes"],
            ["jenkins", "get", "secrets", "-n", "jenkins"],
            ["jenkins", "get", "pods", "-n", "stock"],
          ] as const
        ) expect(`${who} ${what.join(" ")}: ${await may(who, ...what)}`).toBe(`${who} ${what.join(" ")}: no`);
      });

      await t.step("Jenkins's manifest template rolls a role, and Helm takes over again", async () => {
        const image = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/stock/stream:cccc";
        const template = await Deno.readTextFile(`${ROOT}infra/jenkins/image.yaml.tmpl`);
        const manifest = template.replaceAll("@ROLE@", "stream").replaceAll("@NAMESPACE@", "stock")
          .replaceAll("@IMAGE@", image);
        const rolled = await kubernetes.run(
          "kubectl",
          [
            "apply",
            "--server-side",
            "--field-manager=jenkins",
            "--force-conflicts",
            "--as=system:serviceaccount:jenkins:jenkins-agent",
            "-f",
            "-",
          ],
          manifest,
        );
        expect(rolled.stderr).toBe("");
        await kubernetes.kubectl("-n", "stock", "rollout", "status", "deployment/stream", "--timeout=30s");
        expect(await imageOf("stream")).toBe(image);
        const done = await helm(
          "upgrade",
          "stock",
          CHART,
          "-n",
          "stock",
          "-f",
          ORIGINAL,
          "--set",
          "global.image.tag=dddd",
          "--force-conflicts",
          "--wait",
          "--timeout",
          "90s",
        );
        expect(done.code).toBe(0);
        expect(await imageOf("stream")).toMatch(/stock\/stream:dddd$/);
      });

      await t.step("the monitoring chart installs beside it", async () => {
        await apply(kubernetes, {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: "monitoring", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
        });
        const done = await helm(
          "install",
          "monitoring",
          `${ROOT}helm/monitoring`,
          "-n",
          "monitoring",
          ...MONITORING,
          "--set",
          "prometheus.persistence=false",
          "--wait",
          "--timeout",
          "60s",
        );
        expect(done.stderr).toBe("");
        const may = await kubernetes.run("kubectl", [
          "auth",
          "can-i",
          "list",
          "pods",
          "-n",
          "stock",
          "--as=system:serviceaccount:monitoring:prometheus",
        ]);
        expect(may.stdout.trim()).toBe("yes");
      });

      await t.step("an uninstall leaves nothing of the release", async () => {
        expect((await helm("uninstall", "stock", "-n", "stock", "--wait", "--timeout", "60s")).code).toBe(0);
        const left = await kubernetes.kubectl(
          "-n",
          "stock",
          "get",
          "deployments,services,networkpolicies,poddisruptionbudgets",
          "-o",
          "name",
        );
        // The topics' policy belongs to a hook, which an uninstall does not know.
        expect(left.trim()).toBe("networkpolicy.networking.k8s.io/topics");
      });
    } finally {
      await kubernetes.stop();
    }
  },
);

partTest("what the charts make is valid for Kubernetes 1.33 to 1.35", VALIDATE, async () => {
  const validations = await begun("validations");
  expect(validations.length).toBe(3);
  for (const { code, text } of validations) {
    expect(text).not.toContain("ERROR");
    expect(code).toBe(0);
    expect(text.match(/passed for resource/g)?.length).toBeGreaterThan(80);
  }
});

partTest(
  "checkov finds nothing in charts, Jenkins and Dockerfile that is not explained",
  CHECKOV,
  async () => {
    const checks = await begun("checks");
    expect(checks.length).toBe(3);
    for (const { code, text } of checks) {
      expect(text).toMatch(/Passed checks: \d{2,}, Failed checks: 0/);
      expect(code).toBe(0);
    }
  },
);

/** The manifests of charts with their arguments, a file each. */
async function renderAll(folder: string, charts: Readonly<Record<string, string[]>>): Promise<string[]> {
  return await Promise.all(
    Object.entries(charts).map(async ([name, args]) => {
      const { code, stdout } = await run("helm", "template", "stock", "--namespace", "stock", ...args);
      expect(code).toBe(0);
      await Deno.writeTextFile(`${folder}/${name}.yaml`, stdout);
      return `${folder}/${name}.yaml`;
    }),
  );
}

async function apply(kubernetes: Kubernetes, object: unknown): Promise<void> {
  const { code, stderr } = await kubernetes.run("kubectl", ["apply", "-f", "-"], JSON.stringify(object));
  if (code !== 0) throw new Error(stderr);
}

/** Where a program of the parts is: among the built ones, in one of the Python folders, or on PATH. */
function locate(name: string): Promise<string | undefined> {
  const folder = partsFolder();
  return findProgram(
    `${folder}/bin/${name}`,
    `${folder}/venv/bin/${name}`,
    `${folder}/checkov/bin/${name}`,
    name,
  );
}

function programsNeeded(...names: string[]) {
  return {
    part: names.join(" and "),
    missing: async () => {
      for (const name of names) {
        if (await locate(name) === undefined) {
          return `${name} is needed: see CONTRIBUTING.md, "Real parts for tests".`;
        }
      }
      return undefined;
    },
  };
}

async function run(
  program: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; text: string }> {
  const output = await new Deno.Command(await locate(program) ?? program, {
    args,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const stdout = decoder.decode(output.stdout);
  return { code: output.code, stdout, text: stdout + decoder.decode(output.stderr) };
}
