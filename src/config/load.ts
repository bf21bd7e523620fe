import { InputError, type InputIssue } from "../core/errors.ts";
import type { Setting, Settings, Values } from "./setting.ts";

/** Where settings come from. */
export interface ConfigSources {
  /** Flags by their camelCase name, as text; a switch is "true". */
  readonly flags: Readonly<Record<string, string>>;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Variables of ours that are not settings: they steer tests, or are read by the deployment. */
const OTHER_VARIABLES = /^TICKBELL_(?:TEST|BENCH|DEPLOY)_/;

/**
 * The values of settings: flags over environment over defaults, frozen. Empty means unset.
 *
 * @throws {InputError} with every bad value, and every TICKBELL_ variable that no setting of `all` has.
 */
export function loadConfig<S extends Settings>(
  settings: S,
  sources: ConfigSources,
  all: Settings,
): Values<S> {
  const issues: InputIssue[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    values[name] = valueOf(name, setting, sources, issues);
  }
  const known = new Set(Object.keys(all).map(environmentName));
  for (const variable of Object.keys(sources.env)) {
    if (!variable.startsWith("TICKBELL_") || known.has(variable) || OTHER_VARIABLES.test(variable)) continue;
    issues.push({
      field: variable,
      code: "unknown_variable",
      reason: "is not a setting of Tickbell; see --help",
    });
  }
  if (issues.length > 0) throw new InputError("bad_configuration", issues);
  return Object.freeze(values) as Values<S>;
}

function valueOf(
  name: string,
  setting: Setting<unknown>,
  sources: ConfigSources,
  issues: InputIssue[],
): unknown {
  const fromFlag = sources.flags[name];
  const given = fromFlag !== undefined && fromFlag !== "" ? fromFlag : sources.env[environmentName(name)];
  if (given === undefined || given === "") return setting.default;
  const read = setting.schema.safeParse(given);
  if (read.success) return read.data;
  const field = fromFlag !== undefined && fromFlag !== "" ? flagName(name) : environmentName(name);
  const reason = read.error.issues.map((issue) => issue.message).join(", ");
  issues.push({ field, code: "bad_setting", reason, value: setting.secret ? "***" : given });
  return setting.default;
}

/** `dataDir` → `TICKBELL_DATA_DIR`. */
export function environmentName(name: string): string {
  return `TICKBELL_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `dataDir` → `--data-dir`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
