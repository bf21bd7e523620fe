/** A TCP proxy that does to connections what networks do; what it forwards is bytes, it knows no protocol. */
export interface TcpProxy {
  readonly port: number;
  /** Where new connections go. */
  target(port: number): void;
  /**
   * Cuts each connection (RST) in the middle of the next answer of at least `bytes`, `times` times; resolves when that
   * has happened.
   */
  cutMidAnswer(options: { readonly bytes: number; readonly times: number }): Promise<void>;
  /** Swallows what servers answer until it is called with false. */
  swallowAnswers(swallow: boolean): void;
  /** Cuts every connection, and refuses new ones until it is called with false. */
  refuse(refusing: boolean): void;
  /** Forwards each piece so many ms late. */
  delay(ms: number): void;
  /** Nothing that comes is forwarded any more, in either direction, on any connection: until {@link cut}. */
  hold(): void;
  /** Cuts every connection; new ones are served. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export function startTcpProxy(): TcpProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let to = 0;
  let swallowing = false;
  let refusing = false;
  let holding = false;
  let delayMs = 0;
  let cut: { bytes: number; left: number; done: () => void } | undefined;

  const close = (...connections: readonly Deno.Conn[]) => {
    for (const connection of connections) {
      if (!open.delete(connection)) continue;
      try {
        connection.close();
      } catch { /* it is closed */ }
    }
  };

  const forward = async (from: Deno.Conn, into: Deno.Conn, answers: boolean) => {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        if (answers && swallowing || holding) continue;
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        if (answers && cut !== undefined && count >= cut.bytes) {
          await writeAll(into, buffer.subarray(0, count >> 1));
          const { done } = cut;
          if (--cut.left <= 0) cut = undefined;
          close(from, into);
          if (cut === undefined) done();
          return;
        }
        await writeAll(into, buffer.subarray(0, count));
      }
    } catch { /* cut by the other side */ }
    close(from, into);
  };

  const accepting = (async () => {
    for await (const client of listener) {
      open.add(client);
      if (refusing) {
        close(client);
        continue;
      }
      try {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: to });
        open.add(server);
        void forward(client, server, false);
        void forward(server, client, true);
      } catch {
        close(client);
      }
    }
  })();

  return {
    port: (listener.addr as Deno.NetAddr).port,
    target: (port) => to = port,
    cutMidAnswer: ({ bytes, times }) => new Promise((done) => cut = { bytes, left: times, done }),
    swallowAnswers: (swallow) => swallowing = swallow,
    refuse: (refuse) => {
      refusing = refuse;
      if (refuse) close(...open);
    },
    delay: (ms) => delayMs = ms,
    hold: () => holding = true,
    cut: () => {
      holding = false;
      close(...open);
    },
    close: async () => {
      listener.close();
      close(...open);
      await accepting.catch(() => {});
    },
  };
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
