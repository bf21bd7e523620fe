/** Names of properties whose values are never written to a log. */
const SECRET_NAME =
  /(?:secret|token|password|passwd|authorization|api_?key|app_?key|approval_?key|cookie|credential)/i;

/** Secrets within a text: bearer tokens, passwords in URLs, secret query parameters. */
const IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Token|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/g, "$1 ***"],
  // A scheme has an end: without one each letter of a long text would be where it might begin.
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]*):[^\s@/]+@/gi, "$1:***@"],
  [/([?&](?:key|token|secret|password|signature|sig)=)[^&\s"']+/gi, "$1***"],
  [/\bbot\d{6,}:[A-Za-z0-9_-]{20,}/g, "bot***"],
];

const DEPTH = 6;

/** A text with the secrets in it replaced by ***. */
export function redactText(text: string): string {
  return IN_TEXT.reduce((left, [pattern, by]) => left.replace(pattern, by), text);
}

/** A value with secrets replaced by ***: by the names of properties, and within texts. Nothing is changed in place. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (value === null || typeof value !== "object") return value;
  if (depth >= DEPTH) return "…";
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    SECRET_NAME.test(name) && inner !== undefined && inner !== null && inner !== ""
      ? "***"
      : redact(inner, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = { name: error.name, message: redactText(error.message) };
  if ("code" in error) shown.code = error.code;
  if (error.stack !== undefined) shown.stack = redactText(error.stack);
  if (error.cause !== undefined) shown.cause = redact(error.cause, depth + 1);
  return shown;
}
