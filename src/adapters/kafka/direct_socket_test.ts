import { Buffer } from "node:buffer";
import { expect } from "expect";
import { DirectSocket } from "./direct_socket.ts";
import { within } from "../../../tests/support/gather.ts";

function framed(body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeInt32BE(body.length);
  bytes.set(body, 4);
  return new Uint8Array(bytes);
}

Deno.test("answers of every size come whole, in order, and stay as they were", async () => {
  const bodies = [8, 70_000, 4, 3_000_000, 65_532, 100, 1_000_000].map((length, at) =>
    new Uint8Array(length).fill(at + 1)
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    const connection = await listener.accept();
    const asked = new Uint8Array(3);
    await connection.read(asked);
    const all = Buffer.concat(bodies.map(framed));
    for (let at = 0; at < all.length;) at += await connection.write(all.subarray(at, at + 500_000));
    connection.close();
    return [...asked];
  })();
  const answers: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  const port = (listener.addr as Deno.NetAddr).port;
  const socket = new DirectSocket({ host: "127.0.0.1", port }, () => {
    socket.write(new Uint8Array([1, 2]));
    socket.write(new Uint8Array([3]));
  });
  socket.on("data", (answer) => void answers.push(answer)).on("end", ended.resolve).on("error", ended.reject);
  await within(ended.promise, "the end of the socket");
  expect((await served).slice(0, 2)).toEqual([1, 2]);
  expect(answers.map(({ length }) => length)).toEqual(bodies.map(({ length }) => length));
  answers.forEach((answer, at) => expect(answer.every((byte) => byte === at + 1)).toBe(true));
  socket.destroy();
  listener.close();
});

Deno.test("what is no answer, and a port where nobody listens, are errors of the socket", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (listener.addr as Deno.NetAddr).port;
  const served = listener.accept().then(async (connection) => {
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request"));
    return connection;
  });
  const failed = (connected = () => {}) =>
    new Promise<Error>((resolve) =>
      void new DirectSocket({ host: "127.0.0.1", port }, connected).on("error", resolve)
    );
  expect((await failed()).message).toContain("no Kafka broker's listener");
  (await served).close();
  listener.close();
  expect((await failed()).message).toMatch(/refused/);
});
