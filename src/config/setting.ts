import { z } from "zod";

/**
 * One setting: from a flag, else from the environment, else its default. `port` is read from `--port` and
 * `TICKBELL_PORT`. Groups of settings stand in their own files beside this one; README's table, `.env.example` and the
 * chart's schema are generated from them.
 */
export interface Setting<T> {
  /** Reads the text of a flag or of the environment. */
  readonly schema: z.ZodType<T, string>;
  readonly default: T;
  /** What it is, one sentence, with its unit and range. */
  readonly description: string;
  /** The flag's placeholder in help, e.g. "MS"; absent for a switch. */
  readonly placeholder?: string;
  /** Printed as ***. */
  readonly secret?: boolean;
  /** The default as it is written in a flag, where that is not the value itself. */
  readonly written?: string;
  /** It has an effect only where another setting is so. */
  readonly only?: SettingCondition;
}

/** Another setting that has one of these values, or is given at all. */
export interface SettingCondition {
  readonly setting: string;
  readonly is: readonly string[] | "given";
}

/** Settings of which some have an effect only where another setting is so. */
export function onlyWith<S extends Settings>(
  settings: S,
  conditions: readonly (SettingCondition & { readonly names: readonly (keyof S)[] })[],
): S {
  const changed: Record<string, Setting<unknown>> = { ...settings };
  for (const { names, ...only } of conditions) {
    for (const name of names as string[]) changed[name] = { ...changed[name]!, only };
  }
  return changed as S;
}

/** Settings by their camelCase name: `dataDir` is `--data-dir` and `TICKBELL_DATA_DIR`. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of a group of settings. */
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** A text. */
export function text(options: Plain<string>): Setting<string> {
  return { ...options, schema: z.string() };
}

/** A text that may be missing. */
export function optionalText(options: Omit<Plain<string>, "default">): Setting<string | undefined> {
  return { ...options, default: undefined, schema: z.string() };
}

/** A secret that may be missing. */
export function secretText(options: Omit<Plain<string>, "default">): Setting<string | undefined> {
  return { ...optionalText(options), secret: true };
}

/** An integer within bounds. */
export function integer(options: Plain<number> & { min: number; max: number }): Setting<number> {
  const { min, max } = options;
  const schema = z.string().regex(/^-?\d+$/, "must be an integer").transform(Number).refine(
    (value) => value >= min && value <= max,
    { error: `must be from ${min} to ${max}` },
  );
  return { ...options, schema };
}

const DURATION_UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time such as `90m`, `12h` or `1d`, in ms. */
export function duration({ default: written, ...options }: Plain<string>): Setting<number> {
  const schema = z.string().regex(/^[1-9]\d{0,5}[smhd]$/, "must be a time such as 90m, 12h or 1d").transform((
    value,
  ) => Number(value.slice(0, -1)) * DURATION_UNITS[value.at(-1) as keyof typeof DURATION_UNITS]);
  return { ...options, schema, default: schema.parse(written), written };
}

/** A switch: `--tls`, or `TICKBELL_TLS=true`. */
export function flag(options: Omit<Plain<boolean>, "placeholder" | "default">): Setting<boolean> {
  const schema = z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");
  return { ...options, default: false, schema };
}

/** One of some words. */
export function oneOf<const T extends string>(words: readonly T[], options: Plain<T>): Setting<T> {
  return { ...options, schema: z.enum(words as readonly [T, ...T[]]) as unknown as z.ZodType<T, string> };
}

/** One of some words, or nothing. */
export function optionalOneOf<const T extends string>(
  words: readonly T[],
  options: Omit<Plain<T>, "default">,
): Setting<T | undefined> {
  const schema = z.enum(words as readonly [T, ...T[]]) as unknown as z.ZodType<T, string>;
  return { ...options, default: undefined, schema };
}

/** The words a setting may be; none: any text. */
export function choicesOf({ schema }: Setting<unknown>): readonly string[] {
  return schema instanceof z.ZodEnum ? schema.options.map(String) : [];
}

/** Words separated by commas. */
export function list(options: Plain<readonly string[]>): Setting<readonly string[]> {
  const schema = z.string().transform((value) => value.split(",").map((word) => word.trim()).filter(Boolean));
  return { ...options, schema };
}

type Plain<T> = Omit<Setting<T>, "schema" | "written">;
