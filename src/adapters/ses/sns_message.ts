import { createVerify, type KeyLike } from "node:crypto";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { inputIssue } from "../../alerts/codec.ts";

/**
 * What Amazon SNS posts to an HTTP endpoint, and the check that it comes from there.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
const schema = z.object({
  Type: z.enum(["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]),
  MessageId: z.string().min(1),
  TopicArn: z.string().min(1),
  Message: z.string(),
  Timestamp: z.iso.datetime(),
  SignatureVersion: z.enum(["1", "2"]),
  Signature: z.string().min(1),
  SigningCertURL: z.string(),
  Subject: z.string().optional(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
});
export type SnsMessage = z.infer<typeof schema>;

/** The keys that are signed, in their order; a Subject only where there is one. */
const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: [
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
  ],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

/**
 * Version 2 is what a topic is to be set to (SignatureVersion); version 1, SHA-1, is what SNS signs with where nothing is set.
 */
const ALGORITHMS = { "1": "RSA-SHA1", "2": "RSA-SHA256" } as const;

/** SNS tries for an hour at most; what is older is a replay. */
const OLDEST_MS = 2 * 3_600_000;

/** @throws {InputError} code `bad_sns_message`. */
export function readSnsMessage(body: string): SnsMessage {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw snsRefused("not_json", "must be a JSON object, as Amazon SNS posts it");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InputError("bad_sns_message", parsed.error.issues.map(inputIssue));
}

/**
 * Checks the age, before anything is fetched.
 *
 * @throws {InputError} code `bad_sns_message`.
 */
export function requireFresh(message: SnsMessage, now: number): void {
  const age = now - Date.parse(message.Timestamp);
  if (age <= OLDEST_MS && age >= -OLDEST_MS) return;
  throw snsRefused("too_old", "was signed too long ago, or in the future", message.Timestamp);
}

/**
 * Checks the signature.
 *
 * @throws {InputError} code `bad_sns_message`.
 */
export function verifySnsMessage(message: SnsMessage, key: KeyLike): void {
  const verify = createVerify(ALGORITHMS[message.SignatureVersion]).update(signedText(message));
  if (verify.verify(key, message.Signature, "base64")) return;
  throw snsRefused("bad_signature", "is not signed by the certificate it names");
}

/** The text that is signed: each key and its value, each on its line. */
export function signedText(message: SnsMessage): string {
  return SIGNED[message.Type]
    .filter((key) => message[key as keyof SnsMessage] !== undefined)
    .map((key) => `${key}\n${message[key as keyof SnsMessage]}\n`).join("");
}

/** @internal */
export function snsRefused(code: string, reason: string, value?: unknown): InputError {
  const issue = { field: "", code, reason, ...(value === undefined ? {} : { value }) };
  return new InputError("bad_sns_message", [issue]);
}
