import { kindInWords } from "../../alerts/words.ts";
import type { ShownAlert, ShownDelivery } from "../api/types.ts";
import { arrange, fill, h, icon, setText } from "../base/dom.ts";
import { shortTime, signedChange, signedRate, wayOf, whole } from "../format.ts";
import { ALERT_STATES, type AlertState, byDay, deskAlerts, sentAfterMs } from "../state/alert_desk.ts";
import { toneOf } from "../state/delivery.ts";
import { ruleWords } from "../state/rule_words.ts";
import type { ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { emptyNote, failureNote, loadingNote, valueOf } from "./states.ts";

/** Cards drawn at first, and more at a press: three hundred at once would hold the page up. */
const DRAWN = 40;

/** The alerts, newest first, with what became of each. */
export function alertsView(
  context: ViewContext,
  { load, loadOlder }: {
    /** Fetches them again. */
    readonly load: () => void;
    /** Fetches those before; false when there are none. */
    readonly loadOlder: () => Promise<boolean>;
  },
): HTMLElement {
  const { state, say, signal } = context;
  const list = h("ul", { class: "cards", "aria-label": say("alerts.title") });
  const note = h("div");
  const count = h("span", { class: "count" });
  let cards = new Map<string, { readonly alert: ShownAlert; readonly element: HTMLElement }>();
  let drawn = DRAWN;
  let search = "";
  let chosen: AlertState = "all";
  const older = h("button", { type: "button", class: "button older", hidden: true }, say("alerts.older"));
  older.addEventListener("click", async () => {
    drawn += DRAWN;
    const known = valueOf(state.alerts.value)?.length ?? 0;
    if (drawn <= known) return draw();
    older.disabled = true;
    // A failure leaves the button for another press.
    const more = await loadOlder().catch(() => true);
    older.disabled = false;
    draw();
    older.hidden = !more;
  });
  const markAsked = () => {
    for (const [id, { element }] of cards) element.classList.toggle("asked", id === state.shownAlert.value);
  };
  const heads = new Map<string, HTMLElement>();
  const dayHead = (day: string) => {
    const head = heads.get(day) ?? h("li", { class: "day" }, h("h3", {}, day));
    heads.set(day, head);
    return head;
  };
  const draw = () => {
    const loaded = state.alerts.value;
    const all = valueOf(loaded);
    const asked = all?.findIndex(({ id }) => id === state.shownAlert.value) ?? -1;
    drawn = Math.max(drawn, asked + 1);
    const found = all && deskAlerts(all, { search, state: chosen });
    const alerts = found?.slice(0, drawn);
    if (all === undefined || found === undefined || alerts === undefined) {
      return fill(
        note,
        loaded.state === "failed" ? failureNote(say, loaded.message, load) : loadingNote(say),
      );
    }
    const before = cards;
    cards = new Map(alerts.map((alert) => {
      const card = before.get(alert.id);
      const isNew = card === undefined && before.size > 0;
      return [
        alert.id,
        card?.alert === alert ? card : { alert, element: alertCard(context, alert, { isNew }) },
      ];
    }));
    arrange(
      list,
      byDay(alerts).flatMap(([day, ofDay]) => [
        dayHead(day),
        ...ofDay.flatMap(({ id }) => cards.get(id)?.element ?? []),
      ]),
    );
    markAsked();
    setText(count, found.length === all.length ? String(all.length) : `${found.length} / ${all.length}`);
    older.hidden = all.length < DRAWN;
    fill(
      note,
      loaded.state === "failed" && failureNote(say, loaded.message, load),
      all.length === 0
        ? emptyNote(say("alerts.empty"), say("alerts.empty.help"))
        : found.length === 0 && emptyNote(say("prices.none")),
    );
  };
  const searchBox = h("input", {
    type: "search",
    placeholder: say("alerts.search"),
    "aria-label": say("alerts.search"),
  });
  const stateBox = h(
    "select",
    { "aria-label": say("rules.state") },
    ...ALERT_STATES.map((each) => h("option", { value: each }, say(`alerts.state.${each}`))),
  );
  const narrow = () => {
    search = searchBox.value;
    chosen = stateBox.value as AlertState;
    context.narrow({ search, state: chosen === "all" ? "" : chosen });
    draw();
  };
  searchBox.addEventListener("input", narrow);
  stateBox.addEventListener("change", narrow);
  state.query.watch(signal, (query) => {
    if (state.view.value !== "alerts") return;
    search = query.search ?? "";
    chosen = ALERT_STATES.find((each) => each === query.state) ?? "all";
    if (searchBox.value !== search) searchBox.value = search;
    stateBox.value = chosen;
    draw();
  });
  state.alerts.watch(signal, draw);
  const showAsked = () => {
    draw();
    const asked = state.shownAlert.value;
    if (asked !== undefined) cards.get(asked)?.element.scrollIntoView({ block: "center" });
  };
  // The list is in the page only after this view is.
  state.shownAlert.watch(signal, () => queueMicrotask(showAsked));
  return h(
    "section",
    { class: "panel alerts-panel", "aria-label": say("alerts.title") },
    h("header", { class: "panel-head" }, h("h2", {}, say("alerts.title")), count),
    h(
      "div",
      { class: "panel-tools" },
      h("label", { class: "search" }, icon(ICONS.search), searchBox),
      h("div", { class: "desk-tools" }, stateBox),
    ),
    h("div", { class: "scroll" }, note, list, older),
  );
}

function alertCard(context: ViewContext, alert: ShownAlert, { isNew }: { isNew: boolean }): HTMLElement {
  const { say, locale, select } = context;
  const name = alertName(context, alert);
  return h(
    "li",
    { class: `card alert${isNew ? " new" : ""}`, "data-way": wayOf(alert.change), "data-alert": alert.id },
    h(
      "div",
      { class: "card-top" },
      h("button", {
        type: "button",
        class: "link name",
        "aria-label": say("alerts.open", { name }),
        onclick: () => select(alert.symbol),
      }, name),
      h("span", { class: "code" }, alert.symbol),
      h(
        "time",
        { datetime: new Date(alert.eventTime).toISOString() },
        shortTime(alert.eventTime, Date.now()),
      ),
    ),
    h(
      "p",
      { class: "alert-price" },
      h("strong", {}, `${whole(alert.price)}${locale === "ko" ? say("unit.won") : ` ${say("unit.won")}`}`),
      h("span", {}, `${signedChange(alert.change)} (${signedRate(alert.rate)})`),
    ),
    h(
      "p",
      { class: "condition" },
      h("span", { class: "kind" }, kindInWords({ ...alert }, locale)),
      ruleWords({ ...alert, direction: alert.ruleDirection }, locale),
    ),
    alert.note !== "" && h("p", { class: "note" }, alert.note),
    h(
      "ul",
      { class: "deliveries", "aria-label": say("alerts.deliveries") },
      ...deliveriesOf(alert).map((one) => deliveryLine(context, alert, one)),
    ),
  );
}

/** The name of an alert's symbol in the reader's language. */
export function alertName({ locale }: ViewContext, alert: ShownAlert): string {
  return locale === "en" && alert.nameEn !== "" ? alert.nameEn : alert.name;
}

/** What became of it, with the recipients that nothing is known of yet. */
function deliveriesOf(alert: ShownAlert): readonly ShownDelivery[] {
  const known = new Set(alert.deliveries.map((delivery) => delivery.recipient));
  const open = alert.recipients.filter((recipient) => !known.has(recipient));
  return [
    ...alert.deliveries,
    ...open.map((recipient): ShownDelivery => ({
      recipient,
      state: "pending",
      attempts: 0,
      reason: "",
      at: null,
    })),
  ];
}

function deliveryLine({ say, state }: ViewContext, alert: ShownAlert, delivery: ShownDelivery): HTMLElement {
  const after = sentAfterMs(alert, delivery);
  const took = after === undefined
    ? ""
    : ` · ${say("delivery.after", { seconds: (after / 1_000).toFixed(1) })}`;
  const at = delivery.at === null ? "" : shortTime(delivery.at, state.now());
  const tries = delivery.attempts > 1 ? ` · ${say("delivery.attempts", { count: delivery.attempts })}` : "";
  return h(
    "li",
    { "data-tone": toneOf(delivery.state), title: delivery.reason },
    h("span", { class: "to" }, delivery.recipient),
    h("span", { class: "outcome", title: at }, say(`delivery.${delivery.state}`) + tries + took),
    delivery.reason !== "" && h("span", { class: "reason" }, delivery.reason),
  );
}
