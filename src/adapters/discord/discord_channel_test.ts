import { expect } from "expect";
import { channelContract, messageTo } from "../../../tests/contract/channel.ts";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { DiscordChannel } from "./discord_channel.ts";

const PATH = "/api/webhooks/123456789/s3cr3t-of-the-hook";

channelContract({
  name: "discord",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  open() {
    // As https://discord.com/developers/docs/topics/rate-limits and …/resources/webhook have it.
    const peer = new HttpPeer(({ body }, fault) => {
      if (fault === "throttled") {
        return Response.json({ message: "You are being rate limited.", retry_after: 0.65, global: false }, {
          status: 429,
        });
      }
      if (fault === "unavailable") return new Response("", { status: 502 });
      if (fault === "refused") {
        return Response.json({ message: "Unknown Webhook", code: 10015 }, { status: 404 });
      }
      const { content, allowed_mentions } = JSON.parse(body);
      if (content.length > 2_000 || allowed_mentions.parse.length > 0) {
        return new Response("", { status: 400 });
      }
      return Response.json({ id: "42" });
    });
    return Promise.resolve({
      channel: new DiscordChannel({ base: peer.url }),
      address: `${peer.url}${PATH}`,
      badAddress: "https://discord.example.com/api/webhooks/1/x",
      secrets: ["s3cr3t-of-the-hook"],
      received: () =>
        Promise.resolve(peer.requests.map(({ body, path }) => ({
          to: `${peer.url}${path}`,
          subject: "",
          text: JSON.parse(body).content.replace(/\\([\\*_~`|>#])/g, "$1"),
          deliveryMark: "",
        }))),
      fault: (fault) => peer.fault(fault),
      handedOver: () => peer.handedOver(),
      close: () => peer.close(),
    });
  },
});

Deno.test("discord: a webhook's limit is the webhook's, the global one everybody's", async () => {
  for (const [global, concerns] of [[false, "recipient"], [true, "provider"]] as const) {
    const peer = new HttpPeer(() => Response.json({ retry_after: 1.5, global }, { status: 429 }));
    try {
      const sending = new DiscordChannel({ base: peer.url }).send(
        messageTo(`${peer.url}${PATH}`),
        new AbortController().signal,
      );
      await expect(sending).rejects.toMatchObject({ concerns, end: "not_taken", retryAfterMs: 1_500 });
    } finally {
      await peer.close();
    }
  }
});
