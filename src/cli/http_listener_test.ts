import { expect } from "expect";
import { OutsideError } from "../core/errors.ts";
import { HttpListener } from "./http_listener.ts";

const TIMEOUTS = { headersMs: 600, requestMs: 4_000, keepAliveMs: 600, silentMs: 700 };
const HOST = "127.0.0.1";

Deno.test("nobody keeps a connection by sending nothing, or little by little; who reads nothing of a stream is cut", async () => {
  const streams: string[] = [];
  const ended: string[] = [];
  const mark = setTimeout(() => ended.push("3 s"), 3_000);
  const listener = await HttpListener.listen(async (request) => {
    if (request.url.endsWith("/body")) return new Response(`${(await request.text()).length}`);
    if (request.url.endsWith("/endless")) {
      const part = new Uint8Array(65_536);
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(part),
          cancel: () => void streams.push("cancelled"),
        }),
      );
    }
    return new Response("ok");
  }, { host: HOST, port: 0, timeouts: TIMEOUTS });
  const head = (request: string) => `${request} HTTP/1.1\r\nHost: a\r\n`;
  const post = `${head("POST /body")}Content-Length: 99\r\n\r\n`;
  try {
    const [nothing, headers, body, idle, second, unread] = await Promise.all([
      talk(listener.port, "").finally(() => ended.push("nothing")),
      talk(listener.port, head("GET /"), "X-A: b\r\n").finally(() => ended.push("headers")),
      talk(listener.port, post, "1").finally(() => ended.push("body")),
      talk(listener.port, `${head("GET /")}\r\n`),
      talk(listener.port, `${head("GET /")}\r\n${head("GET /")}`, "X-A: b\r\n"),
      silent(listener.port, `${head("GET /endless")}\r\n`),
    ]);
    // Headers have less time than a whole request.
    expect(ended.slice(-2)).toEqual(["3 s", "body"]);
    for (const late of [nothing, headers]) expect(late).not.toMatch(/ok/);
    expect(body).not.toMatch(/200 OK/);
    for (const one of [idle, second]) expect(one.match(/200 OK/g)?.length).toBe(1);
    expect(unread).toBe("cut");
    expect(streams).toEqual(["cancelled"]);
  } finally {
    clearTimeout(mark);
    await listener.close();
  }
});

Deno.test("a request in good time is answered on a connection that stays, with its caller's address", async () => {
  const listener = await HttpListener.listen(
    async (request, { address }) => new Response(`${address} ${(await request.text()).length}`),
    { host: HOST, port: 0 },
  );
  try {
    const sent = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`;
    const answers = await talk(listener.port, sent + sent.replace("Host", "Connection: close\r\nHost"));
    expect(answers.match(/127\.0\.0\.1 3/g)?.length).toBe(2);
    const waits = fetch(`http://${HOST}:${listener.port}`, {
      method: "POST",
      body: new ReadableStream({ pull: () => new Promise(() => {}) }),
    }).catch(() => "cut");
    await listener.close();
    expect(await waits).toBe("cut");
  } finally {
    await listener.close();
  }
});

Deno.test("what is asked in good time may be answered for as long as it takes", async () => {
  const listener = await HttpListener.listen(async (request) => {
    await request.text();
    let left = 10;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, TIMEOUTS.silentMs / 2));
          controller.enqueue(new TextEncoder().encode("part "));
          if (--left === 0) controller.close();
        },
      }),
    );
  }, { host: HOST, port: 0, timeouts: TIMEOUTS });
  try {
    const url = `http://${HOST}:${listener.port}`;
    const answers = await Promise.all([fetch(url), fetch(url, { method: "POST", body: "asked" })]);
    for (const answer of answers) expect((await answer.text()).match(/part/g)?.length).toBe(10);
  } finally {
    await listener.close();
  }
});

Deno.test("a port that is taken is said, with what chooses another", async () => {
  const listener = await HttpListener.listen(() => new Response(), { host: HOST, port: 0 });
  try {
    const again = HttpListener.listen(() => new Response(), {
      host: HOST,
      port: listener.port,
      setting: "--metrics-port",
    });
    const thrown = await again.catch((error) => error);
    expect(thrown).toBeInstanceOf(OutsideError);
    expect(thrown.message).toContain("choose another with --metrics-port");
  } finally {
    await listener.close();
  }
});

/** Says something, and then a little every 100 ms; what is answered until the connection ends. */
async function talk(port: number, said: string, little = ""): Promise<string> {
  const connection = await Deno.connect({ hostname: HOST, port });
  const encoder = new TextEncoder();
  let answer = "";
  await connection.write(encoder.encode(said)).catch(() => {});
  const timer = setInterval(() => connection.write(encoder.encode(little)).catch(() => {}), 100);
  const late = setTimeout(() => {
    answer += "ok 200 OK 200 OK: still open";
    connection.close();
  }, 10_000);
  try {
    const buffer = new Uint8Array(4_096);
    for (let size; (size = await connection.read(buffer)) !== null;) {
      answer += new TextDecoder().decode(buffer.subarray(0, size));
    }
  } catch {
    // Reset, or closed above.
  }
  clearInterval(timer);
  clearTimeout(late);
  try {
    connection.close();
  } catch {
    // It was.
  }
  return answer;
}

/** Asks and reads nothing for long enough; whether the answer is cut then. */
async function silent(port: number, said: string): Promise<string> {
  const connection = await Deno.connect({ hostname: HOST, port });
  await connection.write(new TextEncoder().encode(said));
  await new Promise((resolve) => setTimeout(resolve, 3 * TIMEOUTS.silentMs));
  const sink = new Uint8Array(1 << 20);
  let size = 0;
  try {
    for (let read; size < 64 << 20 && (read = await connection.read(sink)) !== null;) size += read;
    return size < 64 << 20 ? "cut" : "goes on";
  } catch {
    return "cut";
  } finally {
    connection.close();
  }
}
