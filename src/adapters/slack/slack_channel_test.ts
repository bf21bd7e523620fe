import { channelContract } from "../../../tests/contract/channel.ts";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { SlackChannel } from "./slack_channel.ts";

function unescape(text: string): string {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

channelContract({
  name: "slack",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  open() {
    const peer = new HttpPeer((_request, fault) => {
      if (fault === "throttled") return new Response("", { status: 429, headers: { "Retry-After": "1" } });
      if (fault === "unavailable") return new Response("", { status: 500 });
      if (fault === "refused") return new Response("invalid_payload", { status: 400 });
      return new Response("ok");
    });
    const path = "/services/T0/B0/s3cr3t-of-the-hook";
    return Promise.resolve({
      channel: new SlackChannel({ base: peer.url }),
      address: `${peer.url}${path}`,
      badAddress: "https://slack.example.com/services/T0/B0/x",
      secrets: ["s3cr3t-of-the-hook"],
      received: () =>
        Promise.resolve(peer.requests.map(({ body, path }) => {
          const { text } = JSON.parse(body);
          if (/<!|<@|<script/.test(text)) throw new Error(`not escaped: ${text}`);
          return { to: `${peer.url}${path}`, subject: "", text: unescape(text), deliveryMark: "" };
        })),
      fault: (fault) => peer.fault(fault),
      handedOver: () => peer.handedOver(),
      close: () => peer.close(),
    });
  },
});
