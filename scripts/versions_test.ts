import { expect } from "expect";
import { parse } from "yaml";
import deno from "../deno.json" with { type: "json" };
import { VERSION } from "../src/cli/version.ts";

const ROOT = new URL("..", import.meta.url);
const CHARTS = ["stock-app", "stock-app/charts/producer", "stock-app/charts/consumer", "monitoring"];

interface Chart {
  readonly version: string;
  readonly appVersion: string;
  readonly dependencies?: readonly { readonly version: string }[];
}

async function text(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("program, charts, documents, example and changelog are of one version", async () => {
  expect(VERSION).toBe(deno.version);
  for (const folder of CHARTS) {
    const chart = parse(await text(`helm/${folder}/Chart.yaml`)) as Chart;
    const versions = [
      chart.version,
      chart.appVersion,
      ...(chart.dependencies ?? []).map(({ version }) => version),
    ];
    expect({ folder, versions: [...new Set(versions)] }).toEqual({ folder, versions: [VERSION] });
  }
  expect(JSON.parse(await text("docs/asyncapi.json")).info.version).toBe(VERSION);
  expect(await text("infra/vm/tickbell.env.example")).toContain(`IMAGE_VERSION=${VERSION}\n`);
  const released = /^## \[(\d[^\]]*)\]/m.exec(await text("CHANGELOG.md"))?.[1];
  expect(released).toBe(VERSION);
});

Deno.test("an upgrade from each release to the next has its notes", async () => {
  const releases = [...(await text("CHANGELOG.md")).matchAll(/^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$/gm)]
    .map(([, version]) => version as string).reverse();
  expect(releases.length).toBeGreaterThan(1);
  const notes = await text("docs/deployment/upgrade.md");
  for (const [index, version] of releases.slice(1).entries()) {
    expect(notes).toContain(`## From ${releases[index]} to ${version}\n`);
  }
});
