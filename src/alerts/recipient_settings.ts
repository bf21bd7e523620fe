import { z } from "zod";
import { channelOf } from "../rules/channels.ts";
import { decodeAs } from "./codec.ts";
import { type Consent, CONSENT_STATES, CONSENT_WORDS } from "./consent.ts";
import { parseQuietHours } from "./gate.ts";

/**
 * What is known of a recipient beyond the rules: whether they are suppressed, their quiet hours, and what they have agreed
 * to. One record for everybody, and one for each tenant that there is something to say of, on the `deliveries` topic, key
 * {@link recipientKey}, all of them placed by {@link RECIPIENTS_PLACEMENT}.
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
  /** Whose messages this is about; absent: everybody's. */
  readonly tenant?: string;
  readonly suppression: Suppression | null;
  /** `22:00-07:30` in Asia/Seoul, or null. */
  readonly quietHours: string | null;
  /** What the recipient has agreed to; only with a tenant. */
  readonly consent?: Consent;
  /** Epoch ms of the last change. */
  readonly updatedAt: number;
}

/** The one partition of the `deliveries` topic that has all recipients: every notifier follows it. */
export const RECIPIENTS_PLACEMENT = "recipients";

const KEY_PREFIX = "recipient|";

/** Stands in no address, and in no tenant's name. */
const BETWEEN = " ";

/**
 * Whose record says that what stood before there was consent has been taken over: from then on an address of which
 * nothing is known is new.
 */
export const ADOPTED = { recipient: "*", tenant: "*" } as const;

/**
 * The record key of a recipient's settings; mail addresses are compared without regard to case.
 *
 * @param tenant absent: what holds for everybody.
 */
export function recipientKey(recipient: string, tenant?: string): string {
  const normal = normalRecipient(recipient);
  return KEY_PREFIX + (tenant === undefined ? normal : `${BETWEEN}${tenant}${BETWEEN}${normal}`);
}

/** Whether a record of the `deliveries` topic is a recipient's settings, not a delivery. */
export function isRecipientKey(key: string): boolean {
  return key.startsWith(KEY_PREFIX);
}

/** A mail address in lower case, any other recipient as it is. */
export function normalRecipient(recipient: string): string {
  return channelOf(recipient) === "mail" ? recipient.toLowerCase() : recipient;
}

/** Whether settings say something that is not so anyway. */
export function saysSomething({ suppression, quietHours, consent }: RecipientSettings): boolean {
  return suppression !== null || quietHours !== null || consent !== undefined;
}

const time = z.number().int().min(0);
const schema: z.ZodType<RecipientSettings> = z.object({
  recipient: z.string().min(1).max(2000),
  tenant: z.string().min(1).max(200).optional(),
  suppression: z.object({
    cause: z.enum(["bounce", "complaint", "manual"]),
    reason: z.string().max(2000),
    at: time,
  }).nullable(),
  quietHours: z.string().refine(
    (text) => parseQuietHours(text) !== undefined,
    "must be like 22:00-07:30 (Asia/Seoul)",
  ).nullable(),
  consent: z.object({
    state: z.enum(CONSENT_STATES),
    by: z.enum(CONSENT_WORDS),
    at: time,
    asks: time,
    askedAt: time.nullable(),
    of: z.string().min(1).max(2000).optional(),
  }).optional(),
  updatedAt: time,
});

/** A recipient's settings as they are written. */
export function encodeRecipient(settings: RecipientSettings): string {
  return JSON.stringify(settings);
}

/** @throws {InputError} code `bad_recipient`. */
export function decodeRecipient(bytes: Uint8Array): RecipientSettings {
  return decodeAs(schema, bytes, { code: "bad_recipient", what: "a recipient's settings" });
}
