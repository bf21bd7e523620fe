import { z } from "@hono/zod-openapi";
import { addressOf, CHANNEL_KINDS, channelOf, maskedRecipient } from "../../rules/channels.ts";
import { noticeRecord } from "../../books/consents.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import type { Principal } from "../auth/principal.ts";
import { type Route, route } from "./route_table.ts";
import { parseBody } from "../http/parse_body.ts";
import { badRequest, HttpProblem, notFound } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import { followChannel, removeChannel } from "../people/channels.ts";
import { hasSelfService } from "../people/self_service.ts";
import { removeAccount } from "../people/remove_account.ts";
import { type Account, MOST_CHANNELS } from "../people/account_store.ts";
import { AccountView, ChannelInput, ChannelTestInput, ChatCodeView } from "../schemas/person.ts";
import { testNotice } from "../test_notice.ts";
import type { Services } from "./services.ts";

/** How long a test may wait for its turn, ms. */
const TEST_MS = 600_000;

const getMyAccount = route({
  method: "get",
  path: "/v1/account",
  operationId: "getMyAccount",
  summary: "Your channels, and how many rules you may have",
  tag: "self-service",
  access: "person",
  isServed: hasSelfService,
  answers: { 200: { description: "The account", schema: AccountView } },
}, ({ c, who }, services) => c.json(view(services, mine(services, who), who)));

const changeMyChannel = route({
  method: "put",
  path: "/v1/account/channels",
  operationId: "changeMyChannel",
  summary: "Add a browser, or choose whether new rules write to a channel",
  tag: "self-service",
  access: "person",
  isServed: hasSelfService,
  body: { schema: ChannelInput },
  answers: { 200: { description: "The account", schema: AccountView } },
}, async ({ c, who }, services) => {
  const { accounts } = services;
  const { recipient, on = true, replaces } = await parseBody(c, ChannelInput);
  const before = mine(services, who);
  const after = { ...before, channels: withChannel(before, { recipient, on }) };
  const entry = { action: "person.channel", target: before.id, before: null };
  const said = { channel: maskedRecipient(recipient), on };
  const actor = actorOf(c, who);
  await accounts.write(after, [{ ...entry, after: said, actor }]);
  if (replaces !== undefined && before.channels.some((channel) => channel.recipient === replaces)) {
    await followChannel(services, { account: mine(services, who), from: replaces, to: recipient }, actor);
    await removeChannel(services, { account: mine(services, who), recipient: replaces }, actor);
  }
  return c.json(view(services, mine(services, who), who));
});

const testMyChannel = route({
  method: "post",
  path: "/v1/account/channels:test",
  operationId: "testMyChannel",
  summary: "Send a test message to one of your channels",
  tag: "self-service",
  access: "person",
  isServed: hasSelfService,
  body: { schema: ChannelTestInput },
  answers: { 202: { description: "It is on its way" } },
  failures: [404],
}, async ({ c, who }, services) => {
  const { topics, deps, channelTests } = services;
  const { recipient } = await parseBody(c, ChannelTestInput);
  const { tenant, id, channels, locale } = mine(services, who);
  if (!channels.some((channel) => channel.recipient === recipient)) {
    throw notFound("channel of yours", maskedRecipient(recipient));
  }
  if (!channelTests.take(id).allowed) {
    throw new HttpProblem(429, "rate_limited", "Five tests in ten minutes are enough: wait");
  }
  const at = deps.clock.now();
  const notice = testNotice({ tenant, recipient, locale }, { at, waitsMs: TEST_MS });
  await topics.append([noticeRecord(notice)]);
  return c.body(null, 202);
});

const removeMyChannel = route({
  method: "delete",
  path: "/v1/account/channels/{recipient}",
  operationId: "removeMyChannel",
  summary: "Take a browser or chat off the account and off every rule",
  tag: "self-service",
  access: "person",
  isServed: hasSelfService,
  params: { recipient: z.string().min(1).max(2_000) },
  answers: { 200: { description: "The account", schema: AccountView } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const recipient = param("recipient");
  const account = mine(services, who);
  if (recipient === account.address) {
    throw badRequest(
      "recipient",
      "bad_recipient",
      "is the address of the account: delete the account instead",
    );
  }
  if (!account.channels.some((channel) => channel.recipient === recipient)) {
    throw notFound("channel of yours", maskedRecipient(recipient));
  }
  await removeChannel(services, { account, recipient }, actorOf(c, who));
  return c.json(view(services, mine(services, who), who));
});

const linkMyChat = route({
  method: "post",
  path: "/v1/account/telegram",
  operationId: "linkMyChat",
  // A remembered answer would keep the code itself.
  idempotent: false,
  summary: "A code that links a Telegram chat to the account",
  tag: "self-service",
  access: "person",
  isServed: hasSelfService,
  answers: { 201: { description: "The code", schema: ChatCodeView } },
  failures: [404],
}, async ({ c, who }, services) => {
  const { tickets, deps } = services;
  const bot = deps.telegramBot?.name();
  if (bot === undefined) throw new HttpProblem(404, "no_bot", "There is no Telegram bot here");
  const { tenant, address, locale } = mine(services, who);
  const issued = await tickets.issue({ kind: "chat", tenant, address, locale });
  if (issued === undefined) {
    throw new HttpProblem(429, "rate_limited", "There are too many codes already: wait ten minutes");
  }
  const { id: code, ticket: { expiresAt } } = issued;
  const url = `https://t.me/${bot}?start=${code}`;
  return c.json({ code, url, expiresAt: formatInstant(expiresAt) }, 201);
});

const deleteMyAccount = route({
  method: "delete",
  path: "/v1/account",
  operationId: "deleteMyAccount",
  summary: "Delete the account, its rules and its sessions",
  tag: "self-service",
  access: "person",
  isServed: hasSelfService,
  answers: { 204: { description: "Deleted" } },
}, async ({ c, who }, services) => {
  const account = mine(services, who);
  const actor = actorOf(c, who);
  const entry = { action: "person.left", target: account.id, before: null, after: null };
  await removeAccount(services, account, { actor, audit: [{ ...entry, actor }] });
  return c.body(null, 204);
});

/** One's own account: channels, and its end. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  getMyAccount,
  changeMyChannel,
  removeMyChannel,
  testMyChannel,
  linkMyChat,
  deleteMyAccount,
];

/** @throws {HttpProblem} 404 where whoever asks has no account (any more). */
function mine({ accounts }: Services, { tenant, person }: Principal): Account {
  const account = person && accounts.get(tenant, person.address);
  if (account === undefined) throw notFound("account", "yours");
  return account;
}

function view({ deps, persons }: Services, account: Account, { tenant, person }: Principal) {
  return {
    address: account.address,
    locale: account.locale,
    channels: account.channels.map(({ recipient, on }) => ({
      recipient,
      channel: channelOf(recipient),
      name: maskedRecipient(recipient),
      on,
    })),
    rules: { count: persons.count(tenant, person!), most: persons.maxRules },
    telegram: deps.telegramBot?.name() ?? null,
    createdAt: formatInstant(account.createdAt),
  };
}

/** The channels with one changed; a new one can only be a browser: whoever has its subscription is in it. */
function withChannel(
  { channels }: Account,
  wanted: Account["channels"][number],
): Account["channels"] {
  const { recipient } = wanted;
  if (channels.some((channel) => channel.recipient === recipient)) {
    return channels.map((channel) => channel.recipient === recipient ? wanted : channel);
  }
  const fault = channelOf(recipient) === "push"
    ? CHANNEL_KINDS.push.fault(addressOf(recipient))
    : "must be yours already, or a browser's subscription, push:https://…";
  if (fault !== undefined) throw badRequest("recipient", "bad_recipient", fault, maskedRecipient(recipient));
  if (channels.length >= MOST_CHANNELS) {
    throw new HttpProblem(403, "quota_exceeded", `You have ${MOST_CHANNELS} channels: remove one first`);
  }
  return [...channels, wanted];
}
