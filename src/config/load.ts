import { InputError, type InputIssue, messageOf } from "../core/errors.ts";
import type { Setting, SettingCondition, Settings, Values } from "./setting.ts";

/** Where settings come from. */
export interface ConfigSources {
  /** Flags by their camelCase name, as text; a switch is "true". */
  readonly flags: Readonly<Record<string, string>>;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Reads a small text file, for secrets that are given as `TICKBELL_NAME_FILE`. */
  readonly readText?: (path: string) => string;
}

/** Variables of ours that are not settings: they steer tests, or are read by the deployment. */
const OTHER_VARIABLES = /^TICKBELL_(?:TEST|BENCH|DEPLOY)_/;

/**
 * The values of settings: flags over environment over defaults, frozen. Empty means unset.
 *
 * @param known The variables that are settings of the product; those of `settings` alone, by default.
 * @throws {InputError} with every bad value, and every TICKBELL_ variable that is not known.
 */
export function loadConfig<S extends Settings>(
  settings: S,
  sources: ConfigSources,
  known: ReadonlySet<string> = knownVariables(settings),
): Values<S> {
  const issues: InputIssue[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    values[name] = valueOf(name, setting, sources, issues);
  }
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
  const given = givenText(name, setting, sources, issues);
  if (given === undefined) return setting.default;
  const read = setting.schema.safeParse(given.text);
  if (read.success) return read.data;
  const reason = read.error.issues.map((issue) => issue.message).join(", ");
  issues.push({ field: given.from, code: "bad_setting", reason, value: setting.secret ? "***" : given.text });
  return setting.default;
}

/** A setting's text and where it came from; empty means unset. */
function givenText(
  name: string,
  setting: Setting<unknown>,
  sources: ConfigSources,
  issues: InputIssue[],
): { text: string; from: string } | undefined {
  const flag = sources.flags[name];
  if (flag !== undefined && flag !== "") return { text: flag, from: flagName(name) };
  const variable = environmentName(name);
  const value = sources.env[variable];
  if (value !== undefined && value !== "") return { text: value, from: variable };
  const file = setting.secret ? sources.env[`${variable}_FILE`] : undefined;
  if (file === undefined || file === "" || sources.readText === undefined) return undefined;
  try {
    return { text: sources.readText(file).trimEnd(), from: `${variable}_FILE` };
  } catch (error) {
    issues.push({
      field: `${variable}_FILE`,
      code: "unreadable_file",
      reason: `cannot be read: ${messageOf(error)}`,
      value: file,
    });
    return undefined;
  }
}

function isMet({ is }: SettingCondition, value: unknown): boolean {
  if (is !== "given") return is.includes(String(value));
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

/**
 * Refuses flags that have no effect beside the other settings. Variables may be shared by processes that differ: they may
 * say more than one needs.
 *
 * @throws {InputError} code `bad_configuration`
 */
export function refuseIdle(
  settings: Settings,
  { config, flags }: {
    readonly config: Readonly<Record<string, unknown>>;
    readonly flags: ConfigSources["flags"];
  },
): void {
  const issues: InputIssue[] = [];
  for (const name of Object.keys(flags)) {
    const only = settings[name]?.only;
    if (only === undefined || !(only.setting in config) || isMet(only, config[only.setting])) continue;
    const other = flagName(only.setting);
    const reason = only.is === "given"
      ? `has no effect without ${other}`
      : `has no effect with ${other} ${config[only.setting]}: it is for ${
        only.is.map((one) => `${other} ${one}`).join(" or ")
      }`;
    issues.push({ field: flagName(name), code: "no_effect", reason });
  }
  if (issues.length > 0) throw new InputError("bad_configuration", issues);
}

/** The variables that settings are read from. */
export function knownVariables(settings: Settings): ReadonlySet<string> {
  return new Set(Object.entries(settings).flatMap(([name, setting]) => variablesOf(name, setting)));
}

/** The variables a setting is read from. */
export function variablesOf(name: string, setting: Setting<unknown>): string[] {
  const variable = environmentName(name);
  return setting.secret ? [variable, `${variable}_FILE`] : [variable];
}

/** `dataDir` → `TICKBELL_DATA_DIR`. */
export function environmentName(name: string): string {
  return `TICKBELL_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `dataDir` → `--data-dir`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
