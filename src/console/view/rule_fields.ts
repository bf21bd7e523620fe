import { MARKET_SESSION_WORDS, MARKET_SESSIONS, type MarketSession } from "../../market/market_session.ts";
import { RULE_MARKETS, type RuleMarket } from "../../market/reference.ts";
import { repeatName } from "../../alerts/repeat_words.ts";
import { scopeInWords } from "../../alerts/words.ts";
import { type Locale, LOCALES, type Trigger, TRIGGERS } from "../../rules/rule.ts";
import { type Repeat, REPEATS } from "../../rules/repeat.ts";
import { MAX_WHEN } from "../../rules/when.ts";
import { h } from "../base/dom.ts";
import { type DraftScope, type FormDraft, SCOPES } from "../state/rule_draft.ts";
import { ConditionRows } from "./condition_rows.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { type FormField, makeChoice, makeField, makeSelect } from "./form_fields.ts";
import { SymbolBox } from "./symbol_box.ts";

/** The markets that the form offers. */
const MARKETS = ["*", ...RULE_MARKETS] as const;

/** The fields that are one control each; the conditions are lines of their own. */
export type FieldName = Exclude<keyof FormDraft, "conditions" | "mode" | "sessions">;

/** The controls of the rule form. */
export interface RuleFields {
  readonly fields: Readonly<Record<FieldName, FormField>>;
  readonly sessions: FormField & { chosen(): readonly MarketSession[] };
  readonly conditions: ConditionRows;
  /** What the controls say now; `mode` is the form's own. */
  read(mode: FormDraft["mode"]): FormDraft;
}

/** The controls of the form, filled with a draft. `changed` is called when lines of the builder come, go or change. */
export function ruleFields(
  context: ViewContext,
  draft: FormDraft,
  { fixed, changed }: { readonly fixed: boolean; readonly changed: () => void },
): RuleFields {
  const { say, locale } = context;
  const symbolText = draft.symbol === "" ? "" : `${nameOf(context, draft.symbol)} ${draft.symbol}`;
  const symbolsText = draft.symbols.split(/,\s*/).filter(Boolean).map((code) => nameOf(context, code)).join(
    ", ",
  );
  // A rule stays with its symbol: another symbol is another rule.
  const box = new SymbolBox(context, {
    value: symbolText,
    id: "form-symbol",
    several: false,
    readonly: fixed,
  });
  const list = new SymbolBox(context, {
    value: symbolsText,
    id: "form-symbols",
    several: true,
    readonly: false,
  });
  const scopeOf = (scope: DraftScope) => [scope, say(`scope.${scope}`)] as const;
  const text = (name: FieldName, value: string, hint?: string, more: Record<string, string | number> = {}) =>
    makeField(
      name,
      say(`form.${name as "note"}`),
      h("input", { type: "text", value, autocomplete: "off", ...more }),
      hint === undefined ? {} : { hint },
    );
  const fields: Record<FieldName, FormField> = {
    scope: makeChoice("scope", say("form.scope"), SCOPES.map(scopeOf), draft.scope),
    symbol: makeField("symbol", say("form.symbol"), box.input, { around: box.element }),
    symbols: makeField("symbols", say("form.symbols"), list.input, { around: list.element }),
    market: makeSelect(
      "market",
      say("form.market"),
      MARKETS.map((
        market,
      ) => [market, scopeInWords({ symbol: null, symbols: null, market }, locale)]),
      draft.market,
    ),
    when: makeField(
      "when",
      say("form.when"),
      h("textarea", {
        rows: 2,
        maxlength: MAX_WHEN,
        placeholder: say("form.when.example"),
        spellcheck: "false",
      }, draft.when),
      { hint: say("form.when.hint") },
    ),
    on: makeChoice("on", say("form.on"), TRIGGERS.map((on) => [on, say(`on.${on}`)]), draft.on),
    repeat: makeSelect(
      "repeat",
      say("form.repeat"),
      [
        ["", say("form.repeat.default")],
        ...REPEATS.map((each) => [each, repeatName(each, 0, locale)] as const),
      ],
      draft.repeat,
    ),
    maxAlertsPerDay: text("maxAlertsPerDay", draft.maxAlertsPerDay, say("form.maxAlertsPerDay.hint"), {
      inputmode: "numeric",
    }),
    recipients: makeField(
      "recipients",
      say("form.recipients"),
      h("textarea", { rows: 2, placeholder: "me@example.com", spellcheck: "false" }, draft.recipients),
      { hint: say("form.recipients.hint") },
    ),
    locale: makeChoice(
      "locale",
      say("form.locale"),
      LOCALES.map((each) => [each, each === "ko" ? "한국어" : "English"]),
      draft.locale,
    ),
    note: text("note", draft.note, say("form.note.hint"), { maxlength: 200 }),
    labels: text("labels", draft.labels, say("form.labels.hint"), { placeholder: "team=desk-1" }),
    expires: makeField(
      "expires",
      say("form.expires"),
      h("input", { type: "datetime-local", value: draft.expires }),
      {
        hint: say("form.expires.hint"),
      },
    ),
  };
  const sessions = sessionsField(context, draft.sessions);
  const conditions = new ConditionRows(context, draft.conditions, changed);
  const read = (mode: FormDraft["mode"]): FormDraft => ({
    mode,
    scope: fields.scope.value() as DraftScope,
    symbol: fields.symbol.value(),
    symbols: fields.symbols.value(),
    market: fields.market.value() as RuleMarket | "*",
    conditions: conditions.value(),
    when: fields.when.value(),
    on: fields.on.value() as Trigger,
    repeat: fields.repeat.value() as Repeat | "",
    sessions: sessions.chosen(),
    maxAlertsPerDay: fields.maxAlertsPerDay.value(),
    recipients: fields.recipients.value(),
    locale: fields.locale.value() as Locale,
    note: fields.note.value(),
    labels: fields.labels.value(),
    expires: fields.expires.value(),
  });
  return { fields, sessions, conditions, read };
}

/** Boxes of which none or all mean all sessions. */
function sessionsField(
  { say, locale }: ViewContext,
  chosen: readonly MarketSession[],
): RuleFields["sessions"] {
  const inputs = MARKET_SESSIONS.map((session) =>
    h("input", { type: "checkbox", name: "session", value: session, checked: chosen.includes(session) })
  );
  const element = h(
    "fieldset",
    { class: "field" },
    h("legend", {}, say("form.sessions")),
    h(
      "div",
      { class: "boxes" },
      ...MARKET_SESSIONS.map((session, at) =>
        h("label", { class: "box" }, inputs[at], MARKET_SESSION_WORDS[session][locale])
      ),
    ),
    h("p", { class: "under" }, say("form.sessions.hint")),
  );
  return {
    element,
    value: () => "",
    focus: () => inputs[0]?.focus(),
    fault: () => {},
    chosen: () => MARKET_SESSIONS.filter((_, at) => inputs[at]?.checked),
  };
}
