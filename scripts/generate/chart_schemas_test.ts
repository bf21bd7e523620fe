import { expect } from "expect";
import { parse } from "yaml";
import { CHARTS } from "./chart_schemas.ts";
import type { ObjectSchema, Schema } from "./chart_schema/fields.ts";

const ROOT = new URL("../..", import.meta.url);

/** Keys that a values.yaml leaves out: given by the parent, for subcharts, or by nobody but who needs them. */
const NOT_IN_VALUES =
  /^(.*\.ephemeral-storage|global\.topics\.alerts|(producer|consumer)\.global|global|enabled)$/;

Deno.test("a chart's values.yaml and its schema have the same keys", async () => {
  for (const [folder, properties] of Object.entries(CHARTS)) {
    const values = parse(await Deno.readTextFile(new URL(`${folder}/values.yaml`, ROOT)));
    // What belongs to a subchart has its defaults there.
    const subcharts = folder === "helm/stock-app" ? ["producer", "consumer"] : [];
    const known = keysOf({ properties }, subcharts);
    const given = keysOfValues(values, { properties }, subcharts);
    expect({ folder, unknown: given.filter((key) => !known.includes(key)) }).toEqual({ folder, unknown: [] });
    const missing = known.filter((key) => !given.includes(key) && !NOT_IN_VALUES.test(key));
    expect({ folder, missing }).toEqual({ folder, missing: [] });
  }
});

/** Paths of all keys of a schema, without what is within the left-out ones. */
function keysOf(schema: Schema, leftOut: readonly string[], path = ""): string[] {
  const { properties } = schema as unknown as ObjectSchema;
  if (properties === undefined) return path === "" ? [] : [path];
  return Object.entries(properties).filter(([name]) => !leftOut.includes(name) || path !== "")
    .flatMap(([name, each]) => keysOf(each, leftOut, path === "" ? name : `${path}.${name}`));
}

/** Paths of all keys of values, down to where the schema has no more keys of its own. */
function keysOfValues(values: unknown, schema: Schema, leftOut: readonly string[], path = ""): string[] {
  const { properties } = schema as unknown as Partial<ObjectSchema>;
  if (properties === undefined || values === null || typeof values !== "object") return [path];
  return Object.entries(values).filter(([name]) => !leftOut.includes(name) || path !== "")
    .flatMap(([name, each]) =>
      keysOfValues(each, properties[name] ?? {}, leftOut, path === "" ? name : `${path}.${name}`)
    );
}
