import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { deliveryDigest } from "../../src/ports/mail.ts";
import { SmtpScriptServer } from "../support/smtp_script.ts";
import { pause } from "./fault.ts";

/** How a peer of the notifier behaves. */
export type Manner = "good" | "busy" | "refuses calls" | "slow" | "cuts before" | "cuts after" | "silent";

/** How long a slow one takes to answer. */
const SLOW_MS = 500;

/** What took the messages: how often each came whole, by the digest of its delivery's id. */
export interface Peer {
  readonly came: ReadonlyMap<string, number>;
  behave(manner: Manner): void;
}

/** A mail server of every bad manner. */
export class MailPeer implements Peer {
  readonly #server: SmtpScriptServer;

  private constructor(server: SmtpScriptServer) {
    this.#server = server;
  }

  static async open(): Promise<MailPeer> {
    return new MailPeer(await SmtpScriptServer.open({}));
  }

  get url(): string {
    return this.#server.url;
  }

  get came(): ReadonlyMap<string, number> {
    return counted(this.#server.taken.map((text) => /^Message-ID:\s*<(\w+)@/im.exec(text)?.[1] ?? text));
  }

  behave(manner: Manner): void {
    const { script } = this.#server;
    for (const step of ["greeting", "mail", "rcpt", "data", "dot"] as const) delete script[step];
    switch (manner) {
      case "busy":
        script.mail = () => ({ say: "451 4.3.2 busy, come again" });
        break;
      case "refuses calls":
        script.greeting = () => ({ say: "421 too many connections", close: true });
        break;
      case "cuts before":
        script.data = () => ({ close: true });
        break;
      case "cuts after":
        script.dot = () => ({ close: true });
        break;
      case "silent":
        script.dot = () => ({});
        break;
      case "slow":
        script.dot = () => ({ say: "250 queued", afterMs: SLOW_MS });
        break;
      case "good":
        // Whoever waits for an answer is cut off: nobody knows then.
        this.#server.cut();
    }
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** A webhook's receiver of every bad manner. */
export class HookPeer implements Peer {
  readonly #server: Server;
  readonly #taken: string[] = [];
  readonly #sockets = new Set<Socket>();
  #manner: Manner = "good";

  private constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on("connection", (socket) => this.#sockets.add(socket));
  }

  static async open(): Promise<HookPeer> {
    const peer = new HookPeer();
    await new Promise<void>((resolve) => peer.#server.listen(0, "127.0.0.1", resolve));
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/hook`;
  }

  get came(): ReadonlyMap<string, number> {
    return counted(this.#taken);
  }

  behave(manner: Manner): void {
    if (this.#manner === "silent") this.#cut();
    this.#manner = manner;
  }

  async close(): Promise<void> {
    this.#cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const id = decodeURIComponent(String(request.headers["tickbell-delivery"]));
    request.resume();
    request.on("error", () => {/* the notifier was killed */});
    request.on("end", () => void this.#answer(id, response));
  }

  async #answer(id: string, response: ServerResponse): Promise<void> {
    const digest = await deliveryDigest(id);
    switch (this.#manner) {
      case "busy":
        return void response.writeHead(503, { "retry-after": "1" }).end("busy");
      case "refuses calls":
        return void response.writeHead(429).end("slowly");
      case "cuts before":
        return void response.socket?.destroy();
      case "cuts after":
        this.#taken.push(digest);
        return void response.socket?.destroy();
      case "silent":
        return void this.#taken.push(digest);
      case "slow":
        await pause(SLOW_MS);
    }
    this.#taken.push(digest);
    response.writeHead(200).end("ok");
  }
}

function counted(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
