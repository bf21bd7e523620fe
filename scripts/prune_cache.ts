/**
 * Removes from Deno's cache, deno.json and deno.lock every npm package that a program does not import: Deno wants all that
 * deno.json names, the ones for building and testing too. For the image: run it on copies.
 *
 *     DENO_DIR=/deno-dir deno run --allow-read --allow-write --allow-env --allow-run=deno scripts/prune_cache.ts src/cli/main.ts
 *
 * @module
 */

/** The part of `deno info --json` that counts. Its packages are all that deno.lock names; its modules are the program's. */
export interface Info {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<string, { readonly name: string; readonly dependencies: readonly string[] }>
  >;
}

/** Names of the packages that the program's modules import, and of those that these need. */
export function usedPackages(info: Info): Set<string> {
  const seen = new Set<string>();
  const open = info.modules.flatMap((module) => module.npmPackage ?? []);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    open.push(...info.npmPackages[key]?.dependencies ?? []);
  }
  return new Set([...seen].flatMap((key) => info.npmPackages[key]?.name ?? []));
}

/**
 * Removes the folders of packages that are not among `used` from a registry's folder.
 *
 * @returns their names.
 */
export async function prune(registry: string, used: ReadonlySet<string>): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await packagesOf(registry)) {
    if (used.has(name)) continue;
    await Deno.remove(`${registry}/${name}`, { recursive: true });
    removed.push(name);
  }
  return removed.sort();
}

/** A deno.json's imports without those of packages that are not among `used`; the tasks go too. */
export function pruneConfig(
  config: { readonly imports: Readonly<Record<string, string>>; readonly tasks?: unknown },
  used: ReadonlySet<string>,
): unknown {
  const { tasks: _, ...rest } = config;
  const kept = Object.entries(config.imports).filter(([, target]) => {
    const name = /^npm:(@?[^@]+)/.exec(target)?.[1];
    return name === undefined || used.has(name);
  });
  return { ...rest, imports: Object.fromEntries(kept) };
}

/** A deno.lock without the packages that are not among `used`; what stays keeps its version and checksum. */
export function pruneLock(lock: Lock, used: ReadonlySet<string>): Lock {
  const keep = (key: string) => used.has(/^(?:npm:)?(@?[^@]+)/.exec(key)?.[1] ?? "");
  const kept = <T>(entries: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => keep(key)));
  return {
    ...lock,
    specifiers: kept(lock.specifiers),
    npm: kept(lock.npm),
    workspace: { ...lock.workspace, dependencies: lock.workspace.dependencies.filter(keep) },
  };
}

/** The part of a deno.lock that names packages. */
export interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, unknown>>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

async function packagesOf(registry: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(registry)) {
    if (!entry.isDirectory) continue;
    if (!entry.name.startsWith("@")) names.push(entry.name);
    else {for await (const scoped of Deno.readDir(`${registry}/${entry.name}`)) {
        names.push(`${entry.name}/${scoped.name}`);
      }}
  }
  return names;
}

if (import.meta.main) {
  const [program] = Deno.args;
  const folder = Deno.env.get("DENO_DIR");
  if (program === undefined || folder === undefined) {
    console.error("Usage: DENO_DIR=FOLDER deno run … scripts/prune_cache.ts PROGRAM");
    Deno.exit(2);
  }
  const { success, stdout, stderr } = await new Deno.Command("deno", { args: ["info", "--json", program] })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const used = usedPackages(JSON.parse(new TextDecoder().decode(stdout)) as Info);
  for await (const registry of Deno.readDir(`${folder}/npm`)) {
    if (!registry.isDirectory) continue;
    const removed = await prune(`${folder}/npm/${registry.name}`, used);
    console.log(`kept ${used.size} packages, removed ${removed.length}: ${removed.join(", ")}`);
  }
  const config = JSON.parse(await Deno.readTextFile("deno.json"));
  await Deno.writeTextFile("deno.json", `${JSON.stringify(pruneConfig(config, used), null, 2)}\n`);
  const lock = JSON.parse(await Deno.readTextFile("deno.lock")) as Lock;
  await Deno.writeTextFile("deno.lock", `${JSON.stringify(pruneLock(lock, used), null, 2)}\n`);
}
