import { createTransport } from "nodemailer";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../ports/channel.ts";
import { mailFields } from "../../ports/mail.ts";

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://host:465`. */
  readonly url: string;
  /** The sender: an address, or "Name <address>". */
  readonly from: string;
  /** Connections at once; 5 by default. */
  readonly connections?: number;
}

/**
 * Mails through an SMTP server, over a few connections that are kept open.
 *
 * Delivery: an answer of 4xx may be tried again, one of 5xx may not (RFC 5321, 4.2.1). The Message-ID is the same on
 * every try.
 */
export class SmtpChannel implements Channel {
  readonly channel = "mail";
  readonly transport = "smtp";
  readonly #from: string;
  readonly #connections: number;
  readonly #transport: ReturnType<typeof createTransport>;

  /** @throws {InputError} code `bad_smtp_url`. */
  constructor(options: SmtpOptions) {
    const url = URL.parse(options.url);
    if (url === null || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") {
      const reason = "must be like smtp://user:password@host:587 or smtps://host:465";
      throw new InputError("bad_smtp_url", [{
        field: "smtpUrl",
        code: "bad_smtp_url",
        reason,
        value: "***",
      }]);
    }
    this.#from = options.from;
    this.#connections = options.connections ?? 5;
    const secure = url.protocol === "smtps:";
    this.#transport = createTransport({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
      secure,
      ...(url.username === "" ? {} : {
        auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
        // A password never goes over an open line, but on this machine.
        requireTLS: !secure && !/^(?:127\.|localhost$)/.test(url.hostname),
      }),
      pool: true,
      maxConnections: this.#connections,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
    });
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const sending = this.#transport.sendMail({ ...await mailFields(message, this.#from) }).catch((error) => {
      throw asOutside(error);
    });
    const answer = await Promise.race([sending, whenAborted(signal)]);
    return { providerId: answer.response };
  }

  limits(): Promise<{ perSecond: number; concurrent: number }> {
    return Promise.resolve({ perSecond: Infinity, concurrent: this.#connections });
  }

  close(): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const given = () => reject(new OutsideError("aborted", "the call was given up", { retryable: true }));
    if (signal.aborted) given();
    else signal.addEventListener("abort", given, { once: true });
  });
}

/** nodemailer's error as ours: refused for good only where the server said so of this mail, or the address is none. */
function asOutside(error: unknown): OutsideError {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  // A refused login is nothing this mail can help; the operator can.
  const refused = code !== "EAUTH" &&
    (responseCode !== undefined ? responseCode >= 500 : code === "EENVELOPE");
  const kind = code === "EAUTH" ? "smtp_login" : refused ? "smtp_refused" : "smtp_unavailable";
  return new OutsideError(kind, `SMTP: ${messageOf(error)}`, { retryable: !refused, cause: error });
}
