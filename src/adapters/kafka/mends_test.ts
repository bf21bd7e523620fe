import { Buffer } from "node:buffer";
import { expect } from "expect";
import BrokerPool from "kafkajs/src/cluster/brokerPool.js";
import Connection from "kafkajs/src/network/connection.js";
import createSocketFactory from "kafkajs/src/network/socketFactory.js";
import { DirectSocket } from "./direct_socket.ts";
import "./internals.ts";
import type { ProtocolRequest } from "./internals.ts";
import { within } from "../../../tests/support/gather.ts";

/** A broker that serves each connection as its turn in `serve` says; answers carry the request's correlation id. */
function fakeBroker(serve: readonly ((connection: Deno.Conn, correlationId: number) => Promise<void>)[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    for (const one of serve) {
      const connection = await listener.accept();
      const request = new Uint8Array(1024);
      await connection.read(request);
      await one(connection, new DataView(request.buffer).getInt32(8));
    }
  })();
  return { port: (listener.addr as Deno.NetAddr).port, done, close: () => listener.close() };
}

/** A connection to a broker that serves each as its turn in `serve` says; all turns are taken when `use` is done. */
async function connected(
  serve: Parameters<typeof fakeBroker>[0],
  use: (connection: ReturnType<typeof connectionTo>) => Promise<void>,
  options?: { requestTimeout: number },
): Promise<void> {
  const broker = fakeBroker(serve);
  const connection = connectionTo(broker.port, options);
  try {
    await use(connection);
    await broker.done;
  } finally {
    await connection.disconnect();
    broker.close();
  }
}

/** Answers one request. */
async function answerWhole(connection: Deno.Conn, id: number): Promise<void> {
  await connection.write(answer(id, "whole"));
}

function answer(correlationId: number, text: string): Uint8Array {
  const body = Buffer.from(text);
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(4 + body.length);
  bytes.writeInt32BE(correlationId, 4);
  return new Uint8Array(Buffer.concat([bytes, body]));
}

function connectionTo(port: number, { requestTimeout = 5_000, socketFactory = createSocketFactory() } = {}) {
  const silent = () => {};
  const logger = { namespace: () => logger, debug: silent, error: silent, warn: silent, info: silent };
  return new Connection({
    host: "127.0.0.1",
    port,
    logger,
    socketFactory,
    requestTimeout,
    connectionTimeout: 2000,
  }) as {
    isConnected(): boolean;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    send<T>(request: ProtocolRequest<T>): Promise<T>;
  };
}

const ask: ProtocolRequest<string> = {
  request: {
    apiKey: 3,
    apiVersion: 0,
    apiName: "Metadata",
    encode: () => Promise.resolve({ buf: Buffer.alloc(0), buffer: Buffer.alloc(0), size: () => 0 }),
  },
  response: {
    decode: (bytes) => Promise.resolve(bytes.toString()),
    parse: (decoded) => Promise.resolve(decoded),
  },
};

Deno.test("half an answer of a connection that was cut does not stand before the next one's", async () => {
  const serve = [
    async (connection: Deno.Conn, id: number) => {
      // 13 of 24 bytes; the rest never comes.
      await connection.write(answer(id, "half of an answer").subarray(0, 13));
      connection.close();
    },
    async (connection: Deno.Conn, id: number) => {
      await answerWhole(connection, id);
      await connection.write(answer(id + 7, "nobody asked"));
    },
  ];
  await connected(serve, async (connection) => {
    await connection.connect();
    await expect(connection.send(ask)).rejects.toMatchObject({ retriable: true });
    await connection.connect();
    expect(await connection.send(ask)).toBe("whole");
  });
});

Deno.test("what is no answer fails the request and the connection, never the process", async () => {
  const serve = [
    async (connection: Deno.Conn) => {
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    },
    answerWhole,
  ];
  await connected(serve, async (connection) => {
    await connection.connect();
    await expect(connection.send(ask)).rejects.toThrow("no Kafka broker's listener");
    await connection.connect();
    expect(await connection.send(ask)).toBe("whole");
  });
});

Deno.test("what is sent while a connection is being closed has an end, and the next connection works", async () => {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const serve = [
    // No answer comes.
    async (connection: Deno.Conn) => {
      asked.resolve();
      await closed.promise;
      connection.close();
    },
    answerWhole,
  ];
  await connected(serve, async (connection) => {
    await connection.connect();
    const lost = [connection.send(ask)];
    await within(asked.promise, "the request");
    const closing = connection.disconnect();
    lost.push(connection.send(ask));
    const ends = await Promise.allSettled(lost);
    expect(ends).toMatchObject(lost.map(() => ({ status: "rejected", reason: { retriable: true } })));
    await closing;
    closed.resolve();
    await connection.connect();
    expect(await connection.send(ask)).toBe("whole");
  }, { requestTimeout: 60_000 });
});

Deno.test("a socket that ends in the moment in which it is connected leaves no connection that counts as a good one", async () => {
  const ended = ({ onConnect }: { onConnect: () => void }) => {
    const listeners: Record<string, (() => void) | undefined> = {};
    const socket = {
      destroyed: false,
      on: (event: string, listener: () => void) => listeners[event] = listener,
      setKeepAlive: () => {},
      removeAllListeners: () => {},
      write: () => {},
      destroy: () => {},
    };
    queueMicrotask(() => {
      onConnect();
      listeners.end?.();
      socket.destroyed = true;
    });
    return socket;
  };
  const connection = connectionTo(1, { requestTimeout: 60_000, socketFactory: ended as never });
  await expect(connection.connect()).rejects.toThrow("Closed while it was being made");
  expect(connection.isConnected()).toBe(false);
});

Deno.test("an answer that does not come is given up after its time, though the machine's was put back by an hour", async () => {
  const given = Promise.withResolvers<void>();
  const serve = [async (connection: Deno.Conn) => {
    await given.promise;
    connection.close();
  }];
  const { now } = Date;
  await connected(serve, async (connection) => {
    await connection.connect();
    const asked = connection.send(ask);
    Date.now = () => now() - 3_600_000;
    const late = setTimeout(given.resolve, 5_000);
    await expect(asked).rejects.toThrow("timed out");
    clearTimeout(late);
    given.resolve();
  }, { requestTimeout: 200 }).finally(() => Date.now = now);
});

Deno.test("who gives a connection up does not end the attempt of another to make it", async () => {
  await connected([answerWhole], async (connection) => {
    const connecting = connection.connect();
    await connection.disconnect();
    await connecting;
    expect(await connection.send(ask)).toBe("whole");
  });
});

const FACTORIES = {
  direct: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) =>
    new DirectSocket({ host, port }, onConnect),
  "node's": createSocketFactory(),
};

for (const [name, socketFactory] of Object.entries(FACTORIES)) {
  Deno.test(`a connection that is being made while its cluster is closed does not stay: ${name} socket`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connection = connectionTo((listener.addr as Deno.NetAddr).port, { socketFactory });
    const connectionPool = { pool: [connection], destroy: () => connection.disconnect() };
    const broker = { connectionPool, disconnect: () => connectionPool.destroy() };
    const ended = connection.connect().then(() => "connected", (thrown) => thrown);
    await BrokerPool.prototype.disconnect.call({ brokers: { 1: broker } });
    expect(await ended).toMatchObject({ name: "KafkaJSConnectionError" });
    expect(connection.isConnected()).toBe(false);
    // What it had opened by then, if anything, is closed: nothing is left for the test's sanitizers to find.
    listener.close();
  });
}

Deno.test("where nobody listens that is what the failure says, at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const began = performance.now();
  await expect(connectionTo(port).connect()).rejects.toThrow(/refused/i);
  // The limit of an attempt is 3 s here.
  expect(performance.now() - began).toBeLessThan(2_000);
});
