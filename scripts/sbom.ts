/**
 * Writes the bill of materials of the product: CycloneDX 1.6, every npm package of deno.lock with its checksum.
 *
 *     deno run --allow-read --allow-write scripts/sbom.ts sbom.cdx.json
 *
 * @module
 */

interface Lock {
  readonly npm?: Readonly<Record<string, { integrity?: string; dependencies?: readonly string[] }>>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** One package of a bill of materials. */
export interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { alg: "SHA-512"; content: string }[];
}

/** The packages that a lock file names, sorted, each once: peers of one package do not make it two. */
export function componentsOf(lock: Lock): Component[] {
  const components = new Map<string, Component>();
  for (const [key, entry] of Object.entries(lock.npm ?? {})) {
    // "@scope/name@1.2.3_peer@4.5.6": what follows the underscore are peers.
    const parts = /^(@?[^@]+)@([^_]+)/.exec(key);
    if (parts === null) throw new Error(`deno.lock, npm: cannot read ${JSON.stringify(key)} as NAME@VERSION`);
    const [, name, version] = parts as unknown as [string, string, string];
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const hash = entry.integrity?.startsWith("sha512-")
      ? hexOf(entry.integrity.slice("sha512-".length))
      : undefined;
    components.set(purl, {
      type: "library",
      "bom-ref": purl,
      name,
      version,
      purl,
      ...(hash === undefined ? {} : { hashes: [{ alg: "SHA-512", content: hash }] }),
    });
  }
  return [...components.values()].sort((a, b) => a.purl < b.purl ? -1 : 1);
}

/** The document. It has no time, so that the same lock gives the same bytes. */
export function billOfMaterials(lock: Lock, manifest: Manifest, denoVersion: string): unknown {
  const product = `pkg:generic/${manifest.name.replace("@", "%40")}@${manifest.version}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": product,
        name: manifest.name,
        version: manifest.version,
        licenses: [{ license: { id: manifest.license } }],
      },
    },
    components: [
      { type: "platform", "bom-ref": `pkg:generic/deno@${denoVersion}`, name: "deno", version: denoVersion },
      ...componentsOf(lock),
    ],
  };
}

function hexOf(base64: string): string {
  return Array.from(atob(base64), (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

if (import.meta.main) {
  const [path] = Deno.args;
  if (path === undefined) {
    console.error("Usage: deno run --allow-read --allow-write scripts/sbom.ts FILE");
    Deno.exit(2);
  }
  const root = new URL("..", import.meta.url);
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root))) as Lock;
  const manifest = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as Manifest;
  const document = billOfMaterials(lock, manifest, Deno.version.deno);
  await Deno.writeTextFile(path, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`${path}: ${componentsOf(lock).length} packages`);
}
