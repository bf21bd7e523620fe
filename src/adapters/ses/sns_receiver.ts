import type { KeyObject } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import { inputIssue } from "../../alerts/codec.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import { isTenant } from "../../rules/tenancy.ts";
import { logger } from "../../telemetry/log.ts";
import { isCertificateAddress, isSnsAddress, trustedCertificate } from "./sns_certificate.ts";
import {
  readSnsMessage,
  requireFresh,
  type SnsMessage,
  snsRefused,
  verifySnsMessage,
} from "./sns_message.ts";

const log = logger("ses");

export interface SnsReceiverOptions {
  readonly clock: Clock;
  /** ARNs of the topics that are believed. */
  readonly topics: readonly string[];
  /** Gets a text from Amazon SNS: its certificates, and the confirmation of a subscription. Over https by default. */
  readonly get?: (url: string) => Promise<Uint8Array>;
  /** PEM of the authorities that are believed, for tests; Amazon's by default. */
  readonly roots?: readonly string[];
}

const address = z.object({ emailAddress: z.string().min(3).max(320), diagnosticCode: z.string().optional() });
/** SES's notifications, in the form of a feedback notification or of an event (`eventType`). */
const eventSchema = z.object({
  notificationType: z.string().optional(),
  eventType: z.string().optional(),
  bounce: z.object({
    bounceType: z.string(),
    bounceSubType: z.string().optional(),
    bouncedRecipients: z.array(address),
  }).optional(),
  complaint: z.object({
    complainedRecipients: z.array(address),
    complaintFeedbackType: z.string().optional(),
  }).optional(),
  /** The mail itself, where the topic has its headers. */
  mail: z.object({
    headers: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  }).optional(),
});

/** Keys that are remembered, and for how long, in ms. */
const KEYS = 8;
const KEY_MS = 24 * 3_600_000;

/** Takes what Amazon SNS posted: the request's body, and where suppressions are kept. */
export type SnsReceiver = (body: string, book: RecipientBook) => Promise<void>;

/**
 * Takes what Amazon SNS posts about mails sent through SES: hard bounces and complaints put their addresses on the
 * suppression list; a subscription to one of the topics is confirmed.
 *
 * @returns a function that throws an InputError (`bad_sns_message`) for what is not from SNS or not from one of the topics,
 *   and an OutsideError when SNS or the log cannot be reached: SNS tries again. The topic is compared before anything is
 *   fetched.
 */
export function snsReceiver(options: SnsReceiverOptions): SnsReceiver {
  const { clock, topics, get = getBytes } = options;
  const keys = new Map<string, { readonly key: KeyObject; readonly at: number }>();

  async function keyOf({ SigningCertURL: url, TopicArn: topic }: SnsMessage): Promise<KeyObject> {
    if (!isCertificateAddress(url, topic)) {
      throw snsRefused("bad_certificate", "names a certificate that is not of SNS", url);
    }
    const known = keys.get(url);
    if (known !== undefined && known.at + KEY_MS > clock.now()) return known.key;
    const source = {
      get,
      now: clock.now(),
      ...(options.roots === undefined ? {} : { roots: options.roots }),
    };
    const { publicKey: key } = await trustedCertificate(await get(url), topic, source);
    if (keys.size >= KEYS) keys.clear();
    keys.set(url, { key, at: clock.now() });
    return key;
  }

  return async (body, book) => {
    const message = readSnsMessage(body);
    if (!topics.includes(message.TopicArn)) {
      throw snsRefused("unknown_topic", "is of a topic that is not configured (sesTopics)", message.TopicArn);
    }
    requireFresh(message, clock.now());
    verifySnsMessage(message, await keyOf(message));
    if (message.Type === "SubscriptionConfirmation") await confirm(message, get);
    else if (message.Type === "Notification") await take(message.Message, { book, clock });
  };
}

async function confirm(message: SnsMessage, get: (url: string) => Promise<Uint8Array>): Promise<void> {
  const url = message.SubscribeURL;
  if (url === undefined || !isSnsAddress(url, message.TopicArn)) {
    throw snsRefused("bad_address", "SubscribeURL is not of SNS", url);
  }
  await get(url);
  log.info("subscribed to {topic}", { topic: message.TopicArn });
}

async function take(
  text: string,
  { book, clock }: { readonly book: RecipientBook; readonly clock: Clock },
): Promise<void> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // SES tests a topic with a plain sentence.
    return;
  }
  const parsed = eventSchema.safeParse(json);
  if (!parsed.success) throw new InputError("bad_sns_message", parsed.error.issues.map(inputIssue));
  const { bounce, complaint, mail } = parsed.data;
  const at = clock.now();
  // A mailbox that is full or a server that is away ("Transient") will take the next mail.
  if (bounce?.bounceType === "Permanent") {
    for (const { emailAddress, diagnosticCode } of bounce.bouncedRecipients) {
      const reason = diagnosticCode ?? `${bounce.bounceType}/${bounce.bounceSubType ?? "General"}`;
      await suppress(book, emailAddress, { cause: "bounce", reason: reason.slice(0, 500), at });
    }
  }
  // No mailbox is a fact of the address, for everybody; a complaint is a word to whoever sent the mail.
  const tenant = tenantOf(mail?.headers);
  for (const { emailAddress } of complaint?.complainedRecipients ?? []) {
    const reason = complaint?.complaintFeedbackType ?? "marked as unwanted by its recipient";
    await suppress(book, emailAddress, { cause: "complaint", reason: reason.slice(0, 500), at }, tenant);
  }
}

/** Whose mail it was, as its header says; undefined where the notification has no headers. */
function tenantOf(
  headers: readonly { readonly name: string; readonly value: string }[] = [],
): string | undefined {
  const tenant = headers.find(({ name }) => name.toLowerCase() === "x-tickbell-tenant")?.value;
  return isTenant(tenant) ? tenant : undefined;
}

async function suppress(
  book: RecipientBook,
  recipient: string,
  suppression: { cause: "bounce" | "complaint"; reason: string; at: number },
  tenant?: string,
): Promise<void> {
  const bare = /<([^<>]+)>\s*$/.exec(recipient)?.[1] ?? recipient;
  const whose = tenant === undefined ? {} : { tenant };
  await book.changeAll([{ recipient: bare, ...whose, change: { suppression } }], suppression.at);
  log.warn("{recipient} is suppressed: {cause}", { recipient: bare, cause: suppression.cause });
}

async function getBytes(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(10_000) });
    if (response.ok) return await bounded(response);
    await response.body?.cancel();
    throw new Error(`it answered ${response.status}`);
  } catch (error) {
    throw new OutsideError("sns_unreachable", `Amazon SNS cannot be reached: ${(error as Error).message}`, {
      retryable: true,
      cause: error,
    });
  }
}

/** A certificate or a confirmation is a few KiB. */
const MOST_BYTES = 65_536;

async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error(`it answered more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
