import { FakeTelegram } from "../../../tests/support/fake_telegram.ts";
import { TelegramBot } from "./telegram_bot.ts";
import { expect } from "expect";
import { channelContract, messageTo } from "../../../tests/contract/channel.ts";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { TelegramChannel } from "./telegram_channel.ts";

const TOKEN = "123456:s3cr3t-of-the-bot";

channelContract({
  name: "telegram",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  open() {
    const peer = new HttpPeer(({ path, body }, fault) => {
      if (path !== `/bot${TOKEN}/sendMessage`) return new Response("", { status: 404 });
      const refuse = (status: number, description: string, parameters = {}) =>
        Response.json({ ok: false, error_code: status, description, parameters }, { status });
      if (fault === "throttled") return refuse(429, "Too Many Requests: retry after 3", { retry_after: 3 });
      if (fault === "unavailable") return new Response("<html>bad gateway</html>", { status: 502 });
      if (fault === "refused") return refuse(403, "Forbidden: bot was blocked by the user");
      if (JSON.parse(body).text.length > 4096) return refuse(400, "Bad Request: message is too long");
      return Response.json({ ok: true, result: { message_id: 42 } });
    });
    return Promise.resolve({
      channel: new TelegramChannel({ token: TOKEN, base: `${peer.url}/` }),
      address: "-1001234567890",
      badAddress: "../getUpdates",
      secrets: [TOKEN],
      received: () =>
        Promise.resolve(peer.requests.map(({ body }) => {
          const { chat_id, text } = JSON.parse(body);
          return { to: chat_id, subject: "", text, deliveryMark: "" };
        })),
      fault: (fault) => peer.fault(fault),
      handedOver: () => peer.handedOver(),
      close: () => peer.close(),
    });
  },
});

Deno.test("telegram: a group that has become a supergroup is followed, at once and from then on", async () => {
  const chats: string[] = [];
  const peer = new HttpPeer(({ body }) => {
    const { chat_id } = JSON.parse(body);
    chats.push(chat_id);
    if (chat_id !== "-123") return Response.json({ ok: true, result: { message_id: 1 } });
    const description = "Bad Request: group chat was upgraded to a supergroup chat";
    const parameters = { migrate_to_chat_id: -1001234567890 };
    return Response.json({ ok: false, error_code: 400, description, parameters }, { status: 400 });
  });
  try {
    const channel = new TelegramChannel({ token: TOKEN, base: peer.url });
    for (let sent = 0; sent < 2; sent++) await channel.send(messageTo("-123"), new AbortController().signal);
    expect(chats).toEqual(["-123", "-1001234567890", "-1001234567890"]);
  } finally {
    await peer.close();
  }
});

Deno.test("the bot reads what is written to it, confirms it by asking on, and waits as long as it is asked to", async () => {
  const telegram = new FakeTelegram();
  const { signal } = new AbortController();
  const bot = new TelegramBot({ base: telegram.peer.url, token: telegram.token });
  try {
    expect(bot.name()).toBeUndefined();
    await bot.open(signal);
    expect(bot.name()).toBe("tickbell_bot");
    telegram.write("삼성전자 7만원 넘으면");
    telegram.write("", { chat: -5, migrateTo: -1005 });
    const first = await bot.updates(0, signal);
    expect(first).toEqual([
      { id: 1, chat: "7", user: "7", isPrivate: true, text: "삼성전자 7만원 넘으면" },
      { id: 2, chat: "-5", user: "7", isPrivate: false, text: "", movedTo: "-1005" },
    ]);
    expect(await bot.updates(0, signal)).toEqual(first);
    expect(await bot.updates(3, signal)).toEqual([]);
    telegram.throttled.push(3);
    await expect(bot.say("7", "x", signal)).rejects.toMatchObject({
      code: "telegram_throttled",
      retryAfterMs: 3_000,
    });
    await bot.say("7", "가".repeat(5_000), signal);
    expect(telegram.sent.map(({ text }) => text.length <= 4_096)).toEqual([true, true]);
    const stranger = new TelegramBot({ base: telegram.peer.url, token: "999:wrong" });
    await expect(stranger.open(signal)).rejects.toMatchObject({ code: "telegram_not_allowed" });
  } finally {
    await telegram.peer.close();
  }
  const gone = await bot.open(signal).catch((thrown) => thrown);
  expect(gone).toMatchObject({ code: "telegram_unreachable", retryable: true });
  expect(gone.message).not.toContain(telegram.token);
});
