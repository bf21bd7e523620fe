import { z } from "zod";
import { InputError, type InputIssue, printable } from "../core/errors.ts";
import { isSymbol } from "../market/symbol.ts";
import type { Param } from "../rules/condition.ts";
import { MEASURE_NAMES } from "../rules/measures.ts";
import { writtenCondition } from "../rules/read_conditions.ts";
import { REPEATS } from "../rules/repeat.ts";
import { CHANNELS, COMPARATORS, DIRECTIONS, LOCALES, RULE_KINDS, TRIGGERS } from "../rules/rule.ts";
import { conditionOf } from "../rules/shorthand.ts";
import type { Alert, MeasuredCondition } from "./alert.ts";

const time = z.number().int().min(0).max(8_640_000_000_000_000);

const condition: z.ZodType<MeasuredCondition> = z.object({
  measure: z.enum(MEASURE_NAMES),
  params: z.array(z.union([z.string().max(20), z.number()]) as z.ZodType<Param>).max(4).optional(),
  comparator: z.enum(COMPARATORS),
  value: z.string().max(40),
  measured: z.string().max(40).optional(),
});

/**
 * The shape of an alert on the `alerts` topic. Unknown keys are dropped: a newer stream may write more. What alerts did
 * not always say has the meaning it had then.
 */
export const alertSchema: z.ZodType<Alert> = z.object({
  id: z.string().min(3).max(200),
  ruleId: z.string().min(1).max(64),
  ruleVersion: z.number().int().min(0),
  armed: z.number().int().min(1).default(1),
  tenant: z.string().max(200),
  kind: z.enum(RULE_KINDS),
  comparator: z.enum(COMPARATORS).nullable(),
  value: z.string().max(40).nullable(),
  ruleDirection: z.enum(DIRECTIONS).nullable(),
  conditions: z.array(condition).max(4).optional(),
  on: z.enum(TRIGGERS).default("level"),
  repeat: z.enum(REPEATS).nullable().default(null),
  symbol: z.string().refine(isSymbol, "must be a symbol's six-character code"),
  name: z.string().max(400),
  nameEn: z.string().max(400).optional(),
  direction: z.enum(["up", "down", "flat"]),
  price: z.number(),
  rate: z.number(),
  change: z.number(),
  volume: z.number(),
  eventTime: time,
  windowStart: time,
  windowEnd: time.nullable(),
  closing: z.boolean().optional(),
  recipients: z.array(z.string().min(1).max(2000)).max(1000),
  channels: z.array(z.enum(CHANNELS)),
  locale: z.enum(LOCALES),
  note: z.string().max(2000),
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
  const parsed = alertSchema.safeParse(decodeJson(bytes, "bad_alert", "an alert"));
  if (parsed.success) return parsed.data;
  throw new InputError("bad_alert", parsed.error.issues.map(inputIssue));
}

/**
 * The JSON value of a record's bytes.
 *
 * @param what for the message: "an alert".
 * @throws {InputError} with the given code when the bytes are not UTF-8 or not JSON.
 */
export function decodeJson(bytes: Uint8Array, code: string, what: string): unknown {
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
