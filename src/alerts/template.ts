import { z } from "zod";
import type { InputIssue } from "../core/errors.ts";
import { closestWord } from "../rules/text_checks.ts";
import type { Alert } from "./alert.ts";
import { alertView, type MessageLinks } from "./alert_view.ts";
import { decodeAs } from "./codec.ts";
import { clockTime } from "./format.ts";
import type { MessageStyle } from "./message.ts";
import { headerValue } from "./safe_text.ts";

/**
 * A tenant's own words for the messages of single alerts. A template is text with placeholders, `{{name}}`, and nothing
 * else: no code, no conditions, no access to anything but an alert's own facts, each on one line and free of controls. Of
 * a webhook's body a template is JSON; placeholders stand within its texts, so nothing can break out of them. Digests and
 * notices have our own words.
 *
 * @module
 */

/** A tenant's templates; null: ours. */
export interface Template {
  readonly tenant: string;
  readonly subject: string | null;
  /** Of mails' text, chats and the rest; a mail has no HTML part then. */
  readonly text: string | null;
  /** JSON text of an object. */
  readonly webhook: string | null;
  /** Epoch ms. */
  readonly updatedAt: number;
  readonly updatedBy: string;
}

/** Every placeholder and what it stands for. */
export const PLACEHOLDERS = {
  name: "the company's name",
  code: "the symbol's code",
  kind: "what the rule is called: 목표가",
  reached: "what was reached, short: 64,000원 이상",
  rule: "the rule in words",
  price: "the price: 71,100원",
  rate: "the change rate: +1.90%",
  change: "the change on the day: +1,200원",
  move: "▲ 1.90% 상승",
  measured: "what the conditions measured",
  time: "date and time, in Seoul",
  clock: "the time of day: 09시47분",
  session: "the market session: 애프터마켓",
  lateness: "how the trade came, where it was not live",
  repeat: "when the rule alerts again",
  note: "the rule's note",
  ruleId: "the rule's id",
  alertId: "the alert's id",
  link: "the alert's page, where there is one",
  stop: "the link that stops the rule, where there is one",
  priceNumber: "the price in won; in a webhook's body alone in its text a number",
  rateNumber: "the change rate in per cent; as priceNumber",
  changeNumber: "the change in won; as priceNumber",
  timeMs: "the trade's time, epoch ms; as priceNumber",
} as const;
export type Placeholder = keyof typeof PLACEHOLDERS;

const NAMES = Object.keys(PLACEHOLDERS) as readonly Placeholder[];
/** Those that are numbers where they stand alone in a text of a webhook's body. */
const NUMBERS: ReadonlySet<string> = new Set(["priceNumber", "rateNumber", "changeNumber", "timeMs"]);
/** One way to match alone: with blanks around the name said here, thousands of them without an end would take hours. */
const PATTERN = /\{\{([^{}]*)\}\}/g;
/** The most characters of each template. */
const MOST = { subject: 300, text: 4_000, webhook: 16_000 } as const;

const schema: z.ZodType<Template> = z.object({
  tenant: z.string().min(1),
  subject: z.string().nullable(),
  text: z.string().nullable(),
  webhook: z.string().nullable(),
  updatedAt: z.number().int().min(0),
  updatedBy: z.string(),
});

/** Templates as they are written. */
export function encodeTemplate(template: Template): string {
  return JSON.stringify(template);
}

/** @throws {InputError} code `bad_template`. */
export function decodeTemplate(bytes: Uint8Array): Template {
  return decodeAs(schema, bytes, { code: "bad_template", what: "a template" });
}

/** What is wrong with templates: each with its place. */
export function templateIssues(template: Pick<Template, "subject" | "text" | "webhook">): InputIssue[] {
  return (["subject", "text", "webhook"] as const).flatMap((field) => {
    const text = template[field];
    if (text === null) return [];
    if (text.trim() === "") {
      return [issue(field, "empty", "must say something, or be null for our own words", text)];
    }
    if (text.length > MOST[field]) {
      return [issue(field, "too_long", `must have at most ${MOST[field]} characters`, text.length)];
    }
    const faults = [...text.matchAll(PATTERN)].flatMap(({ 1: inner = "", index }) => {
      const name = inner.trim();
      return isPlaceholder(name) ? [] : [issue(field, "unknown_placeholder", unknown(name, index), name)];
    });
    const rest = text.replace(PATTERN, "");
    const lone = rest.includes("{{") || rest.includes("}}");
    const half = lone
      ? [issue(field, "bad_placeholder", "has {{ or }} that is no {{placeholder}}", text.slice(0, 100))]
      : [];
    const lines = field === "subject" && /[\r\n]/.test(text)
      ? [issue(field, "not_one_line", "must be one line", text.slice(0, 100))]
      : [];
    return [...faults, ...half, ...lines, ...(field === "webhook" ? jsonIssues(text) : [])];
  });
}

/** What of an alert's message a tenant has in its own words. */
export function ownWords(
  { subject, text, webhook }: Template,
  alert: Alert,
  links: MessageLinks = {},
): NonNullable<MessageStyle["own"]> {
  const values = valuesOf(alert, links);
  return {
    ...(subject === null ? {} : { subject: headerValue(filled(subject, values)) }),
    ...(text === null ? {} : { text: `${filled(text, values).trimEnd()}\n` }),
    ...(webhook === null ? {} : { body: filledJson(webhook, values) }),
  };
}

/** The body of a webhook's call: placeholders are filled within the texts of the JSON. */
function filledJson(template: string, values: PlaceholderValues): string {
  return JSON.stringify(JSON.parse(template), (_key, value) => {
    if (typeof value !== "string") return value;
    const alone = /^\{\{\s*(\w+)\s*\}\}$/.exec(value)?.[1];
    return alone !== undefined && NUMBERS.has(alone)
      ? Number(values[alone as Placeholder])
      : filled(value, values);
  });
}

/** What the placeholders of an alert's message stand for. */
type PlaceholderValues = Readonly<Record<Placeholder, string>>;

/** The values of an alert's placeholders, in its locale. */
function valuesOf(alert: Alert, links: MessageLinks): PlaceholderValues {
  const view = alertView(alert);
  return {
    name: view.name,
    code: view.code,
    kind: view.kind,
    reached: view.reached,
    rule: view.rule,
    price: view.price,
    rate: view.rate,
    change: view.change,
    move: view.move,
    measured: view.measured,
    time: view.time,
    clock: clockTime(alert.eventTime, alert.locale),
    session: view.session,
    lateness: view.lateness,
    repeat: view.quiet,
    note: view.note,
    ruleId: alert.ruleId,
    alertId: alert.id,
    link: links.page ?? links.console ?? "",
    stop: links.stop ?? "",
    priceNumber: String(alert.price),
    rateNumber: String(alert.rate),
    changeNumber: String(alert.change),
    timeMs: String(alert.eventTime),
  };
}

function filled(template: string, values: PlaceholderValues): string {
  return template.replace(PATTERN, (whole, inner: string) => {
    const name = inner.trim();
    return isPlaceholder(name) ? values[name] : whole;
  });
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

function unknown(name: string, at: number): string {
  const near = closestWord(name, NAMES);
  return `has no placeholder ${JSON.stringify(name.slice(0, 40))} (character ${at + 1}); ${
    near === undefined ? `there are ${NAMES.join(", ")}` : `did you mean {{${near}}}?`
  }`;
}

function jsonIssues(text: string): InputIssue[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    return [issue("webhook", "not_json", `must be JSON: ${(thrown as Error).message}`, text.slice(0, 100))];
  }
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  return isObject ? [] : [issue("webhook", "not_an_object", "must be a JSON object", text.slice(0, 100))];
}

function issue(field: string, code: string, reason: string, value: unknown): InputIssue {
  return { field, code, reason, value };
}
