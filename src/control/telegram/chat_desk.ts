import { kstTime } from "./kst_time.ts";
import { sentenceOf } from "../../alerts/words.ts";
import { InputError } from "../../core/errors.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { ChatBot, ChatUpdate } from "../../ports/chat_bot.ts";
import { DEFAULT_WINDOW_MS } from "../../rules/evaluation.ts";
import { readLine } from "../../rules/line/read_line.ts";
import { parseRule } from "../../rules/parse_rule.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { HttpProblem } from "../http/problem.ts";
import { type Account, chosenChannels, personOf } from "../people/account_store.ts";
import { endSnoozes, snooze, snoozedUntil } from "../people/snooze.ts";
import { followChannel, removeChannel } from "../people/channels.ts";
import type { Services } from "../routes/services.ts";
import { publicDraft } from "../rules/public_draft.ts";
import { lineView } from "../rules/line_view.ts";
import { type Order, orderOf } from "./order.ts";
import { BOT_WORDS, STRANGER } from "./words.ts";

/** What the desk works with. */
export type DeskServices = Pick<
  Services,
  "deps" | "topics" | "store" | "rules" | "accounts" | "tickets" | "silences"
>;

/**
 * Carries out what people write to the bot, as the account that their chat is linked to, and answers in words. An update
 * that comes again makes no second rule.
 */
export class ChatDesk {
  readonly #services: DeskServices;
  readonly #bot: Pick<ChatBot, "name">;

  constructor(services: DeskServices, bot: Pick<ChatBot, "name">) {
    this.#services = services;
    this.#bot = bot;
  }

  /**
   * Carries out one update.
   *
   * @returns what is to be said in the chat; undefined: nothing.
   * @throws {OutsideError} when nothing can be stored now.
   */
  async take(update: ChatUpdate): Promise<string | undefined> {
    if (update.movedTo !== undefined) return void await this.#move(update.chat, update.movedTo);
    const { user } = update;
    const order = orderOf(update.text, this.#bot.name());
    if (user === undefined || order === undefined) return undefined;
    if (order.do === "link") return await this.#link({ ...update, user }, order.code);
    const account = this.#services.accounts.ofChat(update.chat, user);
    if (account === undefined) return update.isPrivate ? STRANGER : undefined;
    // What people say to one another in a group is no order.
    if (order.do === "make" && !update.isPrivate) return undefined;
    try {
      return await this.#carryOut(order, account, update);
    } catch (thrown) {
      if (!(thrown instanceof InputError) && !(thrown instanceof HttpProblem)) throw thrown;
      return BOT_WORDS[account.locale].refused(thrown.message);
    }
  }

  async #carryOut(
    order: Exclude<Order, { do: "link" }>,
    account: Account,
    update: ChatUpdate,
  ): Promise<string> {
    const words = BOT_WORDS[account.locale];
    const actor = actorOf(account, update);
    switch (order.do) {
      case "help":
        return words.help;
      case "list":
        return this.#list(account);
      case "unlink":
        await removeChannel(this.#services, { account, recipient: `telegram:${update.chat}` }, actor);
        return words.unlinked;
      case "make":
        return await this.#make(order.line, account, { actor, update });
      default: {
        const rule = this.#rulesOf(account)[order.rule - 1];
        return rule === undefined
          ? words.noSuch(order.rule)
          : await this.#change(order, { rule, account, actor });
      }
    }
  }

  #list(account: Account): string {
    const words = BOT_WORDS[account.locale];
    const now = this.#services.deps.clock.now();
    const lines = this.#rulesOf(account).map((rule, index) => {
      const snoozed = snoozedUntil(this.#services.silences, rule, now) !== undefined;
      const state = !rule.enabled ? "paused" : snoozed ? "snoozed" : "on";
      return `${index + 1}. ${this.#sentence(rule, account)} · ${words.state[state]}`;
    });
    return lines.length === 0 ? words.none : lines.join("\n");
  }

  async #make(
    line: string,
    account: Account,
    { actor, update }: { readonly actor: Actor; readonly update: ChatUpdate },
  ): Promise<string> {
    const words = BOT_WORDS[account.locale];
    const { directory, series } = this.#services.deps;
    const priceOf = async (symbol: Symbol | null) =>
      symbol === null ? undefined : (await series.lastTrades([symbol])).get(symbol)?.price;
    const price = await priceOf(readLine(line, { directory }).symbol);
    const read = readLine(line, { directory, priceOf: () => price });
    const view = lineView(read, { directory, windowMs: this.#windowMs, locale: account.locale });
    if (view.rule === null) {
      const names = view.candidates.slice(0, 8).map(({ symbol, name }) => `${name} (${symbol})`);
      return words.missing(view.missing, names);
    }
    const here = `telegram:${update.chat}`;
    const recipients = [...new Set([...chosenChannels(account), here])];
    const draft = parseRule({ ...definedOf(view.rule), recipients, locale: account.locale });
    const given = { drafts: [draft], prefixed: false, idFor: () => `tg${update.id}` };
    const [rule] = await this.#services.rules.create(given, actor);
    const number = this.#rulesOf(account).findIndex(({ id }) => id === rule!.id) + 1;
    return words.made(number, this.#sentence(rule!, account), view.rest);
  }

  async #change(
    order: Extract<Order, { rule: number }>,
    { rule, account, actor }: { readonly rule: Rule; readonly account: Account; readonly actor: Actor },
  ): Promise<string> {
    const words = BOT_WORDS[account.locale];
    const { rules, deps } = this.#services;
    const sentence = this.#sentence(rule, account);
    const id = publicRuleId(rule.tenant, rule.id);
    const enable = (enabled: boolean) =>
      rules.update(
        { id, expected: undefined, change: (standing) => ({ ...publicDraft(standing), enabled }) },
        actor,
      );
    switch (order.do) {
      case "pause":
        if (rule.enabled) await enable(false);
        return words.paused(sentence);
      case "resume":
        if (!rule.enabled) await enable(true);
        await endSnoozes(this.#services, { rule }, actor);
        return words.resumed(sentence);
      case "delete":
        await rules.remove({ id, expected: undefined }, actor);
        return words.deleted(sentence);
      case "snooze": {
        const until = deps.clock.now() + order.ms;
        await snooze(this.#services, { rule }, { until, actor });
        return words.snoozed(sentence, kstTime(until, account.locale));
      }
    }
  }

  /** Links a chat to who has the code. */
  async #link(update: ChatUpdate & { readonly user: string }, code: string): Promise<string> {
    const { accounts, tickets } = this.#services;
    const { chat, user } = update;
    const linked = accounts.ofChat(chat, user);
    const ticket = await tickets.use(code, "chat");
    if (ticket === undefined) {
      // The same update again, after a crash: it is so already.
      return linked === undefined ? `${BOT_WORDS.ko.badCode}\n${BOT_WORDS.en.badCode}` : linkedWords(linked);
    }
    const account = accounts.get(ticket.tenant, ticket.address);
    if (account === undefined) return `${BOT_WORDS.ko.badCode}\n${BOT_WORDS.en.badCode}`;
    if (linked !== undefined && linked.address !== account.address) {
      await removeChannel(
        this.#services,
        { account: linked, recipient: `telegram:${chat}` },
        actorOf(linked, update),
      );
    }
    const recipient = `telegram:${chat}`;
    const after: Account = {
      ...account,
      channels: [...account.channels.filter((one) => one.recipient !== recipient), { recipient, on: true }],
      chats: [...account.chats.filter((one) => one.chat !== chat || one.user !== user), { chat, user }],
    };
    const entry = {
      action: "person.chat_linked",
      target: account.id,
      before: null,
      after: { channel: recipient },
    };
    await accounts.write(after, [{ ...entry, actor: actorOf(account, update) }]);
    return linkedWords(account);
  }

  /** A group is a supergroup now: its rules and accounts follow it. */
  async #move(from: string, to: string): Promise<void> {
    const { accounts } = this.#services;
    const [before, after] = [`telegram:${from}`, `telegram:${to}`];
    const follow = (recipient: string) => recipient === before ? after : recipient;
    for (const account of accounts.withChat(from)) {
      const actor: Actor = {
        who: { tenant: account.tenant, subject: "telegram" },
        requestId: `telegram:${from}`,
      };
      const entry = { action: "person.chat_moved", target: account.id, before: { channel: before } };
      await accounts.write({
        ...account,
        channels: account.channels.map(({ recipient, on }) => ({ recipient: follow(recipient), on })),
        chats: account.chats.map(({ chat, user }) => ({ chat: chat === from ? to : chat, user })),
      }, [{ ...entry, after: { channel: after }, actor }]);
      await followChannel(this.#services, { account, from: before, to: after }, actor);
    }
  }

  /** An account's rules in the order of its list. */
  #rulesOf({ tenant, id }: Account): readonly Rule[] {
    return [...this.#services.store.ownedBy(tenant, id)].sort((one, other) =>
      one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)
    );
  }

  get #windowMs(): number {
    return this.#services.deps.windowMs ?? DEFAULT_WINDOW_MS;
  }

  #sentence(rule: Rule, { locale }: Account): string {
    const listed = rule.symbol === null ? undefined : this.#services.deps.directory.get(rule.symbol);
    const name = locale === "en" ? listed?.nameEn : listed?.name;
    return sentenceOf(rule, { name, windowMs: this.#windowMs }, locale);
  }
}

function linkedWords({ address, locale }: Account): string {
  const { linked, help } = BOT_WORDS[locale];
  return `${linked(address)}\n\n${help}`;
}

/** Who is entered in the audit: the account, by the bot. */
function actorOf(account: Account, update: ChatUpdate): Actor {
  const { tenant, address } = account;
  return {
    who: { tenant, subject: `self:${address}`, person: personOf(account) },
    requestId: `telegram:${update.id}`,
  };
}

/** Fields that say something. */
function definedOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
