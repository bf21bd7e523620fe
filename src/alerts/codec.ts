import { z } from "zod";
import { InputError, type InputIssue, printable } from "../core/errors.ts";
import { writtenCondition } from "../rules/read_conditions.ts";
import { conditionOf } from "../rules/shorthand.ts";
import type { Alert } from "./alert.ts";
import { ALERT_FIELDS } from "./alert_fields.ts";

/**
 * The shape of an alert on the `alerts` topic. Unknown keys are dropped: a newer stream may write more. What alerts did
 * not always say has the meaning it had then.
 */
export const alertSchema: z.ZodType<Alert> = z.object({
  ...ALERT_FIELDS,
  armed: ALERT_FIELDS.armed.default(1),
  conditions: ALERT_FIELDS.conditions.optional(),
  on: ALERT_FIELDS.on.default("level"),
  repeat: ALERT_FIELDS.repeat.default(null),
}).transform((alert, context) => {
  const { conditions, kind, comparator, value, ruleDirection: direction } = alert;
  if (conditions !== undefined) return { ...alert, conditions };
  if (kind !== "price_limit" && (kind === "condition" || comparator === null || value === null)) {
    context.addIssue({ code: "custom", path: ["conditions"], message: "must say what the rule waits for" });
    return z.NEVER;
  }
  return { ...alert, conditions: [writtenCondition(conditionOf({ kind, comparator, value, direction }))] };
});

/** An alert as it is written to the `alerts` topic. */
export function encodeAlert(alert: Alert): string {
  return JSON.stringify(alert);
}

/**
 * An alert read from the `alerts` topic.
 *
 * @throws {InputError} code `bad_alert`: not UTF-8, not JSON, or not an alert, with every field that is wrong.
 */
export function decodeAlert(bytes: Uint8Array): Alert {
  return decodeAs(alertSchema, bytes, { code: "bad_alert", what: "an alert" });
}

/**
 * A record's bytes as their schema says.
 *
 * @param given.what for the message: "an alert".
 * @throws {InputError} with the given code when the bytes are not UTF-8, not JSON, or something else.
 */
export function decodeAs<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
  { code, what }: { readonly code: string; readonly what: string },
): T {
  const parsed = schema.safeParse(decodeJson(bytes, code, what));
  if (parsed.success) return parsed.data;
  throw new InputError(code, parsed.error.issues.map(inputIssue));
}

function decodeJson(bytes: Uint8Array, code: string, what: string): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused(code, "not_utf8", `must be ${what} as UTF-8 text; ${bytes.length} bytes are not UTF-8`);
  }
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw refused(
      code,
      "not_json",
      `must be ${what} as JSON (${(thrown as Error).message})`,
      printable(text),
    );
  }
}

/** zod's issue as ours: its path as `recipients[1]`. */
export function inputIssue(issue: z.core.$ZodIssue): InputIssue {
  const field = issue.path.reduce<string>(
    (path, part) =>
      typeof part === "number" ? `${path}[${part}]` : path === "" ? String(part) : `${path}.${String(part)}`,
    "",
  );
  return { field, code: issue.code, reason: issue.message };
}

function refused(code: string, issueCode: string, reason: string, value?: unknown): InputError {
  return new InputError(code, [{
    field: "",
    code: issueCode,
    reason,
    ...(value === undefined ? {} : { value }),
  }]);
}
