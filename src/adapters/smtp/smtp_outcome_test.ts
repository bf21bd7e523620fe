import { expect } from "expect";
import { messageTo } from "../../../tests/contract/channel.ts";
import { type SmtpScript, SmtpScriptServer } from "../../../tests/support/smtp_script.ts";
import { until } from "../../../tests/support/until.ts";
import { InputError } from "../../core/errors.ts";
import type { ChannelError } from "../../ports/channel.ts";
import { SmtpChannel } from "./smtp_channel.ts";

const never = new AbortController().signal;

async function withServer(
  script: SmtpScript,
  work: (server: SmtpScriptServer, channel: SmtpChannel) => Promise<void>,
): Promise<void> {
  const server = await SmtpScriptServer.open(script);
  const channel = new SmtpChannel({ url: server.url, from: "alerts@example.com" });
  try {
    await work(server, channel);
  } finally {
    await channel.close();
    await server.close();
  }
}

/** How a call ended: what is known of the message, and whom it concerns. */
async function endOf(script: SmtpScript): Promise<readonly [string, string]> {
  let ended: readonly [string, string] = ["taken", ""];
  await withServer(script, async (_, channel) => {
    await channel.send(messageTo("kim@example.com"), never).catch(({ end, concerns }: ChannelError) => {
      ended = [end, concerns];
    });
  });
  return ended;
}

const say = (text: string) => () => ({ say: text });

for (
  const [what, script, end] of [
    ["greylisting", { rcpt: say("450 4.2.0 greylisted") }, ["not_taken", "recipient"]],
    ["a full mailbox", { rcpt: say("452 4.2.2 over quota") }, ["not_taken", "recipient"]],
    ["no such user", { rcpt: say("550 5.1.1 unknown") }, ["refused", "recipient"]],
    ["too much for now", { mail: say("451 4.7.1 slow down") }, ["not_taken", "provider"]],
    ["a login that is wanted", { mail: say("530 5.7.0 authenticate first") }, ["not_taken", "provider"]],
    ["a server that is closing", { rcpt: () => ({ say: "421 4.3.2 going down", close: true }) }, [
      "not_taken",
      "provider",
    ]],
    ["one domain that closes", { rcpt: () => ({ say: "421 4.7.0 try again later", close: true }) }, [
      "not_taken",
      "recipient",
    ]],
    ["one domain that cuts the connection", { rcpt: () => ({ close: true }) }, ["not_taken", "recipient"]],
    ["a service that closes", { mail: () => ({ say: "421 4.7.0 too many", close: true }) }, [
      "not_taken",
      "provider",
    ]],
    ["a cut after the sender", { mail: () => ({ close: true }) }, ["not_taken", "provider"]],
    ["content that is refused", { dot: say("554 5.7.1 spam") }, ["refused", "recipient"]],
    ["content that is to come again", { dot: say("451 4.3.0 later") }, ["not_taken", "recipient"]],
    ["a cut before the message", { data: () => ({ close: true }) }, ["not_taken", "provider"]],
    ["a cut after the dot", { dot: () => ({ close: true }) }, ["unknown", "provider"]],
    ["a greeting that refuses", { greeting: () => ({ say: "554 no service", close: true }) }, [
      "not_taken",
      "provider",
    ]],
  ] as const
) {
  Deno.test(`smtp: ${what} is ${end.join(", ")}`, async () => {
    expect(await endOf(script as SmtpScript)).toEqual(end);
  });
}

Deno.test("smtp: a call that is given up after the dot may have been taken; before the message it was not", async () => {
  for (
    const [script, end] of [[{ dot: () => ({}) }, "unknown"], [{ rcpt: () => ({}) }, "not_taken"]] as const
  ) {
    let reached = false;
    const marked: SmtpScript = Object.fromEntries(
      Object.entries(script).map(([name, step]) => [name, () => {
        reached = true;
        return step();
      }]),
    );
    await withServer(marked, async (_, channel) => {
      const stop = new AbortController();
      const sending = channel.send(messageTo("kim@example.com"), stop.signal).catch((error) => error);
      await until(() => reached);
      stop.abort();
      expect((await sending as ChannelError).end).toBe(end);
    });
  }
});

Deno.test("smtp: a server that ends a session after some mails costs no try and no wait", async () => {
  const mail = (mails: number) =>
    mails >= 2 ? { say: "421 4.7.0 too many messages in this session", close: true } : { say: "250 ok" };
  await withServer({ mail }, async (server, channel) => {
    for (let index = 0; index < 7; index++) await channel.send(messageTo("kim@example.com"), never);
    expect([server.taken.length, server.connections]).toEqual([7, 4]);
  });
});

Deno.test("smtp: one connection serves many mails, refused ones between them", async () => {
  const rcpt = (address: string) => ({ say: address.startsWith("bad") ? "550 no" : "250 ok" });
  await withServer({ rcpt }, async (server, channel) => {
    for (const to of ["kim@example.com", "bad@example.com", "lee@example.com"]) {
      await channel.send(messageTo(to), never).catch(() => {});
    }
    expect([server.taken.length, server.connections]).toEqual([2, 1]);
  });
});

Deno.test("smtp: a sender that is no address is refused at once", () => {
  for (const from of ["주식 알림", "a@b, c@d", "Kim <kim>", "알림@example.com", ""]) {
    expect(() => new SmtpChannel({ url: "smtp://127.0.0.1:25", from })).toThrow(InputError);
  }
});
