import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { messageOf } from "../../core/errors.ts";
import { ChannelError } from "../../ports/channel.ts";
import { SmtpDialog } from "./smtp_dialog.ts";

/** A server, and who logs in there. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly login?: { readonly user: string; readonly pass: string };
  /** The server's certificate is signed by one of these, PEM; the system's authorities by default. */
  readonly authority?: string;
}

/** A mail in its envelope. */
export interface Envelope {
  readonly from: string;
  readonly to: string;
}

/** No answer to a TCP connection for so long: nobody is there, ms. */
const CONNECT_MS = 20_000;
/** RFC 5321, 4.5.3.2: five minutes for the greeting, ten for the answer to the final dot; in between five or less. */
const GREETING_MS = 300_000;
const ANSWER_MS = 600_000;

/** What nodemailer's errors carry. */
interface SmtpFault extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** One connection to an SMTP server, for one mail after the other. */
export class SmtpSession {
  /** Mails it has taken, refused ones too. */
  mails = 0;
  readonly #connection: SMTPConnection;
  readonly #dialog: SmtpDialog;
  #open = true;

  private constructor(connection: SMTPConnection, dialog: SmtpDialog) {
    this.#connection = connection;
    this.#dialog = dialog;
    connection.on("end", () => this.#open = false);
    connection.on("error", () => this.#open = false);
  }

  /** Whether another mail may go through it. */
  get open(): boolean {
    return this.#open;
  }

  /**
   * Connects and logs in.
   *
   * @throws {ChannelError} `smtp_unavailable`, `smtp_login`; not taken: nothing has been handed over.
   */
  static async begin(server: SmtpServer, signal: AbortSignal): Promise<SmtpSession> {
    const { host, port, secure, login, authority } = server;
    const socket = await connected(host, port, signal);
    const dialog = new SmtpDialog();
    const connection = new SMTPConnection({
      logger: dialog.logger,
      debug: true,
      host,
      port,
      secure,
      connection: socket,
      // A password never goes over an open line, but on this machine.
      requireTLS: login !== undefined && !secure && !/^(?:127\.|localhost$|::1$)/.test(host),
      ...(authority === undefined ? {} : { tls: { ca: authority } }),
      connectionTimeout: GREETING_MS,
      greetingTimeout: GREETING_MS,
      socketTimeout: ANSWER_MS,
      socketCloseTimeout: 0,
    });
    const session = new SmtpSession(connection, dialog);
    const failed = failureOf(connection, signal);
    try {
      await Promise.race([failed.promise, callback((done) => connection.connect(done))]);
      if (login !== undefined) {
        await Promise.race([
          failed.promise,
          callback((done) => connection.login({ credentials: login }, done)),
        ]);
      }
      return session;
    } catch (error) {
      session.close();
      socket.destroy();
      throw notBegun(error);
    } finally {
      failed.stop();
    }
  }

  /**
   * Sends one mail.
   *
   * @returns What the server said when it took it.
   * @throws {ChannelError}
   */
  async send(envelope: Envelope, mail: Uint8Array, signal: AbortSignal): Promise<string> {
    let begun = false;
    // The stream is read once the server has asked for the message, not before.
    const body = new Readable({
      read() {
        begun = true;
        this.push(mail);
        this.push(null);
      },
    });
    const failed = failureOf(this.#connection, signal);
    this.mails++;
    try {
      const sent = callback<{ response?: string }>((done) =>
        this.#connection.send({ from: envelope.from, to: [envelope.to] }, body, done)
      );
      return (await Promise.race([failed.promise, sent])).response ?? "";
    } catch (error) {
      const ended = !begun && this.#dialog.endedAtRecipient;
      const end = endOf(error as SmtpFault, begun, ended ? "recipient" : "provider");
      if ((error as SmtpFault).responseCode === undefined || !await this.#reset()) this.close();
      throw end;
    } finally {
      failed.stop();
    }
  }

  /** Ends the connection at once. */
  close(): void {
    this.#open = false;
    this.#connection.close();
  }

  async #reset(): Promise<boolean> {
    if (!this.#open) return false;
    const late = new Promise<false>((resolve) => setTimeout(resolve, RESET_MS, false));
    return await Promise.race([
      late,
      callback((done) => this.#connection.reset(done)).then(() => true, () => false),
    ]);
  }
}

const RESET_MS = 5_000;

/**
 * Why a mail was not taken, or that nobody knows.
 *
 * @param closed whom it concerns where the server closed the connection.
 */
function endOf(error: SmtpFault, begun: boolean, closed: ChannelError["concerns"]): ChannelError {
  const { responseCode: status, command = "", code } = error;
  if (error instanceof ChannelError && !begun) return error;
  if (status === undefined) {
    if (code === "EENVELOPE") return ended("smtp_refused", error, "refused", "recipient");
    return ended(
      begun ? "smtp_no_answer" : "smtp_unavailable",
      error,
      begun ? "unknown" : "not_taken",
      closed,
    );
  }
  // What the server says of us or of itself is nothing this mail, or its recipient, can help.
  if (status === 421) return ended("smtp_unavailable", error, "not_taken", closed);
  const ours = OURS.has(status) || command === "MAIL FROM" && status < 500;
  if (ours) return ended("smtp_unavailable", error, "not_taken", "provider");
  return status >= 500
    ? ended("smtp_refused", error, "refused", "recipient")
    : ended("smtp_unavailable", error, "not_taken", "recipient");
}

/** RFC 4954: authentication or encryption is wanted, or failed. */
const OURS = new Set([454, 530, 534, 535, 538]);

function notBegun(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const login = (error as SmtpFault).code === "EAUTH";
  return ended(login ? "smtp_login" : "smtp_unavailable", error as Error, "not_taken", "provider");
}

function ended(
  code: string,
  error: Error,
  end: ChannelError["end"],
  concerns: ChannelError["concerns"],
): ChannelError {
  return new ChannelError(code, `SMTP: ${messageOf(error)}`, { end, concerns, cause: error });
}

/** Rejects when the connection fails or the signal is aborted; nodemailer hands an error to one of its callbacks, or emits it. */
function failureOf(
  connection: SMTPConnection,
  signal: AbortSignal,
): { promise: Promise<never>; stop: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const aborted = () => reject(givenUp());
  const closed = () => reject(new Error("the connection was closed"));
  connection.on("error", reject);
  connection.on("end", closed);
  if (signal.aborted) aborted();
  signal.addEventListener("abort", aborted, { once: true });
  return {
    promise,
    stop() {
      connection.off("error", reject);
      connection.off("end", closed);
      signal.removeEventListener("abort", aborted);
    },
  };
}

function givenUp(): ChannelError {
  return new ChannelError("aborted", "the call was given up", { end: "not_taken", concerns: "provider" });
}

function callback<T>(work: (done: (error?: Error | null, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    work((error, result) => error ? reject(error) : resolve(result as T));
  });
}

function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(givenUp());
    const socket = connect({ host, port });
    const failed = (error: Error) => {
      done();
      socket.destroy();
      reject(notBegun(error));
    };
    const aborted = () => failed(givenUp());
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      socket.off("error", failed);
    };
    const timer = setTimeout(() => failed(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
    signal.addEventListener("abort", aborted, { once: true });
    socket.once("error", failed);
    socket.once("connect", () => {
      done();
      resolve(socket);
    });
  });
}
