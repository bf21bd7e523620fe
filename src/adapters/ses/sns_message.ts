import { createVerify, type KeyLike, X509Certificate } from "node:crypto";
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

/** Whether an address is one of Amazon SNS itself: https, an SNS host, and for certificates a `.pem`. */
export function isSnsAddress(text: string | undefined, ending = ""): boolean {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && url.protocol === "https:" && url.port === "" && url.username === "" &&
    /^sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/.test(url.hostname) && url.pathname.endsWith(ending);
}

/**
 * Checks age and signature.
 *
 * @param certificate PEM, from the message's SigningCertURL.
 * @throws {InputError} code `bad_sns_message`.
 */
export function verifySnsMessage(message: SnsMessage, certificate: string, now: number): void {
  const age = now - Date.parse(message.Timestamp);
  if (age > OLDEST_MS || age < -OLDEST_MS) {
    throw snsRefused("too_old", "was signed too long ago, or in the future", message.Timestamp);
  }
  const algorithm = message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  const verify = createVerify(algorithm).update(signedText(message));
  if (!verify.verify(keyOf(certificate, now), message.Signature, "base64")) {
    throw snsRefused("bad_signature", "is not signed by the certificate it names");
  }
}

/** The text that is signed: each key and its value, each on its line. */
export function signedText(message: SnsMessage): string {
  return SIGNED[message.Type]
    .filter((key) => message[key as keyof SnsMessage] !== undefined)
    .map((key) => `${key}\n${message[key as keyof SnsMessage]}\n`).join("");
}

function keyOf(pem: string, now: number): KeyLike {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw snsRefused("bad_certificate", "names a certificate that cannot be read");
  }
  if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) {
    throw snsRefused("bad_certificate", "names a certificate that is not valid now");
  }
  return certificate.publicKey;
}

/** @internal */
export function snsRefused(code: string, reason: string, value?: unknown): InputError {
  const issue = { field: "", code, reason, ...(value === undefined ? {} : { value }) };
  return new InputError("bad_sns_message", [issue]);
}
