import { channelContract } from "../../../tests/contract/channel.ts";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { NtfyChannel } from "./ntfy_channel.ts";

channelContract({
  name: "ntfy",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  open() {
    // As https://docs.ntfy.sh/publish/ has it.
    const peer = new HttpPeer(({ body, headers }, fault) => {
      const refuse = (status: number, code: number, error: string) =>
        Response.json({ code, http: status, error }, { status });
      if (headers.authorization !== "Bearer tk_s3cr3t") return refuse(401, 40101, "unauthorized");
      if (fault === "throttled") return refuse(429, 42901, "limit reached: too many requests");
      if (fault === "unavailable") return refuse(503, 50301, "unavailable");
      if (fault === "refused") return refuse(403, 40301, "forbidden");
      const { topic, title, message } = JSON.parse(body);
      if (new TextEncoder().encode(message).length > 4_096) return refuse(400, 40009, "message too large");
      return Response.json({ id: "sPs71M8A2T", event: "message", topic, title, message });
    });
    return Promise.resolve({
      channel: new NtfyChannel({ base: peer.url, token: "tk_s3cr3t" }),
      address: "kims-alerts_7Hq2",
      badAddress: "../v1/account",
      secrets: ["tk_s3cr3t"],
      received: () =>
        Promise.resolve(peer.requests.map(({ body }) => {
          const { topic, title, message } = JSON.parse(body);
          return { to: topic, subject: title, text: message, deliveryMark: "" };
        })),
      fault: (fault) => peer.fault(fault),
      handedOver: () => peer.handedOver(),
      close: () => peer.close(),
    });
  },
});
