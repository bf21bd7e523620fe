import { expect } from "expect";
import { alertFixture } from "./fixture.ts";
import { parseQuietHours, quietUntil, StormBreaker } from "./gate.ts";
import { chunksOf } from "./chunks.ts";
import {
  decodeDelivery,
  DELIVERY_STATES,
  encodeDelivery,
  inState,
  intent,
  isFinal,
  mayBecome,
  newDelivery,
  newDigest,
  recipientsOf,
} from "./ledger.ts";
import { decodeRecipient, encodeRecipient, normalRecipient } from "./recipient_settings.ts";
import { markedRecipient, recipientMark, signUnsubscribe, verifyUnsubscribe } from "./unsubscribe.ts";

const fresh = () => newDelivery(alertFixture(), "kim@example.com", { at: 1, origin: "alerts/0/7" });
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a delivery goes its way, and carries its alert until its end", () => {
  const calling = intent(fresh(), 2);
  expect(calling).toMatchObject({ state: "calling", attempts: 1, at: 2 });
  const failed = inState(calling, "failed", { at: 3, retryAt: 9, code: "x", reason: "y" });
  expect(failed.alerts?.length).toBe(1);
  const again = intent(failed, 9);
  expect(again).toMatchObject({ attempts: 2 });
  expect(again.retryAt).toBeUndefined();
  expect(again.reason).toBeUndefined();
  const sent = inState(again, "sent", { at: 10, providerId: "m-1" });
  expect(sent.alerts).toBeUndefined();
  expect(decodeDelivery(bytes(encodeDelivery(sent)))).toEqual(sent);
  expect(decodeDelivery(bytes(encodeDelivery(failed)))).toEqual(failed);
});

Deno.test("a delivery at its end moves no more, but by a redrive where it was not sent", () => {
  for (const from of DELIVERY_STATES.filter(isFinal)) {
    const to = DELIVERY_STATES.filter((state) => mayBecome(from, state));
    expect({ from, to }).toEqual({ from, to: from === "sent" ? [] : ["pending"] });
  }
  expect(() => inState(fresh(), "sent", { at: 2 })).toThrow(/may not go from pending to sent/);
});

Deno.test("a delivery knows one recipient's address only", () => {
  const alert = alertFixture({ recipients: ["kim@example.com", "lee@example.com"] });
  const delivery = newDelivery(alert, "kim@example.com", { at: 1, origin: "alerts/0/7" });
  expect(encodeDelivery(delivery)).not.toContain("lee@");
});

Deno.test("a digest has a name of its own and lists every alert", () => {
  const digest = newDigest([fresh(), fresh()], { at: 5, why: "storm" });
  expect(digest.id).toBe(`digest:${alertFixture().id}:5`);
  expect(digest.alerts?.length).toBe(2);
});

Deno.test("a record that is no delivery is refused", () => {
  expect(() => decodeDelivery(bytes("{}"))).toThrow(/state/);
  expect(() => decodeDelivery(bytes(""))).toThrow(/JSON/);
});

Deno.test("recipients of channels that are off are left out, and nobody is named twice", () => {
  const recipients = ["a@b.kr", "a@b.kr", "webhook:https://x/", "telegram:1"];
  expect(recipientsOf({ recipients, channels: [] })).toEqual(["a@b.kr", "webhook:https://x/", "telegram:1"]);
  expect(recipientsOf({ recipients, channels: ["telegram"] })).toEqual(["telegram:1"]);
});

Deno.test("quiet hours in Seoul, over midnight and within a day", () => {
  const night = parseQuietHours("22:00-07:30");
  const noon = parseQuietHours("12:00-13:00");
  if (night === undefined || noon === undefined) throw new Error("not parsed");
  const seoul = (hour: number, minute = 0) => Date.UTC(2025, 10, 26, hour - 9, minute);
  expect(quietUntil(night, seoul(21, 59))).toBeUndefined();
  expect(quietUntil(night, seoul(22))).toBe(seoul(31, 30));
  expect(quietUntil(night, seoul(3))).toBe(seoul(7, 30));
  expect(quietUntil(night, seoul(7, 30))).toBeUndefined();
  expect(quietUntil(noon, seoul(12, 30))).toBe(seoul(13));
  expect(quietUntil(noon, seoul(13))).toBeUndefined();
  expect(["24:00-07:00", "22:00", "22:00-22:00", "7:00-8:00", ""].map(parseQuietHours)).toEqual(
    Array(5).fill(undefined),
  );
});

Deno.test("the storm breaker counts by recipient and minute, and forgets", () => {
  const storm = new StormBreaker(2);
  expect([storm.admit("a", 0), storm.admit("a", 10), storm.admit("a", 20), storm.admit("b", 20)]).toEqual([
    undefined,
    undefined,
    60_000,
    undefined,
  ]);
  expect(storm.admit("a", 60_000)).toBeUndefined();
  for (let index = 0; index < 1_000; index++) storm.admit(`r${index}`, 61_000);
  storm.admit("z", 300_000);
  expect(storm.size).toBe(1);
  expect(new StormBreaker(0).admit("a", 0)).toBeUndefined();
});

Deno.test("a recipient's settings come back as written, and nonsense is refused", () => {
  const settings = {
    recipient: "kim@example.com",
    suppression: null,
    quietHours: "22:00-07:00",
    updatedAt: 1,
  };
  expect(decodeRecipient(bytes(encodeRecipient(settings)))).toEqual(settings);
  expect(() => decodeRecipient(bytes(encodeRecipient({ ...settings, quietHours: "always" })))).toThrow(
    /22:00-07:30/,
  );
  expect(normalRecipient("Kim@Example.com")).toBe("kim@example.com");
  expect(normalRecipient("slack:https://x/Y")).toBe("slack:https://x/Y");
});

Deno.test("a stop link is taken only as it was signed", async () => {
  const request = { ruleId: "r1", tenant: "default", recipient: "kim@example.com" };
  const token = await signUnsubscribe(request, "a-secret-of-16-or-more");
  expect(token).toMatch(/^[A-Za-z0-9_.-]+$/);
  expect(await verifyUnsubscribe(token, "a-secret-of-16-or-more")).toEqual(request);
  const [payload, mac] = token.split(".");
  const other = await signUnsubscribe({ ...request, ruleId: "r2" }, "a-secret-of-16-or-more");
  const forged = [
    `${other.split(".")[0]}.${mac}`,
    `${payload}.AAAA`,
    `${payload}`,
    `${token}.x`,
    "",
    "..",
    "%.%",
  ];
  for (const text of forged) expect(await verifyUnsubscribe(text, "a-secret-of-16-or-more")).toBeUndefined();
  expect(await verifyUnsubscribe(token, "another-secret-of-ours")).toBeUndefined();
});

Deno.test("a long text is cut at line ends, and nothing of it is lost", () => {
  const text = Array.from({ length: 100 }, (_, index) => `줄 ${index} 📈`).join("\n");
  const chunks = chunksOf(text, 64);
  expect(chunks.join("")).toBe(text);
  expect(chunks.every((chunk) => chunk.length <= 64)).toBe(true);
  expect(chunks.slice(0, -1).every((chunk) => chunk.endsWith("\n"))).toBe(true);
  expect(chunksOf("📈📈📈", 3)).toEqual(["📈", "📈", "📈"]);
  expect(chunksOf("", 3)).toEqual([""]);
});

Deno.test("a link has no address that is a secret, and is understood all the same", async () => {
  const hook = "slack:https://hooks.slack.com/services/T/B/s3cr3t";
  const mark = await recipientMark(hook);
  expect(mark).toMatch(/^slack#[\w-]{16}$/);
  expect(await markedRecipient(mark, ["kim@example.com", hook])).toBe(hook);
  expect(await recipientMark("kim@example.com")).toBe("kim@example.com");
  expect(await markedRecipient(mark, [`${hook}2`])).toBe(mark);
});
