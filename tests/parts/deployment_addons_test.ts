/**
 * Other people's charts, as published, in the versions that are deployed: every value that a deployment sets exists in them, what
 * our charts make for them is valid by their own definitions, and whole charts are installed on a real control plane with ours.
 * Values and definitions stay beside a checkout (`../shared/data/charts`), whole charts among the parts (`charts/NAME-VERSION`),
 * where scripts/install_parts.sh puts them when their repositories are reached.
 */
import { expect } from "expect";
import { parse } from "yaml";
import { addonArguments, ADDONS, OPERATOR_PROMETHEUS } from "../../scripts/deploy/addons.ts";
import { Kubernetes, kubernetesPrograms } from "../support/kubernetes.ts";
import { findProgram, partsFolder, partTest } from "../support/part.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const CHARTS = new URL("../../../shared/data/charts", import.meta.url).pathname;

const PUBLISHED = {
  part: "The add-on charts' values and definitions",
  missing: async () =>
    await Deno.stat(CHARTS).then(() => true, () => false) &&
      await findProgram("helm", `${partsFolder()}/bin/helm`) !== undefined
      ? undefined
      : "They are not part of the project, and helm must be on PATH: scripts/install_parts.sh.",
};

const CONTROL_PLANE = {
  part: "A Kubernetes control plane",
  missing: async () => {
    const programs = await kubernetesPrograms();
    return typeof programs === "string" ? programs : undefined;
  },
};

type Programs = Awaited<ReturnType<typeof kubernetesPrograms>>;

const READS = ["get", "list", "watch"];
/** What the informers and the scheduler's framework in its version 1.35 use. */
const AUTOSCALER_NEEDS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [READS, ["pods", "nodes", "namespaces", "services", "persistentvolumes", "persistentvolumeclaims"]],
  [READS, [
    "replicationcontrollers",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
  ]],
  [["list", "watch"], ["poddisruptionbudgets.policy"]],
  [
    READS,
    ["storageclasses", "csinodes", "csidrivers", "csistoragecapacities", "volumeattachments"].map((kind) =>
      `${kind}.storage.k8s.io`
    ),
  ],
  [READS, ["resourceclaims", "resourceslices", "deviceclasses"].map((kind) => `${kind}.resource.k8s.io`)],
  [["create"], ["pods --subresource=eviction", "events", "leases.coordination.k8s.io"]],
  [["update"], ["nodes", "pods --subresource=status"]],
];

partTest("every value that is set of an add-on exists in its real chart", PUBLISHED, async () => {
  const unknown: string[] = [];
  const checked: string[] = [];
  for (const addon of ADDONS) {
    const { values, version } = await valuesOf(addon.name);
    checked.push(`${addon.name} ${version}`);
    for (const setting of addon.settings) {
      // What stands in a list is not in the values: the list is.
      const path = (setting.split("=")[0] as string).replace(/\[\d+\].*$/, "");
      if (!hasPath(values, path.split("."))) unknown.push(`${addon.name}: ${path}`);
    }
  }
  expect(unknown).toEqual([]);
  expect(checked.length).toBe(ADDONS.length);
  console.log(`checked against ${checked.join(", ")}`);
});

partTest("the add-ons are deployed in the versions whose values were checked", PUBLISHED, async () => {
  const checked = await Promise.all(
    ADDONS.map(async ({ name }) => `${name} ${(await valuesOf(name)).version}`),
  );
  expect(checked).toEqual(ADDONS.map(({ name, version }) => `${name} ${version}`));
});

partTest(
  "what the chart makes for KEDA and the Prometheus operator is valid by their own definitions",
  PUBLISHED,
  async () => {
    const scaled = ["stream", "consumer", "notifier"].map((role) => `--set=${role}.autoscaling.enabled=true`);
    const manifests = await render(
      "--set=global.monitoring.serviceMonitor=true,global.monitoring.prometheusRule=true",
      ...scaled,
    );
    const faults: string[] = [];
    const seen = new Map<string, number>();
    for (const kind of ["ScaledObject", "ServiceMonitor", "PrometheusRule"]) {
      const schema = await schemaOf(kind);
      for (const object of manifests.filter((each) => each.kind === kind)) {
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        faults.push(...faultsOf(object, schema, `${kind} ${object.metadata.name}`));
      }
    }
    expect(faults).toEqual([]);
    expect([...seen.keys()]).toEqual(["ScaledObject", "ServiceMonitor", "PrometheusRule"]);
    expect(seen.get("ScaledObject")).toBe(3);
  },
);

partTest(
  "the add-ons' own charts are installed as a deployment does it, and ours on them",
  CONTROL_PLANE,
  async () => {
    const charts = `${partsFolder()}/charts`;
    const there = async ({ name, version }: { name: string; version: string }) =>
      await Deno.stat(`${charts}/${name}-${version}`).then(() => true, () => false);
    const absent = (await Promise.all(ADDONS.map(async (addon) => await there(addon) ? [] : [addon.name])))
      .flat();
    // Their repositories may be out of reach where everything else is had.
    if (absent.length > 0) {
      return console.warn(
        `NOT INSTALLED: no whole chart of ${absent.join(", ")} in ${charts}`,
      );
    }
    const kubernetes = await Kubernetes.start(await kubernetesPrograms() as Exclude<Programs, string>);
    const kubectl = (...args: string[]) => kubernetes.kubectl(...args);
    try {
      for (const addon of ADDONS) {
        const chart = `${charts}/${addon.name}-${addon.version}`;
        const { code, stderr } = await kubernetes.run("helm", addonArguments(addon, chart));
        expect(`${addon.name} ${code} ${stderr}`).toBe(`${addon.name} 0 `);
        const { code: seen, stdout } = await kubernetes.run("kubectl", addon.sign);
        expect({ seen, found: stdout !== "" }).toEqual({ seen: 0, found: true });
      }
      // The autoscaler reads what its scheduler's simulation reads, or a healthy pod never scales.
      const account = "--as=system:serviceaccount:kube-system:cluster-autoscaler";
      for (const [verbs, kinds] of AUTOSCALER_NEEDS) {
        for (const kind of kinds) {
          for (const verb of verbs) {
            const { stdout } = await kubernetes.run("kubectl", [
              "auth",
              "can-i",
              verb,
              ...kind.split(" "),
              account,
            ]);
            expect(`${verb} ${kind} ${stdout.trim()}`).toBe(`${verb} ${kind} yes`);
          }
        }
      }
      const ingress = ["global.monitoring.serviceMonitor=true", "global.monitoring.prometheusRule=true"]
        .concat("control.ingress.enabled=true", "control.ingress.host=t.example.com");
      const scaled = ["stream", "consumer", "notifier"].map((role) => `${role}.autoscaling.enabled=true`);
      const installed = await kubernetes.run("helm", [
        ...["install", "stock", `${ROOT}helm/stock-app`, "--namespace=stock", "--create-namespace"],
        ...[
          `--values=${ROOT}helm/stock-app/tests/values/new.yaml`,
          `--set=${[...ingress, ...scaled].join(",")}`,
        ],
        ...["--wait", "--timeout=90s"],
      ]);
      expect(installed.stderr).toBe("");
      const kinds = "scaledobjects,servicemonitors,prometheusrules,ingresses";
      expect((await kubectl("-n", "stock", "get", kinds, "-o", "name")).trim().split("\n").length).toBe(6);
      expect(
        await kubectl("-n", "stock", "get", "ingress", "-o", "jsonpath={.items[0].spec.ingressClassName}"),
      )
        .toBe("traefik");
      const [, service, namespace, port] =
        /^http:\/\/([^.]+)\.([^.]+)\.svc:(\d+)$/.exec(OPERATOR_PROMETHEUS) ?? [];
      const ports = "jsonpath={.spec.ports[*].port}";
      expect(await kubectl("-n", namespace as string, "get", "service", service as string, "-o", ports))
        .toContain(port);
      // What EKS runs where nobody can scrape it has no rule that would page for ever.
      const rules = await kubectl("-n", "monitoring", "get", "prometheusrules", "-o", "name");
      expect(rules).not.toMatch(/etcd|scheduler|controller-manager|kube-proxy/);
      const [traefik] = JSON.parse(await kubectl("-n", "traefik", "get", "deployments", "-o", "json")).items;
      expect(traefik.spec.template.spec.containers[0].args)
        .toContain("--entryPoints.web.http.redirections.entryPoint.to=:443");
    } finally {
      await kubernetes.stop();
    }
  },
);

Deno.test("a value that is of the wrong type or not known is found", () => {
  const schema: Schema = {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, list: { type: "array", items: { type: "integer" } } },
  };
  expect(faultsOf({ name: "a", list: [1] }, schema, "it")).toEqual([]);
  expect(faultsOf({ name: 1, list: ["x"], more: true }, schema, "it")).toEqual([
    "it.name: not string",
    "it.list[0]: not integer",
    "it.more: not known",
  ]);
  expect(faultsOf({}, schema, "it")).toEqual(["it.name: missing"]);
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The part of OpenAPI's schemas that the definitions use for what we write. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

async function valuesOf(chart: string): Promise<{ values: unknown; version: string }> {
  for await (const { name } of Deno.readDir(CHARTS)) {
    const version = new RegExp(`^${chart}-(\\d+\\.\\d+\\.\\d+)\\.values\\.yaml$`).exec(name)?.[1];
    if (version !== undefined) {
      return { values: parse(await Deno.readTextFile(`${CHARTS}/${name}`)), version };
    }
  }
  throw new Error(`no values of ${chart} in ${CHARTS}`);
}

/** Whether a chart's values have a key; below an empty object or list anything may be set. */
function hasPath(values: unknown, path: readonly string[]): boolean {
  let at = values;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return false;
    if (Object.keys(at).length === 0) return true;
    if (!(key in at)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return true;
}

async function schemaOf(kind: string): Promise<Schema> {
  const text = await Deno.readTextFile(`${CHARTS}/crds/crd-${kind.toLowerCase()}s.yaml`);
  // KEDA's is a template of its chart: the lines of the template have no schema.
  const plain = text.split("\n").filter((line) => !line.includes("{{")).join("\n");
  const crd = parse(plain) as {
    spec: { versions: readonly { schema: { openAPIV3Schema: Schema } }[] };
  };
  return crd.spec.versions[0]?.schema.openAPIV3Schema as Schema;
}

function faultsOf(value: unknown, schema: Schema, place: string): string[] {
  if (schema["x-kubernetes-int-or-string"]) {
    return ["string", "number"].includes(typeof value) ? [] : [`${place}: neither number nor string`];
  }
  const type = Array.isArray(value)
    ? "array"
    : Number.isInteger(value)
    ? "integer"
    : value === null
    ? "null"
    : typeof value;
  if (
    schema.type !== undefined && schema.type !== type && !(schema.type === "number" && type === "integer")
  ) {
    return [`${place}: not ${schema.type}`];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${place}: not one of ${schema.enum.join(", ")}`];
  }
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => faultsOf(each, schema.items ?? {}, `${place}[${index}]`));
  }
  if (typeof value !== "object" || value === null) return [];
  const faults = Object.entries(value).flatMap(([name, each]) => {
    const own = schema.properties?.[name];
    if (own !== undefined) return faultsOf(each, own, `${place}.${name}`);
    if (typeof schema.additionalProperties === "object") {
      return faultsOf(each, schema.additionalProperties, `${place}.${name}`);
    }
    const open = schema.properties === undefined || schema["x-kubernetes-preserve-unknown-fields"] ||
      schema.additionalProperties === true;
    return open ? [] : [`${place}.${name}: not known`];
  });
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  return [...faults, ...missing.map((name) => `${place}.${name}: missing`)];
}

async function render(...settings: readonly string[]): Promise<Manifest[]> {
  const helm = await findProgram("helm", `${partsFolder()}/bin/helm`) as string;
  const chart = `${ROOT}helm/stock-app`;
  const { code, stdout, stderr } = await new Deno.Command(helm, {
    args: ["template", "stock", chart, "--values", `${chart}/tests/values/new.yaml`, ...settings],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split(/^---$/m).map((text) => parse(text) as Manifest | null)
    .filter((each) => each !== null);
}
