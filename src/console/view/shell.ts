import { h, icon, setText } from "../base/dom.ts";
import { accountButtons } from "../push/account_menu.ts";
import { clockTime } from "../format.ts";
import { type View, VIEWS } from "../state/app_state.ts";
import type { ViewContext } from "./context.ts";
import { feedBadge } from "./feed_badge.ts";
import { ICONS } from "./icons.ts";

const NAV_ICONS: Readonly<Record<View, string>> = {
  prices: ICONS.prices,
  detail: ICONS.chart,
  rules: ICONS.rules,
  alerts: ICONS.bell,
  mails: ICONS.mail,
  system: ICONS.system,
};

/** The page around the views: brand, connection, clock, switches, and the way from view to view. */
export function shell(context: ViewContext, views: Readonly<Record<View, HTMLElement>>): HTMLElement {
  const { say, state, signal } = context;
  const side = h(
    "div",
    { class: "side" },
    nav(context),
    views.rules,
    views.alerts,
    views.mails,
    views.system,
  );
  const main = h("main", { id: "main", class: "desk", tabindex: -1 }, views.prices, views.detail, side);
  const element = h(
    "div",
    { class: "shell" },
    h("a", { class: "skip", href: "#main", onclick: (event: Event) => skip(event, main) }, say("app.skip")),
    header(context),
    main,
    h("div", { class: "visually-hidden", id: "announcer", role: "log", "aria-live": "assertive" }),
    h("div", { class: "toasts", id: "toasts" }),
  );
  state.view.watch(signal, (view) => {
    element.dataset.view = view;
    if (!["prices", "detail"].includes(view)) element.dataset.side = view;
    element.dataset.side ??= "alerts";
  });
  state.mayWrite.watch(signal, (may) => element.dataset.mayWrite = String(may));
  state.feed.watch(signal, (feed) => element.dataset.feed = feed);
  return element;
}

function skip(event: Event, main: HTMLElement): void {
  event.preventDefault();
  main.focus();
}

function header(context: ViewContext): HTMLElement {
  const { say, state, signal } = context;
  const clock = h("time", { class: "clock", title: say("app.clock"), "aria-label": say("app.clock") });
  const tick = () => setText(clock, `${clockTime(state.now())} KST`);
  const timer = setInterval(tick, 1_000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  tick();
  return h(
    "header",
    { class: "top" },
    h(
      "h1",
      { class: "brand" },
      h("img", { src: "/favicon.svg", alt: "", width: 26, height: 26 }),
      h("span", { class: "brand-name" }, "Tickbell"),
    ),
    h("span", { class: "tagline" }, say("app.tagline")),
    feedBadge(context),
    clock,
    accountButtons(context),
    soundSwitch(context),
    h("button", {
      type: "button",
      class: "icon-button",
      "aria-label": say("app.theme"),
      title: say("app.theme"),
      onclick: () => turnTheme(context),
    }, icon(ICONS.theme)),
    h("button", {
      type: "button",
      class: "button quiet turn-language",
      title: say("app.language.label"),
      lang: context.locale === "ko" ? "en" : "ko",
      onclick: () => turnLanguage(context),
    }, say("app.language")),
  );
}

function soundSwitch({ say, memory }: ViewContext): HTMLElement {
  const button = h("button", { type: "button", class: "icon-button" });
  const show = () => {
    const on = memory.get("sound") === "on";
    const label = say(on ? "alerts.sound.off" : "alerts.sound.on");
    button.ariaLabel = button.title = label;
    button.replaceChildren(icon(on ? ICONS.sound : ICONS.mute));
  };
  button.addEventListener("click", () => {
    memory.set("sound", memory.get("sound") === "on" ? "off" : "on");
    show();
  });
  show();
  return button;
}

function turnTheme({ state, memory }: ViewContext): void {
  const theme = state.theme.value === "dark" ? "light" : "dark";
  memory.set("theme", theme);
  state.theme.set(theme);
}

function turnLanguage({ state, memory }: ViewContext): void {
  const locale = state.locale.value === "ko" ? "en" : "ko";
  memory.set("locale", locale);
  state.locale.set(locale);
}

function nav(context: ViewContext): HTMLElement {
  const { say, state, signal, show } = context;
  const badge = h("span", { class: "badge-count", hidden: true });
  const buttons = VIEWS.map((view) =>
    h(
      "button",
      { type: "button", class: "nav-button", "data-view": view, onclick: () => show(view) },
      icon(NAV_ICONS[view]),
      h("span", {}, say(`nav.${view}`)),
      view === "alerts" && badge,
    )
  );
  state.view.watch(signal, (view) => {
    const side = ["prices", "detail"].includes(view) ? undefined : view;
    for (const button of buttons) {
      button.ariaCurrent = button.dataset.view === view ? "page" : "false";
      if (side !== undefined) button.classList.toggle("chosen", button.dataset.view === side);
    }
    if (side === undefined && !buttons.some((button) => button.classList.contains("chosen"))) {
      buttons.find((button) => button.dataset.view === "alerts")?.classList.add("chosen");
    }
  });
  state.unseenAlerts.watch(signal, (count) => {
    badge.hidden = count === 0;
    setText(badge, count > 99 ? "99+" : String(count));
  });
  return h("nav", { class: "nav", "aria-label": say("nav.label") }, ...buttons);
}
