/**
 * Other people's charts, as published: every value that a deployment sets exists in them, and what our charts make for
 * them is valid by their own definitions. The files stay beside a checkout (`../shared/data/charts`); their versions are
 * in their names. KEDA and Traefik are older there than the ones deployed.
 */
import { expect } from "expect";
import { parse } from "yaml";
import { ADDONS } from "../../scripts/deploy/addons.ts";
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

partTest(
  "the add-ons whose published chart is here are deployed in that version, or a newer one",
  PUBLISHED,
  async () => {
    for (const addon of ADDONS) {
      const { version } = await valuesOf(addon.name);
      const [there, deployed] = [version, addon.version].map((each) => each.split(".").map(Number));
      expect(`${addon.name} ${(deployed?.[0] ?? 0) >= (there?.[0] ?? 0)}`).toBe(`${addon.name} true`);
    }
  },
);

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
