/**
 * Copies what the charts bring along from where it is made and tested: Grafana's dashboards and provisioning, Prometheus's
 * alert rules. Helm reads files only from within a chart.
 *
 *     deno run --allow-read --allow-write scripts/sync_chart.ts [--check]
 *
 * @module
 */

/** From a folder or file of infra/ to the charts that bring it. */
const COPIES: readonly { from: string; to: string; keep: RegExp }[] = [
  { from: "infra/grafana/dashboards", to: "helm/stock-app/files/dashboards", keep: /\.json$/ },
  { from: "infra/grafana/dashboards", to: "helm/monitoring/files/dashboards", keep: /\.json$/ },
  {
    from: "infra/grafana/provisioning/dashboards",
    to: "helm/monitoring/files/provisioning/dashboards",
    keep: /\.yaml$/,
  },
  {
    from: "infra/grafana/provisioning/datasources",
    to: "helm/monitoring/files/provisioning/datasources",
    keep: /\.yaml$/,
  },
  { from: "infra/prometheus", to: "helm/stock-app/files/rules", keep: /^alerts\.yaml$/ },
  { from: "infra/prometheus", to: "helm/monitoring/files/rules", keep: /^alerts\.yaml$/ },
];

/** What has to be written or removed so that the charts are in step, by path; undefined: removed. */
export async function outOfStep(root: string): Promise<Map<string, string | undefined>> {
  const changes = new Map<string, string | undefined>();
  for (const { from, to, keep } of COPIES) {
    const wanted = await filesOf(`${root}/${from}`, keep);
    if (wanted.size === 0) throw new Error(`${from} has nothing to copy: is it complete?`);
    const present = await filesOf(`${root}/${to}`, /./);
    for (const [name, text] of wanted) {
      if (present.get(name) !== text) changes.set(`${root}/${to}/${name}`, text);
    }
    for (const name of present.keys()) {
      if (!wanted.has(name)) changes.set(`${root}/${to}/${name}`, undefined);
    }
  }
  return changes;
}

async function filesOf(folder: string, keep: RegExp): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && keep.test(entry.name)) {
        files.set(entry.name, await Deno.readTextFile(`${folder}/${entry.name}`));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  const changes = await outOfStep(root);
  for (const [path, text] of changes) {
    console.log(`${text === undefined ? "remove" : "copy"} ${path.slice(root.length + 1)}`);
    if (Deno.args.includes("--check")) continue;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (text === undefined) await Deno.remove(path);
    else await Deno.writeTextFile(path, text);
  }
  if (Deno.args.includes("--check") && changes.size > 0) Deno.exit(1);
}
