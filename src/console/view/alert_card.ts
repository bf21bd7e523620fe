import { kindInWords } from "../../alerts/words.ts";
import type { ShownAlert, ShownDelivery } from "../api/types.ts";
import { h } from "../base/dom.ts";
import { exactTime, secondsAtMost, shortTime, signedChange, signedRate, wayOf, whole } from "../format.ts";
import { sentAfterMs } from "../state/alert_desk.ts";
import { toneOf } from "../state/delivery.ts";
import { ruleWords } from "../state/rule_words.ts";
import type { ViewContext } from "./context.ts";

/** An alert: its trade, its rule in words, and what became of it for each recipient. */
export function alertCard(
  context: ViewContext,
  alert: ShownAlert,
  { isNew }: { isNew: boolean },
): HTMLElement {
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
    way(context, alert),
  );
}

/** The name of an alert's symbol in the reader's language. */
export function alertName({ locale }: ViewContext, alert: ShownAlert): string {
  return locale === "en" && alert.nameEn !== "" ? alert.nameEn : alert.name;
}

/** The way from the trade to each message, with its times; opened at a press. */
function way(context: ViewContext, alert: ShownAlert): HTMLElement {
  const { say } = context;
  const step = (time: number | null, words: string, tone: string = "quiet") =>
    h(
      "li",
      { "data-tone": tone },
      h("time", {}, time === null ? "–" : exactTime(time)),
      h("span", {}, words),
    );
  return h(
    "details",
    { class: "way" },
    h("summary", {}, say("alerts.way")),
    h(
      "ol",
      {},
      step(
        alert.eventTime,
        `${say("alerts.way.trade", { price: whole(alert.price) })} · ${
          say("alerts.way.rule", { rule: alert.ruleId })
        }`,
      ),
      ...deliveriesOf(alert).map((one) =>
        step(
          one.at,
          `${one.recipient} · ${say(`delivery.${one.state}`)}${sentWithin(context, alert, one)}`,
          toneOf(one.state),
        )
      ),
    ),
  );
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

/** Within what time of its trade a message was sent, after a dot; "" where that says nothing. */
function sentWithin({ say }: ViewContext, alert: ShownAlert, delivery: ShownDelivery): string {
  const ms = sentAfterMs(alert, delivery);
  return ms === undefined ? "" : ` · ${say("delivery.within", { seconds: secondsAtMost(ms) })}`;
}

function deliveryLine(context: ViewContext, alert: ShownAlert, delivery: ShownDelivery): HTMLElement {
  const { say, state } = context;
  const at = delivery.at === null ? "" : shortTime(delivery.at, state.now());
  const tries = delivery.attempts > 1 ? ` · ${say("delivery.attempts", { count: delivery.attempts })}` : "";
  return h(
    "li",
    { "data-tone": toneOf(delivery.state), title: delivery.reason },
    h("span", { class: "to" }, delivery.recipient),
    h(
      "span",
      { class: "outcome", title: at },
      say(`delivery.${delivery.state}`) + tries + sentWithin(context, alert, delivery),
    ),
    delivery.reason !== "" && h("span", { class: "reason" }, delivery.reason),
  );
}
