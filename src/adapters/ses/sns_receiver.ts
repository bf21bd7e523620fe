import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { InputError, OutsideError } from "../../core/errors.ts";
import { inputIssue } from "../../alerts/codec.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import { logger } from "../../telemetry/log.ts";
import {
  isSnsAddress,
  readSnsMessage,
  type SnsMessage,
  snsRefused,
  verifySnsMessage,
} from "./sns_message.ts";

const log = logger("ses");

export interface SnsReceiverOptions {
  /** Where suppressions are kept. */
  readonly book: RecipientBook;
  readonly clock: Clock;
  /** ARNs of the topics that are believed. */
  readonly topics: readonly string[];
  /** Gets a text from Amazon SNS: its certificates, and the confirmation of a subscription. Over https by default. */
  readonly get?: (url: string) => Promise<string>;
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
});

/** Certificates that are remembered. */
const CERTIFICATES = 8;

/**
 * Takes what Amazon SNS posts about mails sent through SES: hard bounces and complaints put their addresses on the
 * suppression list; a subscription to one of the topics is confirmed.
 *
 * @returns a function of the request's body. It throws an InputError (`bad_sns_message`) for what is not from SNS or
 * not from one of the topics, and an OutsideError when SNS or the log cannot be reached: SNS tries again.
 */
export function snsReceiver(options: SnsReceiverOptions): (body: string) => Promise<void> {
  const get = options.get ?? getText;
  const certificates = new Map<string, string>();

  async function certificateOf(message: SnsMessage): Promise<string> {
    const url = message.SigningCertURL;
    if (!isSnsAddress(url, ".pem")) {
      throw snsRefused("bad_certificate", "names a certificate that is not of SNS", url);
    }
    const known = certificates.get(url);
    if (known !== undefined) return known;
    const certificate = await get(url);
    if (certificates.size >= CERTIFICATES) certificates.clear();
    certificates.set(url, certificate);
    return certificate;
  }

  return async (body) => {
    const message = readSnsMessage(body);
    if (!options.topics.includes(message.TopicArn)) {
      throw snsRefused("unknown_topic", "is of a topic that is not configured (sesTopics)", message.TopicArn);
    }
    verifySnsMessage(message, await certificateOf(message), options.clock.now());
    if (message.Type === "SubscriptionConfirmation") await confirm(message, get);
    else if (message.Type === "Notification") await take(message.Message, options);
  };
}

async function confirm(message: SnsMessage, get: (url: string) => Promise<string>): Promise<void> {
  const url = message.SubscribeURL;
  if (url === undefined || !isSnsAddress(url)) {
    throw snsRefused("bad_address", "SubscribeURL is not of SNS", url);
  }
  await get(url);
  log.info("subscribed to {topic}", { topic: message.TopicArn });
}

async function take(text: string, { book, clock }: SnsReceiverOptions): Promise<void> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // SES tests a topic with a plain sentence.
    return;
  }
  const parsed = eventSchema.safeParse(json);
  if (!parsed.success) throw new InputError("bad_sns_message", parsed.error.issues.map(inputIssue));
  const { bounce, complaint } = parsed.data;
  const at = clock.now();
  // A mailbox that is full or a server that is away ("Transient") will take the next mail.
  if (bounce?.bounceType === "Permanent") {
    for (const { emailAddress, diagnosticCode } of bounce.bouncedRecipients) {
      const reason = diagnosticCode ?? `${bounce.bounceType}/${bounce.bounceSubType ?? "General"}`;
      await suppress(book, emailAddress, { cause: "bounce", reason: reason.slice(0, 500), at });
    }
  }
  for (const { emailAddress } of complaint?.complainedRecipients ?? []) {
    const reason = complaint?.complaintFeedbackType ?? "marked as unwanted by its recipient";
    await suppress(book, emailAddress, { cause: "complaint", reason: reason.slice(0, 500), at });
  }
}

async function suppress(
  book: RecipientBook,
  recipient: string,
  suppression: { cause: "bounce" | "complaint"; reason: string; at: number },
): Promise<void> {
  const bare = /<([^<>]+)>\s*$/.exec(recipient)?.[1] ?? recipient;
  await book.change(bare, { suppression }, suppression.at);
  log.warn("{recipient} is suppressed: {cause}", { recipient: bare, cause: suppression.cause });
}

async function getText(url: string): Promise<string> {
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(10_000) });
    if (response.ok) return await response.text();
    await response.body?.cancel();
    throw new Error(`it answered ${response.status}`);
  } catch (error) {
    throw new OutsideError("sns_unreachable", `Amazon SNS cannot be reached: ${(error as Error).message}`, {
      retryable: true,
      cause: error,
    });
  }
}
