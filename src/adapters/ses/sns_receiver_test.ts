import { createSign, X509Certificate } from "node:crypto";
import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { openSqliteLog } from "../sqlite/event_log.ts";
import { isCertificateAddress, isSnsAddress } from "./sns_certificate.ts";
import { signedText, type SnsMessage } from "./sns_message.ts";
import { snsReceiver } from "./sns_receiver.ts";

/** A chain of certificates and a key that only these tests know, valid to 2126. */
const testFile = (name: string) => Deno.readTextFile(new URL(`./testdata/${name}.pem`, import.meta.url));
const [CERTIFICATE, ISSUER, ROOT, OTHER_NAME, SELF_SIGNED, KEY] = await Promise.all(
  ["sns-certificate", "sns-issuer", "sns-root", "sns-other-name", "sns-self-signed", "sns-key"].map(testFile),
) as [string, string, string, string, string, string];
const ISSUER_URL = "http://crt.tests.amazontrust.com/issuer.cer";
const NOW = Date.UTC(2027, 0, 5);
const TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:ses-feedback";
const CERTIFICATE_URL =
  "https://sns.ap-northeast-2.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";

function signed(over: Partial<SnsMessage>): string {
  const message: SnsMessage = {
    Type: "Notification",
    MessageId: "m-1",
    TopicArn: TOPIC,
    Message: "{}",
    Timestamp: new Date(NOW - 1_000).toISOString(),
    SignatureVersion: "2",
    Signature: "x",
    SigningCertURL: CERTIFICATE_URL,
    ...over,
  };
  const algorithm = message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  const Signature = createSign(algorithm).update(signedText(message)).sign(KEY, "base64");
  return JSON.stringify({ ...message, Signature });
}

const bounce = (bounceType: string, ...addresses: string[]) =>
  JSON.stringify({
    notificationType: "Bounce",
    bounce: {
      bounceType,
      bounceSubType: "General",
      bouncedRecipients: addresses.map((emailAddress) => ({
        emailAddress,
        diagnosticCode: "smtp; 550 5.1.1 user unknown",
      })),
    },
  });

async function withReceiver(
  body: (receive: (text: string) => Promise<void>, book: RecipientBook, got: string[]) => Promise<void>,
  certificate = CERTIFICATE,
): Promise<void> {
  const clock = new VirtualClock(NOW);
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock });
  try {
    const book = await RecipientBook.load(log);
    const got: string[] = [];
    const get = (url: string) => {
      got.push(url);
      if (url === ISSUER_URL) return Promise.resolve(new Uint8Array(new X509Certificate(ISSUER).raw));
      return Promise.resolve(new TextEncoder().encode(certificate));
    };
    const receive = snsReceiver({ clock, topics: [TOPIC], get, roots: [ROOT] });
    await body((text) => receive(text, book), book, got);
  } finally {
    await log.close();
  }
}

for (const SignatureVersion of ["1", "2"] as const) {
  Deno.test(`a hard bounce puts its addresses on the suppression list (signature version ${SignatureVersion})`, async () => {
    await withReceiver(async (receive, book, got) => {
      await receive(
        signed({ SignatureVersion, Message: bounce("Permanent", "Gone@example.com", "also@example.com") }),
      );
      await receive(
        signed({ SignatureVersion, Subject: "x", Message: bounce("Permanent", "third@example.com") }),
      );
      expect(book.suppression("gone@example.com")).toEqual({
        cause: "bounce",
        reason: "smtp; 550 5.1.1 user unknown",
        at: NOW,
      });
      expect(book.all().length).toBe(3);
      expect(got).toEqual([CERTIFICATE_URL, ISSUER_URL]);
    });
  });
}

Deno.test("a full mailbox is not suppressed, a complaint is", async () => {
  await withReceiver(async (receive, book) => {
    await receive(signed({ Message: bounce("Transient", "full@example.com") }));
    const complaint = {
      complainedRecipients: [{ emailAddress: "Lee <angry@example.com>" }],
      complaintFeedbackType: "abuse",
    };
    await receive(signed({ Message: JSON.stringify({ eventType: "Complaint", complaint }) }));
    expect(book.all().map(({ recipient, suppression }) => [recipient, suppression?.cause])).toEqual([
      ["angry@example.com", "complaint"],
    ]);
  });
});

Deno.test("a complaint is about the tenant whose mail it was, a hard bounce about the address", async () => {
  await withReceiver(async (receive, book) => {
    const complaint = { complainedRecipients: [{ emailAddress: "angry@example.com" }] };
    const mail = { headers: [{ name: "X-Tickbell-Tenant", value: "acme" }] };
    await receive(signed({ Message: JSON.stringify({ eventType: "Complaint", complaint, mail }) }));
    await receive(
      signed({ Message: JSON.stringify({ ...JSON.parse(bounce("Permanent", "gone@example.com")), mail }) }),
    );
    const causes = (recipient: string) =>
      ["acme", "bolt"].map((tenant) => book.suppression(recipient, tenant)?.cause);
    expect(causes("angry@example.com")).toEqual(["complaint", undefined]);
    expect(causes("gone@example.com")).toEqual(["bounce", "bounce"]);
  });
});

Deno.test("a subscription to a known topic is confirmed at SNS only", async () => {
  await withReceiver(async (receive, _book, got) => {
    const SubscribeURL = "https://sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription&Token=t";
    await receive(signed({ Type: "SubscriptionConfirmation", Token: "t", SubscribeURL }));
    expect(got).toEqual([CERTIFICATE_URL, ISSUER_URL, SubscribeURL]);
    const elsewhere = signed({
      Type: "SubscriptionConfirmation",
      Token: "t",
      SubscribeURL: "https://evil.example/",
    });
    await expect(receive(elsewhere)).rejects.toThrow(InputError);
    expect(got.length).toBe(3);
  });
});

Deno.test("what is not from SNS changes nothing", async () => {
  await withReceiver(async (receive, book, got) => {
    const good = JSON.parse(signed({ Message: bounce("Permanent", "gone@example.com") }));
    const bad: [string, string][] = [
      ["no JSON", "hello"],
      ["no signature", JSON.stringify({ ...good, Signature: undefined })],
      ["another message", JSON.stringify({ ...good, Message: bounce("Permanent", "kim@example.com") })],
      ["a signature that is none", JSON.stringify({ ...good, Signature: "AAAA" })],
      ["an unknown topic", signed({ TopicArn: `${TOPIC}2`, Message: good.Message })],
      ["a certificate from elsewhere", signed({ SigningCertURL: "https://sns.evil.example/a.pem" })],
      [
        "an old message",
        signed({ Timestamp: new Date(NOW - 3 * 3_600_000).toISOString(), Message: good.Message }),
      ],
    ];
    for (const [what, text] of bad) {
      const error = await receive(text).then(() => undefined, (thrown) => thrown);
      expect({ what, refused: error instanceof InputError }).toEqual({ what, refused: true });
    }
    expect(book.all()).toEqual([]);
    expect(got.every((url) => url === CERTIFICATE_URL || url === ISSUER_URL)).toBe(true);
  });
});

Deno.test("which addresses are of SNS in the topic's region", () => {
  const good =
    "https://sns.ap-northeast-2.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";
  const china = "arn:aws-cn:sns:cn-north-1:123456789012:t";
  expect(isCertificateAddress(good, TOPIC)).toBe(true);
  expect(isSnsAddress("https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription", china)).toBe(
    true,
  );
  for (
    const bad of [
      // A bucket of the name "sns" has such a host.
      good.replace("ap-northeast-2", "s3-ap-northeast-2"),
      good.replace("ap-northeast-2", "s3"),
      good.replace("ap-northeast-2", "us-east-1"),
      good.replace("https", "http"),
      good.replace(".com/", ".com:8443/"),
      good.replace("://", "://user@"),
      good.replace("amazonaws.com", "amazonaws.com.evil.example"),
      `${good}?x=1`,
      `${good}#x`,
      good.replace("/Simple", "/../Simple").replace(".pem", ".pem.txt"),
      "https://sns.ap-northeast-2.amazonaws.com/evil.pem",
      "https://sns.ap-northeast-2.amazonaws.com/?Action=x.pem",
      "not an address",
    ]
  ) expect([bad, isCertificateAddress(bad, TOPIC)]).toEqual([bad, false]);
});

for (
  const [what, certificate] of [["another name", OTHER_NAME], ["no issuer of Amazon's", SELF_SIGNED], [
    "nothing",
    "",
  ]] as const
) {
  Deno.test(`a certificate with ${what} is not believed, though its key signed`, () =>
    withReceiver(async (receive, book) => {
      const text = signed({ Message: bounce("Permanent", "gone@example.com") });
      await expect(receive(text)).rejects.toThrow("certificate");
      expect(book.all()).toEqual([]);
    }, certificate));
}

Deno.test("a message of an unknown topic, or an old one, is refused before anything is fetched", () =>
  withReceiver(async (receive, _book, got) => {
    const Message = bounce("Permanent", "gone@example.com");
    await expect(receive(signed({ TopicArn: `${TOPIC}2`, Message }))).rejects.toThrow("not configured");
    const Timestamp = new Date(NOW - 3 * 3_600_000).toISOString();
    await expect(receive(signed({ Timestamp, Message }))).rejects.toThrow("too long ago");
    expect(got).toEqual([]);
  }));
