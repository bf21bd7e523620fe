import {
  GetSendQuotaCommand,
  SendRawEmailCommand,
  SESClient,
  type SESClientConfig,
} from "@aws-sdk/client-ses";
import MailComposer from "nodemailer/lib/mail-composer";
import { messageOf } from "../../core/errors.ts";
import {
  type Channel,
  ChannelError,
  type ChannelLimits,
  type OutgoingMessage,
  type Receipt,
} from "../../ports/channel.ts";
import { mailFields, parseSender, type Sender } from "../../ports/mail.ts";

export interface SesOptions {
  readonly region: string;
  /** The sender: an address, or "Name <address>"; SES must have verified it or its domain. */
  readonly from: string;
  /** Another address of SES, for tests and private endpoints. */
  readonly endpoint?: string;
  /** By default the AWS environment, the pod's or the function's role. */
  readonly credentials?: SESClientConfig["credentials"];
}

/** Calls at once never exceed this, whatever the account may send. */
const MOST_CONCURRENT = 50;
/** Calls that hang give their places in the lane to others, which must not wait for a socket then. */
const MOST_SOCKETS = 3 * MOST_CONCURRENT;

/** No answer to a TCP connection for so long: nobody is there, ms. */
const CONNECT_MS = 10_000;

/** What SES answers when it is too much, or when the trouble is the account's or our own and may be put right. */
const THROTTLED = /^(?:Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded|SlowDown)/;
const NOT_OURS_TO_REFUSE =
  /^(?:AccountSendingPaused|ConfigurationSetSendingPaused|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied|UnrecognizedClient|CredentialsProviderError|RequestExpired|IncompleteSignature)/;

/** What to do about it, where SES or its SDK does not say. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    "; no mail goes out until AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, or this machine has a role",
};

/**
 * Mail through Amazon SES (API v1, SendRawEmail: the only one of its calls that takes headers of our own).
 *
 * Delivery: SES has no idempotency key; a mail it accepted whose answer was lost is sent again under the same
 * Message-ID header.
 */
export class SesChannel implements Channel {
  readonly channel = "mail";
  readonly transport = "ses";
  readonly #from: Sender;
  readonly #client: SESClient;

  /** @throws {InputError} code `bad_configuration` for a sender that is none. */
  constructor(options: SesOptions) {
    this.#from = parseSender(options.from);
    this.#client = new SESClient({
      region: options.region,
      // The notifier retries by itself, and writes each try to the ledger.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        httpAgent: { maxSockets: MOST_SOCKETS },
        httpsAgent: { maxSockets: MOST_SOCKETS },
      },
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    });
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const mail = await new MailComposer({ ...await mailFields(message, this.#from) }).compile().build();
    const command = new SendRawEmailCommand({
      // SES takes ASCII only here; the name stands in the mail's own From.
      Source: this.#from.address,
      Destinations: [message.to],
      RawMessage: { Data: mail },
    });
    try {
      const answer = await this.#client.send(command, { abortSignal: signal });
      return { providerId: answer.MessageId ?? "" };
    } catch (error) {
      throw sesError(error);
    }
  }

  /** The account's own rate: SES says how many a second it takes. */
  async limits(): Promise<ChannelLimits> {
    try {
      const { MaxSendRate } = await this.#client.send(new GetSendQuotaCommand({}));
      const perSecond = MaxSendRate !== undefined && MaxSendRate > 0 ? MaxSendRate : 1;
      return { perSecond, concurrent: Math.min(MOST_CONCURRENT, Math.max(1, Math.ceil(perSecond))) };
    } catch (error) {
      throw sesError(error);
    }
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }
}

/** Errors of a call that never reached SES. */
const NOT_REACHED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/;

/** The SDK's error as ours. */
export function sesError(error: unknown): ChannelError {
  const { name = "Error", code = "", $metadata, $response } = error as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
  };
  const status = $metadata?.httpStatusCode;
  const wait = Number($response?.headers?.["retry-after"]);
  const reason = `SES: ${name}: ${messageOf(error)}${WAYS_OUT[name] ?? ""}`;
  const provider = { end: "not_taken", concerns: "provider", cause: error } as const;
  if (THROTTLED.test(name) || status === 429) {
    return new ChannelError("ses_throttled", reason, {
      ...provider,
      ...(wait > 0 ? { retryAfterMs: wait * 1000 } : {}),
    });
  }
  if (NOT_OURS_TO_REFUSE.test(name)) return new ChannelError("ses_not_allowed", reason, provider);
  if (status !== undefined && status >= 400 && status < 500) {
    return new ChannelError("ses_refused", reason, { end: "refused", concerns: "recipient", cause: error });
  }
  const connecting = name === "TimeoutError" && /connect/i.test(messageOf(error));
  const reached = status === undefined && !connecting && !NOT_REACHED.test(code);
  // The request went out, and nobody knows what came of it.
  if (reached) return new ChannelError("ses_no_answer", reason, { ...provider, end: "unknown" });
  return new ChannelError("ses_unavailable", reason, provider);
}
