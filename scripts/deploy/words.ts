import { type Environment, ENVIRONMENTS } from "./deployment.ts";

/** What the command line said. */
export interface Words {
  readonly environment: Environment;
  readonly switches: ReadonlySet<string>;
  /** Of `--rotate NAME`, in order. */
  readonly rotate: readonly string[];
  /** Of `--roll NAME`. */
  readonly roll: string | undefined;
  /** Of `--root DIR`. */
  readonly root: string | undefined;
}

/** Reads the words of deploy and destroy, or answers what is wrong with them. */
export function readWords(words: readonly string[], allowed: readonly string[]): Words | string {
  const switches = new Set<string>();
  const rotate: string[] = [];
  let environment: string | undefined;
  let root: string | undefined;
  let roll: string | undefined;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name, inline] = word.split("=", 2) as [string, string | undefined];
    const takesValue = ["--rotate", "--roll"].includes(name) && allowed.includes(name);
    if (name === "--env" || name === "--root" || takesValue) {
      const value = inline ?? rest.shift();
      if (value === undefined || value === "") return `${name} needs a value`;
      if (name === "--env") environment = value;
      else if (name === "--root") root = value;
      else if (name === "--roll") roll = value;
      else rotate.push(value);
    } else if (allowed.includes(name) && inline === undefined) switches.add(name);
    else return `${word} is not known`;
  }
  if (environment === undefined) return "--env dev or --env prod is needed";
  const known = ENVIRONMENTS.find((each) => each === environment);
  if (known === undefined) return `--env must be ${ENVIRONMENTS.join(" or ")}, got ${environment}`;
  return { environment: known, switches, rotate, roll, root };
}
