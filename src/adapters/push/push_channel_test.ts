import { Buffer } from "node:buffer";
import { createECDH } from "node:crypto";
import { expect } from "expect";
import ece from "http_ece";
import { channelContract, messageTo } from "../../../tests/contract/channel.ts";
import { HttpPeer } from "../../../tests/support/http_peer.ts";
import { encryptPush, fromBase64Url, newVapidKeys, toBase64Url } from "./encryption.ts";
import { PushChannel } from "./push_channel.ts";

/** A browser's side: the keys of its subscription, and http_ece, an independent library, to open what comes. */
function subscription() {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  const auth = Buffer.from(crypto.getRandomValues(new Uint8Array(16)));
  const fragment = `#p256dh=${keys.getPublicKey("base64url")}&auth=${auth.toString("base64url")}`;
  const open = (body: Uint8Array) =>
    ece.decrypt(Buffer.from(body), {
      version: "aes128gcm",
      privateKey: keys,
      authSecret: auth.toString("base64url"),
    }).toString("utf8");
  return { fragment, open };
}

const VAPID = await newVapidKeys();

channelContract({
  name: "push",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  cuts: true,
  open() {
    const { fragment, open } = subscription();
    const peer = new HttpPeer(({ headers, bytes }, fault) => {
      if (fault === "throttled") return new Response("", { status: 429, headers: { "Retry-After": "3" } });
      if (fault === "unavailable") return new Response("", { status: 503 });
      if (fault === "refused") {
        return new Response("push subscription has unsubscribed or expired", { status: 410 });
      }
      const good = headers["content-encoding"] === "aes128gcm" && Number(headers.ttl) > 0 &&
        bytes.length <= 4_096;
      return new Response("", {
        status: good ? 201 : 400,
        headers: { Location: "https://push.example/m/1" },
      });
    });
    const address = `${peer.url}/wpush/v2/abc${fragment}`;
    return Promise.resolve({
      channel: new PushChannel({ keys: VAPID, subject: "mailto:ops@example.com", allowLocal: true }),
      address,
      badAddress: `${peer.url}/wpush/v2/abc`,
      secrets: [VAPID.privateKey],
      received: () =>
        Promise.resolve(peer.requests.map(({ bytes, headers }) => {
          const { title, body } = JSON.parse(open(bytes));
          return { to: address, subject: title, text: body, deliveryMark: headers.topic ?? "" };
        })),
      fault: (fault) => peer.fault(fault),
      handedOver: () => peer.handedOver(),
      close: () => peer.close(),
    });
  },
});

Deno.test("push: the example of RFC 8291 is encrypted as it stands there", async () => {
  const jwk = (d: string, raw: string) => {
    const point = fromBase64Url(raw);
    const [x, y] = [toBase64Url(point.subarray(1, 33)), toBase64Url(point.subarray(33))];
    return { kty: "EC", crv: "P-256", d, x, y };
  };
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const publicText =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
  const key = jwk("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", publicText);
  const side = {
    keys: {
      privateKey: await crypto.subtle.importKey("jwk", key, curve, true, ["deriveBits"]),
      publicKey: await crypto.subtle.importKey("raw", fromBase64Url(publicText), curve, true, []),
    },
    salt: fromBase64Url("DGv6ra1nlYgDCS1FRnbzlw"),
  };
  const keys = {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  };
  const text = new TextEncoder().encode("When I grow up, I want to be a watermelon");
  expect(toBase64Url(await encryptPush(text, keys, side))).toBe(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_" +
      "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  );
});

Deno.test("push: who sends it says so to the push service with a token that verifies, for that service only", async () => {
  const { fragment } = subscription();
  const peer = new HttpPeer(() => new Response("", { status: 201 }));
  try {
    const channel = new PushChannel({ keys: VAPID, subject: "mailto:ops@example.com", allowLocal: true });
    const message = messageTo(`${peer.url}/p${fragment}`);
    await channel.send(message, new AbortController().signal);
    const said = /^vapid t=([^.]+\.[^.]+)\.([^,]+), k=(.+)$/.exec(
      peer.requests[0]?.headers.authorization ?? "",
    );
    const [, text = "", signature = "", key = ""] = said ?? [];
    const claims = JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toEqual({
      aud: peer.url,
      exp: Math.floor(message.at / 1000) + 7_200,
      sub: "mailto:ops@example.com",
    });
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const public_ = await crypto.subtle.importKey("raw", fromBase64Url(key), curve, false, ["verify"]);
    const bytes = new TextEncoder().encode(text);
    const hash = { name: "ECDSA", hash: "SHA-256" };
    expect(await crypto.subtle.verify(hash, public_, fromBase64Url(signature), bytes)).toBe(true);
    expect(key).toBe(VAPID.publicKey);
  } finally {
    await peer.close();
  }
});

Deno.test("push: one token serves a push service for an hour, and no other service", async () => {
  const { fragment } = subscription();
  const peers = [new HttpPeer(() => new Response("")), new HttpPeer(() => new Response(""))] as const;
  try {
    const channel = new PushChannel({ keys: VAPID, subject: "mailto:ops@example.com", allowLocal: true });
    const send = async (peer: HttpPeer, laterMs: number) => {
      const message = messageTo(`${peer.url}/p${fragment}`);
      await channel.send({ ...message, at: message.at + laterMs }, new AbortController().signal);
      return peer.requests.at(-1)?.headers.authorization;
    };
    const first = await send(peers[0], 0);
    expect(await send(peers[0], 3_599_000)).toBe(first);
    const others = [await send(peers[1], 0), await send(peers[0], 3_600_000), await send(peers[0], -1_000)];
    expect(new Set([first, ...others]).size).toBe(4);
  } finally {
    for (const peer of peers) await peer.close();
  }
});

Deno.test("push: an endpoint that is no public address is not called", async () => {
  const { fragment } = subscription();
  const channel = new PushChannel({ keys: VAPID, subject: "mailto:ops@example.com" });
  const sending = channel.send(messageTo(`https://10.0.0.1/p${fragment}`), new AbortController().signal);
  await expect(sending).rejects.toMatchObject({ code: "push_refused", end: "refused" });
});
