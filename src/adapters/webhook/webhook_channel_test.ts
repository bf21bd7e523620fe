import { expect } from "expect";
import { channelContract, messageTo } from "../../../tests/contract/channel.ts";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { isPublicAddress } from "./public_address.ts";
import { signWebhook, verifyWebhook } from "./signature.ts";
import { WebhookChannel } from "./webhook_channel.ts";

const SECRET = "a-secret-of-the-webhooks";
const never = new AbortController().signal;

function answer(_request: unknown, fault: string): Response {
  if (fault === "throttled") {
    return new Response("slow down", { status: 429, headers: { "Retry-After": "7" } });
  }
  if (fault === "unavailable") return new Response("down", { status: 502 });
  if (fault === "refused") return new Response("unknown", { status: 410 });
  return new Response("ok");
}

channelContract({
  name: "webhook",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  open() {
    const peer = new HttpPeer(answer);
    const address = `${peer.url}/hook?key=1`;
    return Promise.resolve({
      channel: new WebhookChannel({ secrets: [SECRET], allowLocal: true }),
      address,
      badAddress: "ftp://example.com/x",
      secrets: [SECRET],
      received: () =>
        Promise.resolve(peer.requests.map(({ body, headers }) => {
          const said = JSON.parse(body);
          const { "tickbell-timestamp": timestamp = "", "tickbell-signature": signature = "" } = headers;
          expect(verifyWebhook(SECRET, { timestamp, signature, body }, Number(timestamp))).toBe(true);
          return {
            to: said.alerts[0].recipients[0],
            subject: said.subject,
            text: said.text,
            deliveryMark: headers["tickbell-delivery"] ?? "",
          };
        })),
      fault: (fault) => peer.fault(fault),
      close: () => peer.close(),
    });
  },
});

Deno.test("webhook: a throttled call says how long to wait", async () => {
  const peer = new HttpPeer((request) => answer(request, "throttled"));
  try {
    const channel = new WebhookChannel({ secrets: [SECRET], allowLocal: true });
    await expect(channel.send(messageTo(`${peer.url}/`), never)).rejects.toMatchObject({
      code: "webhook_throttled",
      retryAfterMs: 7_000,
    });
  } finally {
    await peer.close();
  }
});

Deno.test("webhook: a redirect is refused, not followed", async () => {
  const target = new HttpPeer(() => new Response("got it"));
  const peer = new HttpPeer(() => new Response(null, { status: 302, headers: { Location: target.url } }));
  try {
    const channel = new WebhookChannel({ secrets: [SECRET], allowLocal: true });
    await expect(channel.send(messageTo(`${peer.url}/`), never)).rejects.toMatchObject({ retryable: false });
    expect(target.requests).toEqual([]);
  } finally {
    await peer.close();
    await target.close();
  }
});

for (
  const [what, url, resolved] of [
    ["http", "http://example.com/", "93.184.216.34"],
    ["a loopback address", "https://127.0.0.1/", ""],
    ["a loopback address in disguise", "https://2130706433/", ""],
    ["an IPv6 loopback address", "https://[::1]/", ""],
    ["an IPv4 address inside IPv6", "https://[::ffff:10.0.0.1]/", ""],
    ["the cloud's metadata service", "https://169.254.169.254/latest/meta-data", ""],
    ["a name that leads to a private address", "https://intern.example/", "10.1.2.3"],
    ["a password", "https://user:pass@example.com/", "93.184.216.34"],
  ] as const
) {
  Deno.test(`webhook: ${what} is not called`, async () => {
    const channel = new WebhookChannel({ secrets: [SECRET], resolve: () => Promise.resolve([resolved]) });
    await expect(channel.send(messageTo(url), never)).rejects.toMatchObject({
      code: "webhook_refused",
      retryable: false,
    });
  });
}

Deno.test("webhook: a name with one private address among its public ones is not called", async () => {
  const resolve = () => Promise.resolve(["93.184.216.34", "127.0.0.1"]);
  const channel = new WebhookChannel({ secrets: [SECRET], resolve });
  await expect(channel.send(messageTo("https://rebind.example/"), never)).rejects.toMatchObject({
    code: "webhook_refused",
  });
});

Deno.test("webhook: which addresses are public", () => {
  const open = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111"];
  const closed = ["0.0.0.0", "100.64.1.1", "172.16.0.1", "192.168.1.1", "224.0.0.1", "255.255.255.255"]
    .concat([
      "::",
      "::1",
      "fe80::1",
      "fd00::1",
      "ff02::1",
      "64:ff9b::a00:1",
      "2002:a00:1::",
      "2001:db8::1",
      "no ip",
    ]);
  expect(open.filter((address) => !isPublicAddress(address))).toEqual([]);
  expect(closed.filter(isPublicAddress)).toEqual([]);
});

Deno.test("webhook: the signature is the documented one, and an old or altered call fails", () => {
  // printf '1764118021.{}' | openssl dgst -sha256 -hmac key
  const signature = signWebhook("key", "1764118021", "{}");
  expect(signature).toBe("v1=fb75d76ef96e31501819a4fd0f708a40f758263d5ecd2389b517ea40c81a2189");
  const call = { timestamp: "1764118021", signature, body: "{}" };
  expect(verifyWebhook("key", call, 1764118021 + 299)).toBe(true);
  expect(verifyWebhook("key", call, 1764118021 + 301)).toBe(false);
  expect(verifyWebhook("key", { ...call, body: "{ }" }, 1764118021)).toBe(false);
  expect(verifyWebhook("other", call, 1764118021)).toBe(false);
  expect(verifyWebhook("key", { ...call, timestamp: "x" }, 1764118021)).toBe(false);
});
