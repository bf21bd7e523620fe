import { policyInWords } from "../../alerts/words.ts";
import { formatWhen } from "../../rules/when.ts";
import type { ShownRule } from "../api/types.ts";
import { h } from "../base/dom.ts";
import { conditionsIn, draftOf, type FormDraft, splitRecipients } from "../state/rule_draft.ts";
import type { ViewContext } from "./context.ts";

/** Fields that are compared, in their order. */
const FIELDS = ["when", "on", "repeat", "sessions", "recipients", "note", "labels", "expires"] as const;

/** A rule that was changed elsewhere meanwhile, beside what the form says; the reader decides. */
export function conflictPanel(
  context: ViewContext,
  given: {
    readonly theirs: ShownRule;
    readonly mine: FormDraft;
    readonly keepMine: () => void;
    readonly takeTheirs: () => void;
  },
): HTMLElement {
  const { say, locale } = context;
  const [theirs, mine] = [draftOf(given.theirs), given.mine];
  const rows = FIELDS.map((field) => [field, written(theirs, field), written(mine, field)] as const)
    .filter(([, one, other]) => one !== other);
  const policy = policyInWords(given.theirs, undefined, locale);
  return h(
    "section",
    { class: "conflict", role: "alert" },
    h("h3", {}, say("conflict.title")),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          h("th", { scope: "col" }, say("conflict.theirs")),
          h("th", { scope: "col" }, say("conflict.mine")),
        ),
      ),
      h(
        "tbody",
        {},
        ...rows.map(([field, one, other]) =>
          h("tr", {}, h("th", { scope: "row" }, say(`form.${field}`)), h("td", {}, one), h("td", {}, other))
        ),
      ),
    ),
    policy !== "" && h("p", { class: "under" }, policy),
    h(
      "div",
      { class: "met-choices" },
      h("button", { type: "button", class: "button", onclick: given.takeTheirs }, say("conflict.take")),
      h("button", { type: "button", class: "button danger", onclick: given.keepMine }, say("conflict.keep")),
    ),
  );
}

function written(draft: FormDraft, field: typeof FIELDS[number]): string {
  if (field === "when") {
    const { conditions } = conditionsIn(draft);
    return conditions === undefined ? draft.when : formatWhen(conditions);
  }
  if (field === "recipients") return splitRecipients(draft.recipients).join(", ");
  const value = draft[field];
  return typeof value === "string" ? value : value.join(", ");
}
