import { COMPARATORS, DIRECTIONS, LOCALES, type RuleKind, TRIGGERS } from "../../rules/rule.ts";
import { repeatName } from "../../alerts/repeat_words.ts";
import { REPEATS } from "../../rules/repeat.ts";
import { MAX_WHEN } from "../../rules/when.ts";
import { h } from "../base/dom.ts";
import type { DraftField, RuleDraft } from "../state/rule_draft.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { type Field, makeChoice, makeField, makeSelect } from "./form_fields.ts";

/** The kinds in the order they are offered: the one most asked for first. */
const KINDS: readonly RuleKind[] = ["target_price", "change_rate", "day_change", "price_limit", "condition"];

/** The fields of the rule form, filled with a draft; `unit` stands behind the value. */
export function ruleFields(
  context: ViewContext,
  draft: RuleDraft,
  { unit, fixedSymbol }: { unit: HTMLElement; fixedSymbol: boolean },
): Readonly<Record<DraftField, Field>> {
  const { say } = context;
  const symbol = draft.symbol === "" ? "" : `${nameOf(context, draft.symbol)} ${draft.symbol}`;
  const value = h("input", { type: "text", inputmode: "decimal", value: draft.value, autocomplete: "off" });
  return {
    symbol: makeField(
      "symbol",
      say("form.symbol"),
      h("input", {
        type: "text",
        value: symbol,
        list: "form-symbols",
        placeholder: say("form.symbol.hint"),
        autocomplete: "off",
        spellcheck: "false",
        // A rule stays with its symbol: another symbol is another rule.
        readonly: fixedSymbol,
      }),
    ),
    kind: makeChoice(
      "kind",
      say("form.kind"),
      KINDS.map((kind) => [kind, say(`kind.${kind}`)]),
      draft.kind,
    ),
    direction: makeChoice(
      "direction",
      say("form.direction"),
      DIRECTIONS.map((way) => [way, say(`direction.${way}`)]),
      draft.direction,
    ),
    comparator: makeSelect(
      "comparator",
      say("form.comparator"),
      COMPARATORS.map((comparator) => [comparator, say(`comparator.${comparator}`)]),
      draft.comparator,
    ),
    when: makeField(
      "when",
      say("form.when"),
      h("input", {
        type: "text",
        value: draft.when,
        maxlength: MAX_WHEN,
        placeholder: "시가대비 5% 이상 그리고 거래대금 100억 이상",
        autocomplete: "off",
        spellcheck: "false",
      }),
      { hint: say("form.when.hint") },
    ),
    on: makeChoice(
      "on",
      say("form.on"),
      TRIGGERS.map((on) => [on, say(`on.${on}`)]),
      draft.on,
    ),
    repeat: makeSelect(
      "repeat",
      say("form.repeat"),
      [
        ["", say("form.repeat.default")],
        ...REPEATS.map((each) => [each, repeatName(each, 0, context.locale)] as const),
      ],
      draft.repeat,
    ),
    value: makeField("value", say("form.value"), value, { after: unit }),
    recipients: makeField(
      "recipients",
      say("form.recipients"),
      h("textarea", { rows: 2, placeholder: "me@example.com", spellcheck: "false" }, draft.recipients),
      { hint: say("form.recipients.hint") },
    ),
    locale: makeChoice(
      "locale",
      say("form.locale"),
      LOCALES.map((locale) => [locale, locale === "ko" ? "한국어" : "English"]),
      draft.locale,
    ),
    note: makeField(
      "note",
      say("form.note"),
      h("input", { type: "text", value: draft.note, maxlength: 200 }),
      {
        hint: say("form.note.hint"),
      },
    ),
    expires: makeField(
      "expires",
      say("form.expires"),
      h("input", { type: "datetime-local", value: draft.expires }),
      {
        hint: say("form.expires.hint"),
      },
    ),
  };
}
