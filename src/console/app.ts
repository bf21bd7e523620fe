import { ApiClient } from "./api/client.ts";
import { failureOf, isFailure } from "./api/failure.ts";
import { Previews } from "./api/previews.ts";
import { Tabs } from "./api/tabs.ts";
import type { ShownAlert } from "./api/types.ts";
import { ring } from "./base/beep.ts";
import { fill } from "./base/dom.ts";
import { whole } from "./format.ts";
import { sayIn } from "./i18n/text.ts";
import { loadWords, wordsIn } from "./i18n/words.ts";
import type { Locale } from "../rules/rule.ts";
import { AppState, Memory, type View, viewOf } from "./state/app_state.ts";
import type { PriceRow } from "./state/market.ts";
import { readLists } from "./state/watch_lists.ts";
import { mayChange } from "./state/may_change.ts";
import { type PageRoute, readRoute, type RouteQuery, writeRoute } from "./state/route.ts";
import { ruleWords } from "./state/rule_words.ts";
import { AlertsSync } from "./sync/alerts.ts";
import { syncMails } from "./sync/mails.ts";
import { MarketSync } from "./sync/market.ts";
import { RulesSync } from "./sync/rules.ts";
import { loadStatus, syncStatus } from "./sync/status.ts";
import { alertName } from "./view/alert_card.ts";
import { alertsView } from "./view/alerts.ts";
import type { ViewContext } from "./view/context.ts";
import { detailView } from "./view/detail.ts";
import { keyPage } from "./view/key_page.ts";
import { mailsView } from "./view/mails.ts";
import { pricesView } from "./view/prices.ts";
import { openRuleForm } from "./view/rule_form.ts";
import { rulesView } from "./view/rules.ts";
import { shell } from "./view/shell.ts";
import { systemView } from "./view/system.ts";
import { failureWords } from "./view/states.ts";
import { announce, toast } from "./view/toast.ts";

/** Where more than one view is in sight; the same width as in layout.css. */
const WIDE = "(min-width: 761px)";

/** When words that could not be fetched are asked for again, ms. */
const WORDS_AGAIN_MS = 2_000;
/** Alerts that are announced one by one when many come at once. */
const MOST_TOASTS = 3;

/** The console: state, what keeps it up to date, and the views on it. Made once, by main.ts. */
export class App {
  readonly #host: HTMLElement;
  readonly #memory = new Memory();
  readonly #state = new AppState(this.#memory);
  readonly #client = new ApiClient({
    url: location.origin,
    locked: () => this.#state.locked.set(true),
  });
  readonly #tabs = new Tabs(document.body.dataset.tabs);
  readonly #previews = new Previews({
    script: document.body.dataset.preview,
    engine: document.body.dataset.engine,
  });
  readonly #market = new MarketSync(this.#state, this.#client, this.#tabs);
  readonly #rules = new RulesSync(this.#state, this.#client);
  readonly #alerts = new AlertsSync({
    state: this.#state,
    client: this.#client,
    tabs: this.#tabs,
    fired: (alerts) => this.#fired(alerts),
    missed: (count) => this.#sayMissed(count),
  });
  /** Alerts that fired while the page was in the background. */
  #whileAway = 0;
  #loadMails: () => void = () => {};
  #context: ViewContext | undefined;
  #views = new AbortController();
  #session = new AbortController();

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  start(): void {
    const always = new AbortController().signal;
    this.#state.theme.watch(always, (theme) => document.documentElement.dataset.theme = theme);
    this.#state.locked.watch(always, (locked) => locked ? this.#stop() : void this.#open());
    this.#state.locale.watch(always, (locale) => void this.#speak(locale));
    this.#state.unseenAlerts.watch(
      always,
      (count) => document.title = count > 0 ? `(${count}) Tickbell` : "Tickbell",
    );
    this.#state.marketReady.watch(always, ({ state }) => state === "ready" && this.#chooseBusiest());
    this.#keepLists(always);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.#sayMissed(this.#whileAway);
      this.#whileAway = 0;
    });
    // Also when the reader goes back.
    addEventListener("popstate", () => this.#follow(readRoute(location.hash)));
  }

  /** Keeps the reader's lists in the browser, and takes up what another tab has made of them. */
  #keepLists(always: AbortSignal): void {
    const { lists } = this.#state;
    const kept = () => this.#memory.get("lists");
    lists.watch(always, (all) => {
      const text = JSON.stringify(all);
      if (text !== (kept() ?? "[]")) this.#memory.set("lists", text);
    });
    addEventListener("storage", () => {
      if (kept() !== JSON.stringify(lists.value)) lists.set(readLists(kept()));
    });
  }

  #follow(route: PageRoute | undefined): void {
    if (route === undefined) return;
    if ("alertId" in route) return void this.#showAlert(route.alertId);
    if ("symbol" in route) this.#state.selected.set(route.symbol);
    this.#turnTo(viewOf(route), route.query);
  }

  /** Shows the alert that a mail links to, with its symbol beside it. */
  async #showAlert(id: string): Promise<void> {
    this.#turnTo("alerts", {});
    try {
      const alert = await this.#alerts.need(id);
      if (alert === undefined) return this.#context?.notify(this.#context.say("alerts.gone"), "bad");
      this.#state.selected.set(alert.symbol);
      this.#state.shownAlert.set(undefined);
      this.#state.shownAlert.set(id);
    } catch (thrown) {
      if (!isFailure(thrown)) throw thrown;
      this.#context?.notify(failureWords(this.#context.say, failureOf(thrown)), "bad");
    }
  }

  /** Begins to load and follow, once the server knows who is asking. */
  async #open(): Promise<void> {
    this.#session = new AbortController();
    const { signal } = this.#session;
    await loadStatus(this.#state, this.#client);
    if (signal.aborted) return;
    void this.#learnScopes();
    void this.#market.start(signal);
    void this.#alerts.start(signal).then(() => {
      const asked = this.#state.shownAlert.value;
      if (asked !== undefined) void this.#showAlert(asked);
    });
    this.#rules.start(signal);
    this.#loadMails = syncMails(this.#state, this.#client, signal);
    syncStatus(this.#state, this.#client, signal);
  }

  /** Without an answer everything is offered, and refused where it may not be. */
  async #learnScopes(): Promise<void> {
    const me = await this.#client.me().catch(() => undefined);
    if (me === undefined) return;
    // Who signed in by mail has no scopes, and rules of his own.
    this.#state.mayWrite.set(me.person !== null || mayChange(me));
  }

  #stop(): void {
    this.#session.abort();
    this.#show();
  }

  /** Draws the page in a language once its words are there; where they cannot be had what is drawn stays. */
  async #speak(locale: Locale): Promise<void> {
    const { locale: wanted } = this.#state;
    try {
      await loadWords(locale);
    } catch {
      if (wanted.value !== locale) return;
      const drawn = this.#context;
      if (drawn === undefined) return void setTimeout(() => void this.#speak(locale), WORDS_AGAIN_MS);
      drawn.notify(drawn.say("error.network"), "bad");
      return wanted.set(drawn.locale);
    }
    if (wanted.value === locale && this.#context?.locale !== locale) this.#show();
  }

  /** Draws the page anew: at the start, after the key, in another language. */
  #show(): void {
    const locale = this.#state.locale.value;
    // They are on their way: the page is drawn when they come.
    if (wordsIn(locale) === undefined) return;
    this.#views.abort();
    this.#views = new AbortController();
    const turned = document.activeElement?.closest(".turn-language") != null;
    const say = sayIn(locale);
    document.documentElement.lang = locale;
    if (this.#state.locked.value) {
      const opened = () => {
        this.#state.locked.set(false);
        this.#show();
      };
      return fill(this.#host, keyPage({ client: this.#client, say, locale, opened }));
    }
    const context: ViewContext = this.#context = {
      state: this.#state,
      memory: this.#memory,
      client: this.#client,
      previews: this.#previews,
      market: this.#market,
      rules: this.#rules,
      say,
      locale,
      signal: this.#views.signal,
      select: (symbol) => this.#select(symbol),
      show: (view) => this.#showView(view),
      narrow: (query) => this.#narrow(query),
      openForm: (start) => {
        if (this.#state.mayWrite.value) openRuleForm(context, start);
        else toast(say("rules.readonly"), "bad");
      },
      notify: (message, tone = "good") => toast(message, tone),
    };
    fill(
      this.#host,
      shell(context, {
        prices: pricesView(context),
        detail: detailView(context),
        rules: rulesView(context),
        alerts: alertsView(context, {
          load: () => void this.#alerts.load(),
          loadOlder: () => this.#alerts.loadOlder(),
        }),
        mails: mailsView(context, () => this.#loadMails()),
        system: systemView(context),
      }),
    );
    if (turned) this.#host.querySelector<HTMLElement>(".turn-language")?.focus();
  }

  /** A wide desk begins with the symbol that trades most; a phone with the list. */
  #chooseBusiest(): void {
    const { selected, market } = this.#state;
    if (selected.value !== undefined || !matchMedia(WIDE).matches) return;
    const traded = (row: PriceRow) => row.trade?.accValue ?? 0;
    const busiest = [...market.rows.values()].reduce<PriceRow | undefined>(
      (best, row) => best === undefined || traded(row) > traded(best) ? row : best,
      undefined,
    );
    selected.set(busiest?.listed.symbol);
  }

  #select(symbol: string): void {
    this.#state.selected.set(symbol);
    this.#go({ symbol, query: {} });
    this.#turnTo("detail", {});
  }

  #showView(view: View): void {
    const { selected } = this.#state;
    if (view !== "detail") this.#go({ view, query: {} });
    else if (selected.value !== undefined) this.#go({ symbol: selected.value, query: {} });
    this.#turnTo(view, {});
  }

  /** A step of the reader's that Back takes back. */
  #go(route: PageRoute): void {
    const hash = writeRoute(route);
    if (location.hash === hash) return;
    history.pushState(null, "", hash);
  }

  /** Says in the address what the view shows, without a step to go back. */
  #narrow(query: RouteQuery): void {
    const { view, selected } = this.#state;
    this.#state.query.set(query);
    const route = view.value === "detail"
      ? selected.value === undefined ? undefined : { symbol: selected.value, query }
      : { view: view.value, query };
    if (route !== undefined) history.replaceState(null, "", writeRoute(route));
  }

  #turnTo(view: View, query: RouteQuery): void {
    // In this order: what the address says is for the view that is turned to.
    this.#state.view.set(view);
    this.#state.query.set(query);
    if (view === "alerts") this.#state.unseenAlerts.set(0);
  }

  #fired(alerts: readonly ShownAlert[]): void {
    const context = this.#context;
    if (context === undefined) return;
    const { say, locale, state, memory } = context;
    if (document.hidden) this.#whileAway += alerts.length;
    if (state.view.value !== "alerts" || document.hidden) {
      state.unseenAlerts.set(state.unseenAlerts.value + alerts.length);
    }
    for (const alert of alerts.slice(0, MOST_TOASTS)) {
      const rule = ruleWords({ ...alert, direction: alert.ruleDirection }, locale);
      const name = alertName(context, alert);
      toast(`${name} · ${rule}`, "alert", () => this.#showView("alerts"));
      announce(say("alerts.announce", { name, rule, price: whole(alert.price) }));
    }
    const more = alerts.length - MOST_TOASTS;
    if (more > 0) {
      const words = say("alerts.more", { count: more });
      toast(words, "alert", () => this.#showView("alerts"));
      announce(words);
    }
    if (memory.get("sound") === "on") ring();
  }

  /** Announces alerts that nobody saw fire, until it is taken away. */
  #sayMissed(count: number): void {
    const context = this.#context;
    if (context === undefined || count === 0) return;
    const words = context.say("alerts.away", { count });
    toast(words, "alert", () => this.#showView("alerts"), { stays: true });
    announce(words);
  }
}
