import { kindInWords } from "../../alerts/words.ts";
import type { ShownAlert, ShownDelivery } from "../api/types.ts";
import { fill, h, setText } from "../base/dom.ts";
import { shortTime, signedChange, signedRate, wayOf, whole } from "../format.ts";
import { toneOf } from "../state/delivery.ts";
import { ruleWords } from "../state/rule_words.ts";
import type { ViewContext } from "./context.ts";
import { emptyNote, failureNote, loadingNote, valueOf } from "./states.ts";

/** Cards drawn at first, and more at a press: three hundred at once would hold the page up. */
const DRAWN = 60;

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
  const draw = () => {
    const loaded = state.alerts.value;
    const all = valueOf(loaded);
    const asked = all?.findIndex(({ id }) => id === state.shownAlert.value) ?? -1;
    drawn = Math.max(drawn, asked + 1);
    const alerts = all?.slice(0, drawn);
    if (all === undefined || alerts === undefined) {
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
    fill(list, ...[...cards.values()].map((card) => card.element));
    markAsked();
    setText(count, String(all.length));
    older.hidden = all.length < DRAWN;
    fill(
      note,
      loaded.state === "failed" && failureNote(say, loaded.message, load),
      alerts.length === 0 && emptyNote(say("alerts.empty"), say("alerts.empty.help")),
    );
  };
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
      ...deliveriesOf(alert).map((one) => deliveryLine(context, one)),
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

function deliveryLine({ say }: ViewContext, delivery: ShownDelivery): HTMLElement {
  const tries = delivery.attempts > 1 ? ` · ${say("delivery.attempts", { count: delivery.attempts })}` : "";
  return h(
    "li",
    { "data-tone": toneOf(delivery.state), title: delivery.reason },
    h("span", { class: "to" }, delivery.recipient),
    h("span", { class: "outcome" }, say(`delivery.${delivery.state}`) + tries),
    delivery.reason !== "" && h("span", { class: "reason" }, delivery.reason),
  );
}
