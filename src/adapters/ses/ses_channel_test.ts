import { Buffer } from "node:buffer";
import { expect } from "expect";
import { channelContract, type Fault } from "../../../tests/contract/channel.ts";
import { HttpPeer, type PeerRequest } from "../../../tests/support/http_peer.ts";
import { readMail } from "../../../tests/support/mail_text.ts";
import { SesChannel, sesError } from "./ses_channel.ts";

const SECRET = "s3cr3t-of-the-account";

/** SES's query API, as far as the channel calls it; the real peer is in tests/parts. */
function ses({ body }: PeerRequest, fault: Fault): Response {
  const xml = (inner: string, status = 200) =>
    new Response(inner, { status, headers: { "Content-Type": "text/xml" } });
  const refuse = (code: string, message: string, status = 400) =>
    xml(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
      status,
    );
  const query = new URLSearchParams(body);
  if (query.get("Action") === "GetSendQuota") {
    return xml(
      "<GetSendQuotaResponse><GetSendQuotaResult><MaxSendRate>14.0</MaxSendRate><Max24HourSend>50000.0</Max24HourSend><SentLast24Hours>1.0</SentLast24Hours></GetSendQuotaResult></GetSendQuotaResponse>",
    );
  }
  if (fault === "throttled") return refuse("Throttling", "Maximum sending rate exceeded.");
  if (fault === "unavailable") return refuse("ServiceUnavailable", "down", 503);
  if (fault === "refused") return refuse("MessageRejected", "Email address is not verified.");
  return xml(
    "<SendRawEmailResponse><SendRawEmailResult><MessageId>m-1</MessageId></SendRawEmailResult></SendRawEmailResponse>",
  );
}

function open() {
  const peer = new HttpPeer(ses);
  const channel = new SesChannel({
    region: "ap-northeast-2",
    endpoint: peer.url,
    from: "Tickbell <alerts@example.com>",
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: SECRET },
  });
  return { peer, channel };
}

channelContract({
  name: "ses",
  faults: ["throttled", "unavailable", "refused", "silent", "gone"],
  open() {
    const { peer, channel } = open();
    return Promise.resolve({
      channel,
      address: "kim@example.com",
      badAddress: "kim@example.com,lee@example.com",
      secrets: [SECRET],
      received: () =>
        Promise.resolve(peer.requests.map(({ body }) => {
          const query = new URLSearchParams(body);
          const { headers, parts } = readMail(
            Buffer.from(query.get("RawMessage.Data") ?? "", "base64").toString("utf8"),
          );
          return {
            to: query.get("Destinations.member.1") ?? "",
            subject: headers.subject ?? "",
            text: parts["text/plain"] ?? "",
            deliveryMark: headers["message-id"] ?? "",
            headers,
          };
        })),
      fault: (fault) => peer.fault(fault),
      handedOver: () => peer.handedOver(),
      close: () => peer.close(),
    });
  },
});

Deno.test("ses: the account's rate is the limit", async () => {
  const { peer, channel } = open();
  try {
    expect(await channel.limits()).toEqual({ perSecond: 14, concurrent: 14 });
  } finally {
    await channel.close();
    await peer.close();
  }
});

Deno.test("ses: what may be put right is tried again, what concerns the mail is not", () => {
  const error = (name: string, httpStatusCode?: number) =>
    sesError(Object.assign(new Error("said"), { name, $metadata: { httpStatusCode } }));
  expect(error("TooManyRequestsException", 429)).toMatchObject({ code: "ses_throttled", retryable: true });
  expect(error("ExpiredTokenException", 403)).toMatchObject({ code: "ses_not_allowed", retryable: true });
  expect(error("AccountSendingPausedException", 400)).toMatchObject({
    code: "ses_not_allowed",
    retryable: true,
  });
  expect(error("CredentialsProviderError")).toMatchObject({ code: "ses_not_allowed", retryable: true });
  expect(error("CredentialsProviderError").message).toContain("AWS_ACCESS_KEY_ID");
  expect(error("InternalFailure", 500)).toMatchObject({ code: "ses_unavailable", retryable: true });
  expect(error("TimeoutError")).toMatchObject({ code: "ses_no_answer", end: "unknown" });
  expect(error("MailFromDomainNotVerifiedException", 400)).toMatchObject({
    code: "ses_refused",
    retryable: false,
  });
  expect(error("InvalidParameterValue", 400)).toMatchObject({ code: "ses_refused", retryable: false });
});
