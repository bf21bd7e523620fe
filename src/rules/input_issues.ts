import { InputError, type InputIssue, printable } from "../core/errors.ts";

/** Gathers everything that is wrong with one input, so that a caller hears all of it at once. */
export class InputIssues {
  readonly #issues: InputIssue[] = [];
  readonly #prefix: string;

  /** @param prefix stands before every field, e.g. `[3]` for the fourth rule of an array. */
  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  get count(): number {
    return this.#issues.length;
  }

  /** What was found wrong first; undefined: nothing. */
  get first(): InputIssue | undefined {
    return this.#issues[0];
  }

  /** A field that is not there. */
  missing(field: string, reason: string): void {
    this.#issues.push({ field: this.#path(field), code: "missing", reason });
  }

  /** A field whose value is refused. */
  refuse(field: string, code: string, reason: string, value: unknown): void {
    this.#issues.push({ field: this.#path(field), code, reason, value: shown(value) });
  }

  /** Runs a parser that throws, keeping its issues; undefined when it threw. */
  catch<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      for (const issue of thrown.issues) {
        const named = { ...issue, field: this.#path(issue.field) };
        this.#issues.push("value" in issue ? { ...named, value: shown(issue.value) } : named);
      }
      return undefined;
    }
  }

  /** @throws {InputError} when anything was wrong. */
  throwIfAny(code: string): void {
    if (this.#issues.length > 0) throw new InputError(code, this.#issues);
  }

  #path(field: string): string {
    if (this.#prefix === "" || field === "") return this.#prefix + field;
    return field.startsWith("[") ? this.#prefix + field : `${this.#prefix}.${field}`;
  }
}

/** A value as an issue may carry it: scalars as they are when short, everything else as cut text. */
function shown(value: unknown): unknown {
  if (typeof value === "string") return value.length <= 200 ? value : printable(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean" || value === null) return value;
  return printable(value);
}

/** Whether a value is an object with fields, as JSON has them. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
