import { createHmac } from "node:crypto";
import { expect } from "expect";
import {
  channelContract,
  type Fault,
  messageTo,
  type ReceivedMessage,
} from "../../../tests/contract/channel.ts";
import { HttpPeer, type PeerRequest, REFUSAL } from "../../../tests/support/http_peer.ts";
import { InputError } from "../../core/errors.ts";
import type { GatewayName } from "./gateways.ts";
import { SmsChannel } from "./sms_channel.ts";

const ACCOUNT = {
  key: "NCSAPIKEY",
  secret: "s3cr3t-of-the-account",
  from: "02-1234-5678".replaceAll("-", ""),
};
const hmac = (text: string) => createHmac("sha256", ACCOUNT.secret).update(text).digest("hex");

/** A gateway as its own documentation has it: what it answers, and what it got. */
interface Double {
  readonly answer: (request: PeerRequest, fault: Fault) => Response;
  readonly read: (request: PeerRequest) => ReceivedMessage;
}

function http(fault: Fault): Response | undefined {
  if (fault === "throttled") return new Response("", { status: 429, headers: { "Retry-After": "2" } });
  return fault === "unavailable" ? new Response("", { status: 503 }) : undefined;
}

/** Solapi and NHN refuse with a 200. */
function refusal(body: unknown): Response {
  return Response.json(body, { headers: { [REFUSAL]: "1" } });
}

/** https://developers.solapi.com/references: authentication and messages/v4/send. */
const solapi: Double = {
  answer({ headers, body, path }, fault) {
    const said = /^HMAC-SHA256 apiKey=(\w+), date=(\S+), salt=(\w{12,64}), signature=(\w+)$/.exec(
      headers.authorization ?? "",
    );
    if (path !== "/messages/v4/send" || said?.[4] !== hmac(`${said?.[2]}${said?.[3]}`)) {
      return Response.json({ errorCode: "SignatureDoesNotMatch" }, { status: 403 });
    }
    const { to, from } = JSON.parse(body).message;
    if (fault === "refused") return refusal({ statusCode: "1062", statusMessage: "발신번호 미등록" });
    return http(fault) ?? Response.json({ groupId: "G1", messageId: "M1", to, from, statusCode: "2000" });
  },
  read: ({ body }) => {
    const { to, text, subject } = JSON.parse(body).message;
    return { to, subject, text, deliveryMark: "" };
  },
};

/** https://docs.nhncloud.com, Notification > SMS > API v3.0. */
const nhn: Double = {
  answer({ headers, path }, fault) {
    const refuse = (resultCode: number, resultMessage: string) =>
      refusal({ header: { isSuccessful: false, resultCode, resultMessage } });
    if (
      path !== `/sms/v3.0/appKeys/${ACCOUNT.key}/sender/mms` || headers["x-secret-key"] !== ACCOUNT.secret
    ) {
      return new Response("", { status: 401 });
    }
    if (fault === "refused") return refuse(-1001, "유효하지 않은 수신번호");
    return http(fault) ?? Response.json({
      header: { isSuccessful: true, resultCode: 0, resultMessage: "SUCCESS" },
      body: { data: { requestId: "20251126" } },
    });
  },
  read: ({ body }) => {
    const { title, body: text, recipientList } = JSON.parse(body);
    return { to: recipientList[0].recipientNo, subject: title, text, deliveryMark: "" };
  },
};

/** docs/delivery.md: the gateway of one's own. */
const generic: Double = {
  answer({ headers, body }, fault) {
    const signed = `v1=${hmac(`${headers["tickbell-timestamp"]}.${body}`)}`;
    if (headers["tickbell-signature"] !== signed) return new Response("", { status: 401 });
    if (fault === "refused") return new Response("no such number", { status: 422 });
    return http(fault) ?? Response.json({ id: "g-1" });
  },
  read: ({ body, headers }) => {
    const { to, subject, text } = JSON.parse(body);
    return { to, subject, text, deliveryMark: headers["tickbell-delivery"] ?? "" };
  },
};

for (const [gateway, double] of Object.entries({ solapi, nhn, generic }) as [GatewayName, Double][]) {
  channelContract({
    name: `sms by ${gateway}`,
    faults: ["throttled", "unavailable", "refused", "silent", "gone"],
    cuts: true,
    open() {
      const peer = new HttpPeer(double.answer);
      return Promise.resolve({
        channel: new SmsChannel({ gateway, url: peer.url, ...ACCOUNT }),
        address: "01012345678",
        badAddress: "112233 or so",
        secrets: [ACCOUNT.secret],
        received: () => Promise.resolve(peer.requests.map(double.read)),
        fault: (fault) => peer.fault(fault),
        handedOver: () => peer.handedOver(),
        close: () => peer.close(),
      });
    },
  });
}

Deno.test("sms: a foreign number keeps its country, a Korean one is written as at home", async () => {
  const peer = new HttpPeer(solapi.answer);
  try {
    const channel = new SmsChannel({ gateway: "solapi", url: peer.url, ...ACCOUNT });
    for (const to of ["+821012345678", "+14155550100"]) {
      await channel.send(messageTo(to), new AbortController().signal);
    }
    expect(peer.requests.map((request) => solapi.read(request).to)).toEqual(["01012345678", "14155550100"]);
  } finally {
    await peer.close();
  }
});

Deno.test("sms: with a template it is an 알림톡, its variables the subject and the text", async () => {
  const peer = new HttpPeer(({ path }) =>
    path.startsWith("/alimtalk")
      ? Response.json({
        header: { isSuccessful: true, resultCode: 0, resultMessage: "SUCCESS" },
        message: { requestId: "r" },
      })
      : Response.json({ statusCode: "2000", messageId: "M" })
  );
  try {
    const kakao = { ...ACCOUNT, url: peer.url, profile: "PF01", template: "KA01" };
    for (const gateway of ["solapi", "nhn"] as const) {
      const channel = new SmsChannel({ gateway, ...kakao });
      await channel.send(messageTo("01012345678"), new AbortController().signal);
    }
    const [first, second] = peer.requests.map(({ body }) => JSON.parse(body));
    expect(first.message.kakaoOptions).toMatchObject({
      pfId: "PF01",
      templateId: "KA01",
      variables: { "#{subject}": "[목표가] 삼성전자 53,100원 · 53,200원 미만" },
    });
    expect(second).toMatchObject({ senderKey: "PF01", templateCode: "KA01" });
    expect(second.recipientList[0].templateParameter.text).toContain("현재가가 53,200원 미만");
  } finally {
    await peer.close();
  }
});

Deno.test("sms: the generic gateway needs an address", () => {
  expect(() => new SmsChannel({ gateway: "generic", ...ACCOUNT })).toThrow(InputError);
});
