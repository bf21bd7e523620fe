import { expect } from "expect";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { alertMessage, digestMessage } from "../../src/alerts/message.ts";
import { OutsideError } from "../../src/core/errors.ts";
import { type Channel, ChannelError, type OutgoingMessage } from "../../src/ports/channel.ts";

/** A message as the other side got it. */
export interface ReceivedMessage {
  readonly to: string;
  /** "" where the channel has no subject of its own. */
  readonly subject: string;
  /** All the text of it, decoded. */
  readonly text: string;
  /** What distinguishes repetitions of one delivery; "" where the channel has nothing of the kind. */
  readonly deliveryMark: string;
  /** Further header names, in lower case, of a mail. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the other side is made to do. */
export type Fault = "none" | "throttled" | "unavailable" | "refused" | "silent" | "gone";

/** A channel with its other side. */
export interface ChannelUnderTest {
  readonly channel: Channel;
  /** A good recipient's address within the channel. */
  readonly address: string;
  /** An address the channel itself must refuse. */
  readonly badAddress: string;
  /** Secrets that must not stand in any error. */
  readonly secrets: readonly string[];
  received(): Promise<readonly ReceivedMessage[]>;
  fault(fault: Fault): Promise<void> | void;
  /** Resolves once the other side has got a message it does not answer. */
  handedOver?(): Promise<void>;
  close(): Promise<void>;
}

export interface ChannelSuite {
  readonly name: string;
  open(): Promise<ChannelUnderTest>;
  /** The faults the other side can be made to show; `none` always. */
  readonly faults: readonly Fault[];
  /** A long digest is cut, and its subject says how many alerts there are. */
  readonly cuts?: boolean;
}

const AT = Date.UTC(2025, 10, 26, 0, 47, 1);

/** A message to one address. */
export function messageTo(to: string, over: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const alert = alertFixture({ recipients: [to] });
  const links = { console: "https://tickbell.example/#/a", stop: "https://tickbell.example/stop?token=t" };
  return {
    ...alertMessage(alert, links),
    deliveryId: `${alert.id}|${to}`,
    to,
    alerts: [alert],
    at: AT,
    ...over,
  };
}

/** The contract of every channel. `test` is Deno.test, or a part's test. */
export function channelContract(
  suite: ChannelSuite,
  test: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  const it = (name: string, body: (under: ChannelUnderTest) => Promise<void>) =>
    test(`${suite.name}: ${name}`, async () => {
      const under = await suite.open();
      try {
        await body(under);
      } finally {
        await under.channel.close();
        await under.close();
      }
    });
  const never = new AbortController().signal;

  it("a message arrives as it was written, Korean and all", async ({ channel, address, received }) => {
    const message = messageTo(address);
    const receipt = await channel.send(message, never);
    expect(receipt.providerId).not.toBe("");
    const [got, ...rest] = await received();
    expect(rest).toEqual([]);
    expect(got?.to).toBe(address);
    if (got?.subject !== "") expect(got?.subject).toBe("[목표가] 삼성전자 53,100원 · 53,200원 미만");
    expect(got?.text).toContain("현재가가 53,200원 미만");
    expect(got?.text).toContain("▼ 0.75% 하락");
    if (got?.headers) expect(got.headers["list-unsubscribe"]).toBe("<https://tickbell.example/stop?token=t>");
  });

  it("a delivery that is repeated carries the same mark, another one another", async ({ channel, address, received }) => {
    await channel.send(messageTo(address), never);
    await channel.send(messageTo(address, { at: AT + 5_000 }), never);
    await channel.send(messageTo(address, { deliveryId: `other@1|${address}` }), never);
    const marks = new Set((await received()).map(({ deliveryMark }) => deliveryMark));
    expect(marks.size).toBe(marks.has("") ? 1 : 2);
  });

  it("many at once all arrive", async ({ channel, address, received }) => {
    const sends = Array.from(
      { length: 20 },
      (_, index) => messageTo(address, { deliveryId: `m${index}|${address}` }),
    );
    await Promise.all(sends.map((message) => channel.send(message, never)));
    expect((await received()).length).toBe(20);
  });

  it("a digest of 300 alerts arrives with every one of them", async ({ channel, address, received }) => {
    const alerts = Array.from(
      { length: 300 },
      (_, index) => alertFixture({ ruleId: `r${index}`, name: `종목${index}번`, recipients: [address] }),
    );
    const message = {
      ...digestMessage(alerts, "storm"),
      deliveryId: `digest:r0@1:2|${address}`,
      to: address,
    };
    await channel.send({ ...message, alerts, at: AT }, never);
    const got = await received();
    const text = got.map((one) => one.text).join("\n");
    if (suite.cuts) {
      expect([got.length, got[0]?.subject.includes("외 299건")]).toEqual([1, true]);
      return expect(text).toContain("종목0번");
    }
    for (const index of [0, 1, 150, 299]) expect(text).toContain(`종목${index}번`);
  });

  it("a name that tries to be a header, a tag or a mention stays a name", async ({ channel, address, received }) => {
    const name = "A\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script><!channel>\u202e\u0000";
    const alert = alertFixture({ name, note: name, recipients: [address] });
    const message = messageTo(address, { ...alertMessage(alert), alerts: [alert] });
    await channel.send(message, never);
    const [got, ...rest] = await received();
    expect(rest).toEqual([]);
    expect(got?.to).toBe(address);
    expect(got?.headers?.bcc).toBeUndefined();
    expect(got?.subject).not.toMatch(/[\r\n\u202e]/);
  });

  it("an address that is none is refused for good, and nothing is sent", async ({ channel, badAddress, received }) => {
    const error = await failure(channel.send(messageTo(badAddress), never));
    expect(error.retryable).toBe(false);
    expect(await received()).toEqual([]);
  });

  it("a call that is given up ends at once", async ({ channel, address, fault }) => {
    if (suite.faults.includes("silent")) await fault("silent");
    const stop = new AbortController();
    const sending = failure(channel.send(messageTo(address), stop.signal));
    stop.abort();
    await sending;
  });

  if (suite.faults.includes("silent")) {
    it("a call that was handed over and has no answer may have been taken", async (under) => {
      await under.fault("silent");
      const stop = new AbortController();
      const sending = failure(under.channel.send(messageTo(under.address), stop.signal));
      await under.handedOver?.();
      stop.abort();
      expect((await sending as ChannelError).end).toBe(
        under.handedOver === undefined ? expect.anything() : "unknown",
      );
    });
  }

  for (
    const [kind, retryable] of [["throttled", true], ["unavailable", true], ["refused", false], [
      "gone",
      true,
    ]] as const
  ) {
    if (!suite.faults.includes(kind)) continue;
    it(`the other side is ${kind}: ${retryable ? "to be tried again" : "refused for good"}`, async (under) => {
      await under.fault(kind);
      const error = await failure(under.channel.send(messageTo(under.address), never));
      expect({ retryable: error.retryable, message: error.message }).toEqual({
        retryable,
        message: error.message,
      });
      expect(error.code).toMatch(/^[a-z_]+$/);
      if (error instanceof ChannelError) expect(error.end).toBe(retryable ? "not_taken" : "refused");
      for (const secret of under.secrets) expect(error.message).not.toContain(secret);
      if (kind === "gone") return;
      await under.fault("none");
      await under.channel.send(messageTo(under.address), never);
      expect((await under.received()).length).toBe(1);
    });
  }
}

async function failure(sending: Promise<unknown>): Promise<OutsideError> {
  try {
    await sending;
  } catch (error) {
    expect(error).toBeInstanceOf(OutsideError);
    return error as OutsideError;
  }
  throw new Error("the message was taken");
}
