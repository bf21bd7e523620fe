import { expect } from "expect";
import { channelContract, messageTo } from "../../../tests/contract/channel.ts";
import { HttpPeer, type PeerRequest } from "../../../tests/support/http_peer.ts";
import { isPublicAddress } from "../http/public_address.ts";
import { endpointSecret, signWebhook, standardSignature } from "./signature.ts";
import { verifyWebhook } from "../../../tests/support/verify_webhook.ts";
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
      handedOver: () => peer.handedOver(),
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

Deno.test("webhook: Standard Webhooks' own example verifies, and ours is signed with the endpoint's own secret", async () => {
  // https://github.com/standard-webhooks/standard-webhooks, libraries' tests.
  const call = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: "1614265330", body: '{"test": 2432232314}' };
  expect(standardSignature(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], call)).toBe(
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
  const peer = new HttpPeer(answer);
  try {
    const old = "the-secret-before-this-one";
    const channel = new WebhookChannel({ secrets: [SECRET, old], allowLocal: true });
    const url = `${peer.url}/hook`;
    await channel.send(messageTo(url), never);
    const [{ headers, body }] = peer.requests as [PeerRequest];
    const sent = { id: headers["webhook-id"] ?? "", timestamp: headers["webhook-timestamp"] ?? "", body };
    // While a secret is changed, a receiver with either of them can verify.
    const signatures = headers["webhook-signature"]?.split(" ");
    expect(signatures).toEqual(
      [SECRET, old].map((one) => standardSignature([endpointSecret(one, url)], sent)),
    );
    expect(endpointSecret(SECRET, url)).not.toBe(endpointSecret(SECRET, `${url}2`));
    const timestamp = headers["tickbell-timestamp"] ?? "";
    const signature = headers["tickbell-signature"] ?? "";
    for (const secret of [SECRET, old]) {
      expect(verifyWebhook(secret, { timestamp, signature, body }, Number(timestamp))).toBe(true);
    }
  } finally {
    await peer.close();
  }
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
