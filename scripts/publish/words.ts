import { ROLES } from "../deploy/deployment.ts";

/** What the command line said. */
export interface PublishWords {
  /** Host and folder: what stands before `/stock/ROLE`. */
  readonly registry: string;
  /** Machines: linux/amd64, linux/arm64. */
  readonly platforms: readonly string[];
  /** Roles to publish; empty: all. */
  readonly roles: readonly string[];
  /** Of Dockerfile's arguments: NAME=VALUE. */
  readonly buildArgs: readonly string[];
  /** A key of cosign's: a file, or awskms:///… and the like. */
  readonly key: string | undefined;
  /** In place of deno.json's. */
  readonly version: string | undefined;
  /** The registry speaks plain HTTP. */
  readonly insecure: boolean;
}

const USAGE =
  "Usage: deno task publish --registry HOST[/FOLDER] [--key KEY] [--platform linux/amd64]… [--role ROLE]… " +
  "[--build-arg NAME=VALUE]… [--version VERSION] [--insecure]";

/** Reads the words of publish, or answers what is wrong with them. */
export function readPublishWords(words: readonly string[]): PublishWords | string {
  const given = new Map<string, string[]>();
  let insecure = false;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--insecure") {
      insecure = true;
      continue;
    }
    const [name, inline] = split(word);
    if (!["--registry", "--key", "--platform", "--role", "--build-arg", "--version"].includes(name)) {
      return `${word} is not known\n${USAGE}`;
    }
    const value = inline ?? rest.shift();
    if (value === undefined || value === "") return `${name} needs a value\n${USAGE}`;
    given.set(name, [...given.get(name) ?? [], value]);
  }
  const registry = given.get("--registry")?.at(-1)?.replace(/\/+$/, "");
  if (registry === undefined) return `--registry is needed\n${USAGE}`;
  if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._\/-]+)?$/.test(registry)) {
    return `--registry must be HOST[:PORT][/FOLDER] without https://, got ${registry}\n${USAGE}`;
  }
  const roles = given.get("--role") ?? [];
  const unknown = roles.find((role) => !(ROLES as readonly string[]).includes(role));
  if (unknown !== undefined) return `--role must be one of ${ROLES.join(", ")}, got ${unknown}\n${USAGE}`;
  const version = given.get("--version")?.at(-1);
  if (version !== undefined && !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    return `--version must be like 1.2.3, got ${version}\n${USAGE}`;
  }
  return {
    registry,
    platforms: given.get("--platform") ?? ["linux/amd64", "linux/arm64"],
    roles,
    buildArgs: given.get("--build-arg") ?? [],
    key: given.get("--key")?.at(-1),
    version,
    insecure,
  };
}

function split(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
