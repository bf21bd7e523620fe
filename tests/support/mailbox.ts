import { SMTPServer } from "smtp-server";

/** A mail server that counts what comes, by Message-ID. */
export class Mailbox {
  readonly received = new Map<string, number>();
  readonly #server: SMTPServer;
  port = 0;

  private constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onData: (stream, _session, done) => {
        let text = "";
        stream.on("data", (chunk: Uint8Array) => text += new TextDecoder().decode(chunk));
        stream.on("end", () => {
          const id = /^Message-ID: *(.*)$/im.exec(text)?.[1]?.trim() ?? text.slice(0, 200);
          this.received.set(id, (this.received.get(id) ?? 0) + 1);
          done();
        });
      },
    });
    // A killed notifier's connection ends in an error.
    this.#server.on("error", () => {});
  }

  static async open(): Promise<Mailbox> {
    const box = new Mailbox();
    const server = box.#server.listen(0, "127.0.0.1");
    await new Promise<void>((resolve) => server.once("listening", () => resolve()));
    box.port = (server.address() as { port: number }).port;
    return box;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
