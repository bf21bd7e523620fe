import { failureOf } from "../api/failure.ts";
import type { ApiAccount } from "../../control/client/types.ts";
import { fill, h, icon } from "../base/dom.ts";
import { splitRecipients } from "../state/rule_draft.ts";
import type { ViewContext } from "../view/context.ts";
import { ICONS } from "../view/icons.ts";
import { failureWords } from "../view/states.ts";
import { canSubscribe, ownRecipient, subscribe, unsubscribe } from "./subscription.ts";

/**
 * The buttons for who is written to: this browser by web push, and for who has signed in by mail the account with its
 * channels. They are there once the server has said what it offers.
 */
export function accountButtons(context: ViewContext): HTMLElement {
  const host = h("div", { class: "account" });
  void fillIn(context, host);
  return host;
}

async function fillIn(context: ViewContext, host: HTMLElement): Promise<void> {
  const { client, signal, memory } = context;
  try {
    const [offers, me] = await Promise.all([client.offers(), client.me()]);
    if (signal.aborted) return;
    document.documentElement.toggleAttribute("data-person", me.person !== null);
    const account = me.person === null ? undefined : await client.account();
    if (account !== undefined) memory.set("recipients", chosen(account));
    const pushKey = canSubscribe() ? offers.pushKey : null;
    if (signal.aborted) return;
    if (account !== undefined) fill(host, accountMenu(context, account, pushKey));
    else if (pushKey !== null) fill(host, pushButton(context, pushKey));
  } catch {
    // Without an answer the page says so elsewhere, and asks for the key where that is it.
  }
}

/** For who has a key: this browser becomes a recipient that the rule form offers. */
function pushButton(context: ViewContext, key: string): HTMLElement {
  const { say, memory, notify } = context;
  const button = h("button", {
    type: "button",
    class: "icon-button push-button",
    "aria-label": say("push.on"),
    title: say("push.on"),
  }, icon(ICONS.bell));
  button.addEventListener("click", () =>
    void busy(context, button, async () => {
      const recipient = await subscribe(key);
      if (recipient === undefined) return notify(say("push.refused"), "bad");
      const others = splitRecipients(memory.get("recipients") ?? "").filter((one) =>
        !one.startsWith("push:")
      );
      memory.set("recipients", [...others, recipient].join(", "));
      notify(say("push.added"));
    }));
  return button;
}

/** For who has signed in by mail: channels, a Telegram chat, signing out. */
function accountMenu(context: ViewContext, account: ApiAccount, pushKey: string | null): HTMLElement {
  const { say } = context;
  const body = h("div", { class: "account-body" });
  const menu = h(
    "details",
    { class: "account-menu" },
    h("summary", { class: "button quiet" }, say("account.title")),
    body,
  );
  const show = (now: ApiAccount) => fill(body, ...rows(context, now, { pushKey, show }));
  show(account);
  // A chat may have been linked meanwhile, and rules made there; without an answer what is shown stays.
  menu.addEventListener("toggle", () => {
    if (menu.open) context.client.account().then(show, () => {});
  });
  return menu;
}

interface MenuParts {
  readonly pushKey: string | null;
  readonly show: (account: ApiAccount) => void;
}

function rows(context: ViewContext, account: ApiAccount, parts: MenuParts): HTMLElement[] {
  const { say, client, memory } = context;
  const { count, most } = account.rules;
  const shown = (now: ApiAccount) => {
    memory.set("recipients", chosen(now));
    parts.show(now);
  };
  const channels = account.channels.map((channel) => {
    const box = h("input", { type: "checkbox", checked: channel.on });
    box.addEventListener(
      "change",
      () =>
        void busy(
          context,
          box,
          async () => shown(await client.changeChannel({ recipient: channel.recipient, on: box.checked })),
        ),
    );
    const test = h("button", { type: "button", class: "button quiet" }, say("account.test"));
    test.addEventListener("click", () =>
      void busy(context, test, async () => {
        await client.testChannel(channel.recipient);
        context.notify(say("account.tested"));
      }));
    return h(
      "div",
      { class: "account-channel" },
      h("label", {}, box, h("bdi", {}, nameOf(context, channel))),
      test,
    );
  });
  return [
    h("p", { class: "account-address" }, h("bdi", {}, account.address)),
    h("p", { class: "under" }, say("account.rules", { count, most })),
    h("fieldset", {}, h("legend", {}, say("account.channels")), ...channels),
    ...(parts.pushKey === null ? [] : [browserButton(context, parts.pushKey, shown)]),
    ...(account.telegram === null ? [] : [telegramButton(context)]),
    signOut(context),
  ];
}

/** A channel as its owner knows it. */
function nameOf({ say }: ViewContext, { channel, name, recipient }: ApiAccount["channels"][number]): string {
  const host = channel === "push" ? URL.parse(recipient.slice("push:".length))?.host : undefined;
  return host === undefined ? name : say("account.browser", { host });
}

function browserButton(context: ViewContext, key: string, shown: (account: ApiAccount) => void): HTMLElement {
  const { say, client, notify } = context;
  const button = h("button", { type: "button", class: "button push-button" }, say("push.on"));
  button.addEventListener("click", () =>
    void busy(context, button, async () => {
      const recipient = await subscribe(key);
      if (recipient === undefined) return notify(say("push.refused"), "bad");
      shown(await client.changeChannel({ recipient, on: true }));
      notify(say("push.added.account"));
    }));
  return button;
}

function telegramButton(context: ViewContext): HTMLElement {
  const { say, client } = context;
  const host = h("div", {});
  const button = h("button", { type: "button", class: "button" }, say("account.telegram"));
  button.addEventListener("click", () =>
    void busy(context, button, async () => {
      const { code, url } = await client.linkChat();
      fill(
        host,
        h("p", { class: "under" }, say("account.telegram.code", { code })),
        h("a", { href: url, target: "_blank", rel: "noreferrer" }, url),
      );
    }));
  fill(host, button);
  return host;
}

function signOut(context: ViewContext): HTMLElement {
  const { say, client } = context;
  const button = h("button", { type: "button", class: "button quiet" }, say("account.out"));
  button.addEventListener("click", () =>
    void busy(context, button, async () => {
      // Whoever has this browser next is not written to for the one who leaves.
      if (canSubscribe() && await ownRecipient() !== undefined) await unsubscribe();
      document.documentElement.removeAttribute("data-person");
      await client.forget();
    }));
  return button;
}

/** The recipients of a new rule, as the form has them. */
function chosen({ channels }: ApiAccount): string {
  return channels.filter(({ on }) => on).map(({ recipient }) => recipient).join(", ");
}

/** Does something with its control off meanwhile; what fails is said. */
async function busy(
  { say, notify }: ViewContext,
  control: HTMLButtonElement | HTMLInputElement,
  task: () => Promise<void>,
): Promise<void> {
  control.disabled = true;
  try {
    await task();
  } catch (thrown) {
    notify(thrown instanceof DOMException ? say("push.failed") : failureWords(say, failureOf(thrown)), "bad");
  } finally {
    control.disabled = false;
  }
}
