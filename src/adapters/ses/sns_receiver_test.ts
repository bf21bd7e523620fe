import { createSign } from "node:crypto";
import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { openSqliteLog } from "../sqlite/event_log.ts";
import { isSnsAddress, signedText, type SnsMessage } from "./sns_message.ts";
import { snsReceiver } from "./sns_receiver.ts";

/** A certificate and its key that only these tests know, valid to 2126. */
const CERTIFICATE = await Deno.readTextFile(new URL("./testdata/sns-certificate.pem", import.meta.url));
const KEY = await Deno.readTextFile(new URL("./testdata/sns-key.pem", import.meta.url));
const NOW = Date.UTC(2027, 0, 5);
const TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:ses-feedback";
const CERTIFICATE_URL = "https://sns.ap-northeast-2.amazonaws.com/SimpleNotificationService-1.pem";

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
): Promise<void> {
  const clock = new VirtualClock(NOW);
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock });
  try {
    const book = await RecipientBook.load(log);
    const got: string[] = [];
    const get = (url: string) => {
      got.push(url);
      return Promise.resolve(CERTIFICATE);
    };
    await body(snsReceiver({ book, clock, topics: [TOPIC], get }), book, got);
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
      expect(got).toEqual([CERTIFICATE_URL]);
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

Deno.test("a subscription to a known topic is confirmed at SNS only", async () => {
  await withReceiver(async (receive, _book, got) => {
    const SubscribeURL = "https://sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription&Token=t";
    await receive(signed({ Type: "SubscriptionConfirmation", Token: "t", SubscribeURL }));
    expect(got).toEqual([CERTIFICATE_URL, SubscribeURL]);
    const elsewhere = signed({
      Type: "SubscriptionConfirmation",
      Token: "t",
      SubscribeURL: "https://evil.example/",
    });
    await expect(receive(elsewhere)).rejects.toThrow(InputError);
    expect(got.length).toBe(2);
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
    expect(got.every((url) => url === CERTIFICATE_URL)).toBe(true);
  });
});

Deno.test("which addresses are of SNS", () => {
  expect(isSnsAddress("https://sns.us-east-1.amazonaws.com/x.pem", ".pem")).toBe(true);
  expect(isSnsAddress("https://sns.cn-north-1.amazonaws.com.cn/x.pem", ".pem")).toBe(true);
  const others = [
    "http://sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com.evil.kr/x.pem",
  ]
    .concat("https://s3.amazonaws.com/sns.us-east-1/x.pem", "https://sns.us-east-1.amazonaws.com/x", "x")
    .concat("https://a@sns.us-east-1.amazonaws.com/x.pem", "https://sns.us-east-1.amazonaws.com:8443/x.pem");
  expect(others.filter((url) => isSnsAddress(url, ".pem"))).toEqual([]);
});
