import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { decodeJson, inputIssue } from "./codec.ts";
import { parseQuietHours } from "./gate.ts";

/**
 * What is known of a recipient beyond the rules: whether they are suppressed, and their quiet hours. One record a
 * recipient on the `deliveries` topic, key {@link recipientKey}, all of them placed by {@link RECIPIENTS_PLACEMENT}.
 *
 * @module
 */

/** Why an address is not written to any more. */
export interface Suppression {
  /** `bounce`, `complaint`: SES said so; `manual`: somebody did. */
  readonly cause: "bounce" | "complaint" | "manual";
  /** What was said: the bounce's diagnostic, or a person's words. */
  readonly reason: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface RecipientSettings {
  readonly recipient: string;
  readonly suppression: Suppression | null;
  /** `22:00-07:30` in Asia/Seoul, or null. */
  readonly quietHours: string | null;
  /** Epoch ms of the last change. */
  readonly updatedAt: number;
}

/** The one partition of the `deliveries` topic that holds all recipients: every notifier follows it. */
export const RECIPIENTS_PLACEMENT = "recipients";

const KEY_PREFIX = "recipient|";

/** The record key of a recipient's settings; mail addresses are compared without regard to case. */
export function recipientKey(recipient: string): string {
  return `${KEY_PREFIX}${normalRecipient(recipient)}`;
}

/** Whether a record of the `deliveries` topic is a recipient's settings, not a delivery. */
export function isRecipientKey(key: string): boolean {
  return key.startsWith(KEY_PREFIX);
}

/** A mail address in lower case, any other recipient as it is. */
export function normalRecipient(recipient: string): string {
  return /^(?:webhook|slack|telegram):/.test(recipient) ? recipient : recipient.toLowerCase();
}

const schema: z.ZodType<RecipientSettings> = z.object({
  recipient: z.string().min(1).max(2000),
  suppression: z.object({
    cause: z.enum(["bounce", "complaint", "manual"]),
    reason: z.string().max(2000),
    at: z.number().int().min(0),
  }).nullable(),
  quietHours: z.string().refine(
    (text) => parseQuietHours(text) !== undefined,
    "must be like 22:00-07:30 (Asia/Seoul)",
  ).nullable(),
  updatedAt: z.number().int().min(0),
});

/** A recipient's settings as they are written. */
export function encodeRecipient(settings: RecipientSettings): string {
  return JSON.stringify(settings);
}

/** @throws {InputError} code `bad_recipient`. */
export function decodeRecipient(bytes: Uint8Array): RecipientSettings {
  const parsed = schema.safeParse(decodeJson(bytes, "bad_recipient", "a recipient's settings"));
  if (parsed.success) return parsed.data;
  throw new InputError("bad_recipient", parsed.error.issues.map(inputIssue));
}
