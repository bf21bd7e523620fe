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
