import { Buffer } from "node:buffer";
import { expect } from "expect";
import Connection from "kafkajs/src/network/connection.js";
import createSocketFactory from "kafkajs/src/network/socketFactory.js";
import "./internals.ts";
import type { ProtocolRequest } from "./internals.ts";

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

function answer(correlationId: number, text: string): Uint8Array {
  const body = Buffer.from(text);
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(4 + body.length);
  bytes.writeInt32BE(correlationId, 4);
  return new Uint8Array(Buffer.concat([bytes, body]));
}

function connectionTo(port: number, { requestTimeout = 5_000 } = {}) {
  const silent = () => {};
  const logger = { namespace: () => logger, debug: silent, error: silent, warn: silent, info: silent };
  return new Connection({
    host: "127.0.0.1",
    port,
    logger,
    socketFactory: createSocketFactory(),
    requestTimeout,
    connectionTimeout: 2000,
  }) as {
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
  const broker = fakeBroker([
    async (connection, id) => {
      // 13 of 24 bytes; the rest never comes.
      await connection.write(answer(id, "half of an answer").subarray(0, 13));
      connection.close();
    },
    async (connection, id) => {
      await connection.write(answer(id, "whole"));
      await connection.write(answer(id + 7, "nobody asked"));
    },
  ]);
  const connection = connectionTo(broker.port);
  try {
    await connection.connect();
    await expect(connection.send(ask)).rejects.toMatchObject({ retriable: true });
    await connection.connect();
    expect(await connection.send(ask)).toBe("whole");
    await broker.done;
  } finally {
    await connection.disconnect();
    broker.close();
  }
});

Deno.test("what is no answer fails the request and the connection, never the process", async () => {
  const broker = fakeBroker([
    async (connection) => {
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    },
    async (connection, id) => {
      await connection.write(answer(id, "whole"));
    },
  ]);
  const connection = connectionTo(broker.port);
  try {
    await connection.connect();
    await expect(connection.send(ask)).rejects.toThrow("no Kafka broker's listener");
    await connection.connect();
    expect(await connection.send(ask)).toBe("whole");
    await broker.done;
  } finally {
    await connection.disconnect();
    broker.close();
  }
});

Deno.test("what is sent while a connection is being closed has an end, and the next connection works", async () => {
  const broker = fakeBroker([
    // No answer comes.
    async (connection) => {
      asked.resolve();
      await closed.promise;
      connection.close();
    },
    async (connection, id) => {
      await connection.write(answer(id, "whole"));
    },
  ]);
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const connection = connectionTo(broker.port, { requestTimeout: 60_000 });
  try {
    await connection.connect();
    const lost = [connection.send(ask)];
    await asked.promise;
    const closing = connection.disconnect();
    lost.push(connection.send(ask));
    const ends = await Promise.allSettled(lost);
    expect(ends).toMatchObject(lost.map(() => ({ status: "rejected", reason: { retriable: true } })));
    await closing;
    closed.resolve();
    await connection.connect();
    expect(await connection.send(ask)).toBe("whole");
    await broker.done;
  } finally {
    await connection.disconnect();
    broker.close();
  }
});

Deno.test("who gives a connection up does not end the attempt of another to make it", async () => {
  const broker = fakeBroker([async (connection, id) => {
    await connection.write(answer(id, "whole"));
  }]);
  const connection = connectionTo(broker.port);
  try {
    const connecting = connection.connect();
    await connection.disconnect();
    await connecting;
    expect(await connection.send(ask)).toBe("whole");
    await broker.done;
  } finally {
    await connection.disconnect();
    broker.close();
  }
});

Deno.test("where nobody listens that is what the failure says, at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const began = performance.now();
  await expect(connectionTo(port).connect()).rejects.toThrow(/refused/i);
  // The limit of an attempt is 3 s here.
  expect(performance.now() - began).toBeLessThan(2_000);
});
