import { expect } from "expect";
import { serveApi } from "./serve_api.ts";

Deno.test("what is text is compressed for who takes it, and an event stream is not", async () => {
  const rows = JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, symbol: "005930" })));
  const served = await serveApi(({ url }) => {
    const events = url.endsWith("/events");
    return new Response(events ? `data: ${rows}\n\n` : rows, {
      headers: { "content-type": events ? "text/event-stream" : "application/json", etag: '"1"' },
    });
  }, { host: "127.0.0.1", port: 0 });
  try {
    const plain = await ask(served.port, "/", "identity");
    expect(plain.headers).not.toMatch(/content-encoding/i);
    for (const coding of ["gzip", "br"]) {
      const packed = await ask(served.port, "/", coding);
      expect(packed.headers).toMatch(new RegExp(`content-encoding: ${coding}`, "i"));
      expect(packed.headers).toMatch(/vary: accept-encoding/i);
      // The bytes are others than those the strong tag names.
      expect(packed.headers).toMatch(/etag: W\/"1"/i);
      expect(packed.length).toBeLessThan(plain.length / 5);
    }
    expect((await ask(served.port, "/events", "gzip")).headers).not.toMatch(/content-encoding/i);
  } finally {
    await served.close();
  }
});

/** The head and the size of an answer as it is on the wire. */
async function ask(port: number, path: string, coding: string): Promise<{ headers: string; length: number }> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request =
    `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: ${coding}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  return { headers: text.slice(0, text.indexOf("\r\n\r\n")), length: bytes.length };
}
