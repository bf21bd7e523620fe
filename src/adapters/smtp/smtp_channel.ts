import MailComposer from "nodemailer/lib/mail-composer";
import { InputError } from "../../core/errors.ts";
import {
  type Channel,
  ChannelError,
  type ChannelLimits,
  type OutgoingMessage,
  type Receipt,
} from "../../ports/channel.ts";
import { mailFields, parseSender, type Sender } from "../../ports/mail.ts";
import { type SmtpServer, SmtpSession } from "./smtp_session.ts";

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://host:465`. */
  readonly url: string;
  /** The sender: an address, or "Name <address>". */
  readonly from: string;
  /** Connections at once; 5 by default. */
  readonly connections?: number;
  /** Authorities that sign the server's certificate, PEM; the system's by default. */
  readonly authority?: string;
}

/** Mails through one connection, at most; many servers end a session after as many. */
const MAILS_A_SESSION = 100;
/** A connection that is not used for so long is closed, ms: before the server does it. */
const IDLE_MS = 30_000;

/**
 * Mails through an SMTP server, over a few connections that are kept open.
 *
 * Delivery: what the server says of the recipient (RCPT, the message) concerns them, what it says of us concerns the
 * lane. Once the message has been handed over a call that ends without an answer may have been taken (RFC 5321, 6.1);
 * the answer is waited for as long as 4.5.3.2 says. The Message-ID is the same on every try.
 */
export class SmtpChannel implements Channel {
  readonly channel = "mail";
  readonly transport = "smtp";
  /** Greeting, commands and the answer to the final dot, each within its own time. */
  readonly callTimeoutMs = 1_500_000;
  readonly #from: Sender;
  readonly #server: SmtpServer;
  readonly #connections: number;
  readonly #idle: { session: SmtpSession; timer: ReturnType<typeof setTimeout> }[] = [];
  #closed = false;

  /** @throws {InputError} code `bad_smtp_url`; `bad_configuration` for a sender that is none. */
  constructor(options: SmtpOptions) {
    this.#from = parseSender(options.from);
    this.#server = serverOf(options);
    this.#connections = options.connections ?? 5;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    const mail = await new MailComposer({ ...await mailFields(message, this.#from) }).compile().build();
    const envelope = { from: this.#from.address, to: message.to };
    const kept = this.#takeIdle();
    if (kept !== undefined) {
      try {
        return await this.#through(kept, envelope, mail, signal);
      } catch (error) {
        // The server may end a session whenever it likes: that says nothing of it or of the mail.
        const ended = error instanceof ChannelError && error.end === "not_taken" && !kept.open;
        if (!ended || signal.aborted) throw error;
      }
    }
    return await this.#through(await SmtpSession.begin(this.#server, signal), envelope, mail, signal);
  }

  limits(): Promise<ChannelLimits> {
    return Promise.resolve({ perSecond: Infinity, concurrent: this.#connections });
  }

  close(): Promise<void> {
    this.#closed = true;
    for (let session = this.#takeIdle(); session !== undefined; session = this.#takeIdle()) session.close();
    return Promise.resolve();
  }

  async #through(
    session: SmtpSession,
    envelope: { from: string; to: string },
    mail: Uint8Array,
    signal: AbortSignal,
  ): Promise<Receipt> {
    try {
      return { providerId: await session.send(envelope, mail, signal) };
    } finally {
      this.#keep(session);
    }
  }

  #takeIdle(): SmtpSession | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.session.open) return idle.session;
    }
    return undefined;
  }

  #keep(session: SmtpSession): void {
    const full = this.#idle.length >= this.#connections || session.mails >= MAILS_A_SESSION;
    if (this.#closed || full || !session.open) return session.close();
    const timer = setTimeout(() => {
      session.close();
      const at = this.#idle.findIndex((idle) => idle.session === session);
      if (at >= 0) this.#idle.splice(at, 1);
    }, IDLE_MS);
    this.#idle.push({ session, timer });
  }
}

function serverOf({ url: text, authority }: SmtpOptions): SmtpServer {
  const url = URL.parse(text);
  if (url === null || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") {
    const reason = "must be like smtp://user:password@host:587 or smtps://host:465";
    throw new InputError("bad_smtp_url", [{ field: "smtpUrl", code: "bad_smtp_url", reason, value: "***" }]);
  }
  const secure = url.protocol === "smtps:";
  const [user, pass] = [url.username, url.password].map(decodeURIComponent) as [string, string];
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...(user === "" ? {} : { login: { user, pass } }),
    ...(authority === undefined ? {} : { authority }),
  };
}
