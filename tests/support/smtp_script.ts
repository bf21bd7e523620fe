import { createServer, type Server, type Socket } from "node:net";

/** What a scripted server does at a step: answers, after so many ms or something else, and hangs up; hangs up; or says nothing. */
export type SmtpStep = {
  readonly say?: string;
  readonly afterMs?: number;
  readonly after?: Promise<unknown>;
  readonly close?: boolean;
};

/** What it does at which step; what is missing is answered as a good server does. */
export interface SmtpScript {
  greeting?: (connection: number) => SmtpStep;
  mail?: (mails: number) => SmtpStep;
  rcpt?: (address: string) => SmtpStep;
  data?: () => SmtpStep;
  /** After the final dot. */
  dot?: () => SmtpStep;
}

/** An SMTP server on loopback that misbehaves as it is asked: what a real one will not do on purpose. */
export class SmtpScriptServer {
  readonly script: SmtpScript;
  /** Bodies that came whole, dot and all. */
  readonly taken: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: SmtpScript) {
    this.script = script;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(script: SmtpScript): Promise<SmtpScriptServer> {
    const server = new SmtpScriptServer(script);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Cuts every connection that is open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    this.connections++;
    let mails = 0;
    let body: string | undefined;
    let text = "";
    const act = (step: SmtpStep | undefined, good: string) => {
      if (step?.close !== true && step !== undefined && step.say === undefined) return;
      const say = step === undefined ? good : step.say;
      const answer = () => {
        if (say !== undefined) socket.write(`${say}\r\n`);
        if (step?.close) socket.end();
      };
      if (step?.after !== undefined) void step.after.then(answer);
      else if (step?.afterMs === undefined) answer();
      else setTimeout(answer, step.afterMs);
    };
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO") return act(undefined, "250 test");
      if (verb === "MAIL") return act(this.script.mail?.(mails), "250 ok");
      if (verb === "RCPT") return act(this.script.rcpt?.(/<(.*)>/.exec(line)?.[1] ?? ""), "250 ok");
      if (verb === "QUIT") return act({ say: "221 bye", close: true }, "");
      if (verb !== "DATA") return act(undefined, "250 ok");
      const step = this.script.data?.();
      if (step === undefined) body = "";
      act(step, "354 go");
    };
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n")) {
        const line = text.slice(0, at);
        text = text.slice(at + 2);
        if (body === undefined) command(line);
        else if (line !== ".") body += `${line}\n`;
        else {
          this.taken.push(body);
          body = undefined;
          mails++;
          act(this.script.dot?.(), "250 queued");
        }
      }
    });
    act(this.script.greeting?.(this.connections), "220 test ESMTP");
  }
}
