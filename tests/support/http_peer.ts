import type { Fault } from "../contract/channel.ts";

/** One request an {@link HttpPeer} got. */
export interface PeerRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Uint8Array;
}

/** Marks an answer of 200 that is a refusal all the same. */
export const REFUSAL = "x-refusal";

/** An HTTP server on loopback that keeps what it takes and fails as it is asked. */
export class HttpPeer {
  readonly requests: PeerRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #answer: (request: PeerRequest, fault: Fault) => Response | Promise<Response>;
  readonly #stop = new AbortController();
  #fault: Fault = "none";
  readonly #silent = Promise.withResolvers<void>();

  /** @param answer the answer to a request; it is kept when the answer is a success. */
  constructor(answer: (request: PeerRequest, fault: Fault) => Response | Promise<Response>) {
    this.#answer = answer;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Resolves once a request has come that is not answered. */
  handedOver(): Promise<void> {
    return this.#silent.promise;
  }

  async fault(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault === "gone") await this.close();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const bytes = await request.bytes();
    const got = {
      path: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
      body: new TextDecoder().decode(bytes),
      bytes,
    };
    if (this.#fault === "silent") {
      this.#silent.resolve();
      await new Promise<void>((resolve) => {
        request.signal.addEventListener("abort", () => resolve(), { once: true });
        this.#stop.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    const response = await this.#answer(got, this.#fault);
    if (response.ok && !response.headers.has(REFUSAL)) this.requests.push(got);
    return response;
  }
}
