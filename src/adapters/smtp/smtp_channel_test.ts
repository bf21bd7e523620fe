import type { AddressInfo } from "node:net";
import { Buffer } from "node:buffer";
import { expect } from "expect";
import { SMTPServer } from "smtp-server";
import { channelContract, type Fault, messageTo } from "../../../tests/contract/channel.ts";
import { readMail } from "../../../tests/support/mail_text.ts";
import { InputError } from "../../core/errors.ts";
import { SmtpChannel } from "./smtp_channel.ts";

const PASSWORD = "s3cr3t-of-the-mailer";

/** A real SMTP server that keeps the mails it takes. */
class SmtpPeer {
  readonly mails: { to: string; raw: string }[] = [];
  fault: Fault = "none";
  readonly #server: SMTPServer;
  #port = 0;

  constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ["STARTTLS"],
      authOptional: true,
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) =>
        auth.password === PASSWORD ? done(null, { user: auth.username }) : done(new Error("bad password")),
      onRcptTo: (_address, _session, done) => done(this.#refusal()),
      onData: (stream, session, done) => {
        const chunks: Uint8Array[] = [];
        stream.on("data", (chunk) => chunks.push(chunk));
        stream.on("end", () => {
          const raw = Buffer.concat(chunks).toString("utf8");
          for (const { address } of session.envelope.rcptTo) this.mails.push({ to: address, raw });
          done(null, "queued as 42");
        });
      },
    });
    this.#server.on("error", () => {});
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  url(login = `mailer:${PASSWORD}@`): string {
    return `smtp://${login}127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #refusal(): Error | null {
    const refuse = (responseCode: number, message: string) =>
      Object.assign(new Error(message), { responseCode });
    if (this.fault === "throttled") return refuse(450, "4.7.1 too many mails");
    if (this.fault === "unavailable") return refuse(451, "4.3.0 try again");
    if (this.fault === "refused") return refuse(550, "5.1.1 no such user");
    return null;
  }
}

channelContract({
  name: "smtp",
  faults: ["throttled", "unavailable", "refused", "gone"],
  async open() {
    const peer = await new SmtpPeer().listen();
    return {
      channel: new SmtpChannel({ url: peer.url(), from: "Tickbell <alerts@example.com>" }),
      address: "kim@example.com",
      badAddress: "kim@example.com\r\nRCPT TO:<evil@example.com>",
      secrets: [PASSWORD],
      received: () =>
        Promise.resolve(peer.mails.map(({ to, raw }) => {
          const { headers, parts } = readMail(raw);
          return {
            to,
            subject: headers.subject ?? "",
            text: parts["text/plain"] ?? "",
            deliveryMark: headers["message-id"] ?? "",
            headers,
          };
        })),
      async fault(fault) {
        peer.fault = fault;
        if (fault === "gone") await peer.close();
      },
      close: () => peer.close(),
    };
  },
});

Deno.test("smtp: a refused login is tried again, for the operator can put it right", async () => {
  const peer = await new SmtpPeer().listen();
  const channel = new SmtpChannel({ url: peer.url("mailer:wrong@"), from: "alerts@example.com" });
  try {
    const sending = channel.send(messageTo("kim@example.com"), new AbortController().signal);
    await expect(sending).rejects.toMatchObject({ code: "smtp_login", retryable: true });
  } finally {
    await channel.close();
    await peer.close();
  }
});

Deno.test("smtp: an address of the server that is none is refused without being shown", () => {
  expect(() => new SmtpChannel({ url: "http://user:pw@mail", from: "a@b.kr" })).toThrow(InputError);
  expect(() => new SmtpChannel({ url: "mail.example.com pw", from: "a@b.kr" })).not.toThrow(/pw/);
});
