/**
 * The errors of Tickbell.
 *
 * - a bug is an assertion ({@link assert}) and stops the process;
 * - bad input is an {@link InputError}: a stable code, and for each fault where it was, what was wrong and the value;
 * - an outside system that fails is an {@link OutsideError} that knows whether to try again.
 *
 * @module
 */

/** One thing wrong with an input: the field's path (`recipients[1]`, empty for the whole), the reason, the value. */
export interface InputIssue {
  /** Path of the field, dots between objects and `[n]` for arrays; "" is the input as a whole. */
  readonly field: string;
  /** Stable, machine-readable: `unknown_field`, `too_many_decimals`, … */
  readonly code: string;
  /** What was wrong, as a sentence that says what to do next. */
  readonly reason: string;
  /** The value as it was given, cut to a printable size; absent when the field was missing. */
  readonly value?: unknown;
}

/** Input that is refused. Carries every issue that was found, not only the first. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly code: string;
  readonly issues: readonly InputIssue[];

  constructor(code: string, issues: readonly InputIssue[], context?: string) {
    const text = issues.map((issue) => describeIssue(issue)).join("; ");
    super(context === undefined ? text : `${context}: ${text}`);
    this.code = code;
    this.issues = issues;
  }
}

/** An outside system failed: a broker, a mail service, a database, the market's feed. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
  /** Stable, e.g. `kafka_unreachable`, `ses_throttled`. */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** How long the other side asked us to wait, in milliseconds, where it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * States what must be true; a failure is a bug in Tickbell and is never caught.
 *
 * @throws {AssertionError} when it is not.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** A bug in Tickbell itself. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** `value: must be a decimal with at most 2 places, got 5.125` */
export function describeIssue(issue: InputIssue): string {
  const where = issue.field === "" ? "" : `${issue.field}: `;
  const got = "value" in issue ? `, got ${printable(issue.value)}` : "";
  return `${where}${issue.reason}${got}`;
}

/** A value as it may stand in a message or a response: JSON, at most `limit` characters. */
export function printable(value: unknown, limit = 200): string {
  let text: string | undefined;
  try {
    text = typeof value === "bigint" ? value.toString() : JSON.stringify(value);
  } catch {
    text = String(value);
  }
  text ??= String(value);
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
