import { InputError, messageOf } from "../core/errors.ts";

/** What a file is to the person who handed it over, for messages. */
export interface FileKind {
  /** Code of what is wrong with it: `bad_rule_file`. */
  readonly code: string;
  /** What it is called: "rule file". */
  readonly what: string;
}

/** What is wrong with a file: `Cannot read rule file rules.json: line 3: …`. */
export function fileFault(
  file: { readonly path: string; readonly kind: FileKind },
  issue: {
    readonly reason: string;
    readonly code?: string;
    readonly field?: string;
    readonly value?: unknown;
  },
): InputError {
  const { code, what } = file.kind;
  const { field = "", reason, value } = issue;
  const issueOut = { field, code: issue.code ?? code, reason, ...(value === undefined ? {} : { value }) };
  return new InputError(code, [issueOut], `Cannot read ${what} ${file.path}`);
}

/** A fault of the file system in words, an {@link InputError} as it is. */
export function asFileFault(
  thrown: unknown,
  file: { readonly path: string; readonly kind: FileKind },
  place = "",
): InputError {
  if (thrown instanceof InputError) {
    const [first] = thrown.issues;
    if (thrown.code === file.kind.code && (place === "" || first?.field !== "")) return thrown;
    const { code = thrown.code, reason = thrown.message } = first ?? {};
    return fileFault(file, { code, field: place, reason });
  }
  const known = REASONS.find(([type]) => thrown instanceof type);
  return fileFault(file, {
    code: "unreadable",
    field: place,
    reason: known?.[1] ?? `cannot be read: ${messageOf(thrown)}`,
  });
}

// deno-lint-ignore no-explicit-any -- the constructors of Deno's errors
const REASONS: readonly (readonly [new (...args: any[]) => Error, string])[] = [
  [Deno.errors.NotFound, "there is no such file"],
  [Deno.errors.IsADirectory, "is a folder, a file is wanted"],
  [Deno.errors.NotADirectory, "there is no such file: a part of the path is no folder"],
  [Deno.errors.PermissionDenied, "may not be read: check its owner and rights"],
  [Deno.errors.NotCapable, "may not be read by this process: Deno was started without --allow-read for it"],
];
