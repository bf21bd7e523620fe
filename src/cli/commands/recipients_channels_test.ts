import { expect } from "expect";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { verifyWebhook } from "../../../tests/support/verify_webhook.ts";
import { COMMANDS } from "../commands.ts";
import { Program } from "../program.ts";

const SECRET = "0123456789abcdef";

async function run(...words: string[]) {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-recipients-" });
  const [out, err]: [string[], string[]] = [[], []];
  try {
    const io = {
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
      env: { TICKBELL_DATA_DIR: folder, TICKBELL_WEBHOOK_SECRET: SECRET, TICKBELL_WEBHOOK_LOCAL: "true" },
      signal: new AbortController().signal,
    };
    const code = await new Program(COMMANDS).run(words, io);
    const mails = [...Deno.readDirSync(folder)].some(({ name }) => name === "outbox")
      ? [...Deno.readDirSync(`${folder}/outbox`)].length
      : 0;
    return { code, out: out.join("\n"), err: err.join("\n"), mails };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("recipients test sends one message by the channel as it is configured, and says who took it", async () => {
  expect(await run("recipients", "test", "kim@example.com")).toMatchObject({ code: 0, mails: 1 });
  const peer = new HttpPeer(() => new Response("ok"));
  try {
    const { code, out } = await run("recipients", "test", `webhook:${peer.url}/hook?key=s3cr3t`);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^webhook took the message for webhook:.*\*\*\*: HTTP 200$/),
    ]);
    expect(out).not.toContain("s3cr3t");
    const [{ headers, body } = { headers: {} as Record<string, string>, body: "" }] = peer.requests;
    const { "tickbell-timestamp": timestamp = "", "tickbell-signature": signature = "" } = headers;
    expect(verifyWebhook(SECRET, { timestamp, signature, body }, Number(timestamp))).toBe(true);
    expect(JSON.parse(body).subject).toMatch(/^\[시험\] /);
  } finally {
    await peer.close();
  }
});

Deno.test("recipients test says why a message was not taken, and what is no recipient or not configured", async () => {
  const peer = new HttpPeer(() => new Response("", { status: 503 }));
  try {
    const { code, err } = await run("recipients", "test", `webhook:${peer.url}/hook`);
    expect([code, err]).toEqual([1, "the message was not taken (webhook_unavailable): webhook answered 503"]);
  } finally {
    await peer.close();
  }
  expect((await run("recipients", "test", "sms:01012345678")).err).toContain("no sms channel is configured");
  expect((await run("recipients", "test", "nobody")).code).not.toBe(0);
});
