import { MAX_LINE } from "../../rules/rule.ts";
import { policyInWords } from "../../alerts/words.ts";
import { DIRECTIONS } from "../../rules/rule.ts";
import { ApiRefusal } from "../../control/client/refusal.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownRule } from "../api/types.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { signedRate, wayOf, whole } from "../format.ts";
import {
  bodyOf,
  checkDraft,
  conditionsIn,
  type DraftField,
  draftOf,
  emptyDraft,
  readDraft,
  resolveSymbol,
  type RuleDraft,
} from "../state/rule_draft.ts";
import { findRows } from "../state/market.ts";
import { ruleWords, standing } from "../state/rule_words.ts";
import { faultIn } from "../i18n/text.ts";
import { nameOf, scopeWords, type ViewContext } from "./context.ts";
import type { Field } from "./form_fields.ts";
import { ICONS } from "./icons.ts";
import { ruleFields } from "./rule_fields.ts";
import { failureWords } from "./states.ts";
import { Trial } from "./trial.ts";

const MOST_SUGGESTED = 20;
/** Where the last recipients are kept: who adds ten rules types the address once. */
const RECIPIENTS = "recipients";

/** What the form begins with: a new rule, or one to change. */
export type FormStart =
  | { readonly symbol?: string }
  | { readonly rule: ShownRule }
  /** What a line was read as, see {@link readDraft}. */
  | { readonly draft: RuleDraft };

/** Opens the form in a dialog; Escape and the close button leave everything as it was. */
export function openRuleForm(context: ViewContext, start: FormStart): void {
  const form = new RuleForm(context, start);
  document.body.append(form.dialog);
  form.dialog.addEventListener("close", () => form.dialog.remove(), { once: true });
  context.signal.addEventListener("abort", () => form.dialog.close(), { once: true });
  form.dialog.showModal();
  form.focusFirst();
}

class RuleForm {
  readonly dialog: HTMLDialogElement;
  readonly #context: ViewContext;
  readonly #rule: ShownRule | undefined;
  readonly #fields: Readonly<Record<DraftField, Field>>;
  readonly #general = h("p", { class: "form-error", role: "alert", hidden: true });
  readonly #sentence = h("p", { class: "sentence", "aria-live": "polite" });
  readonly #now = h("p", { class: "under" });
  readonly #kindHelp = h("p", { class: "under" });
  readonly #tried = h("p", { class: "under", "aria-live": "polite" });
  readonly #trial: Trial;
  readonly #unit = h("span", { class: "unit" });
  readonly #suggestions = h("datalist", { id: "form-symbols" });
  readonly #more: HTMLDetailsElement;
  readonly #save: HTMLButtonElement;

  constructor(context: ViewContext, start: FormStart) {
    const { say, locale, memory } = this.#context = context;
    this.#rule = "rule" in start ? start.rule : undefined;
    const draft = "rule" in start
      ? draftOf(start.rule)
      : "draft" in start
      ? start.draft
      : emptyDraft(start.symbol ?? "", memory.get(RECIPIENTS) ?? "", locale);
    this.#fields = ruleFields(context, draft, { unit: this.#unit, fixedSymbol: this.#rule !== undefined });
    this.#trial = new Trial(context, this.#tried);
    this.#save = h("button", { type: "submit", class: "button primary" }, say("form.save"));
    this.#more = h("details", { class: "more" }, h("summary", {}, say("form.more")), ...this.#moreFields());
    this.#more.open = draft.note !== "" || draft.expires !== "";
    const form = h("form", { novalidate: true, oninput: () => this.#changed() }, ...this.#parts());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.dialog = h("dialog", { class: "rule-form", "aria-labelledby": "form-title" }, form);
    this.dialog.addEventListener("close", () => this.#trial.stop(), { once: true });
    this.#changed();
  }

  focusFirst(): void {
    const first = this.#fields.symbol.value() === ""
      ? "symbol"
      : !this.#fields.when.element.hidden
      ? "when"
      : this.#fields.value.element.hidden
      ? "recipients"
      : "value";
    this.#fields[first].focus();
  }

  #moreFields(): HTMLElement[] {
    const { on, locale, note, expires } = this.#fields;
    return [on.element, locale.element, note.element, expires.element];
  }

  #parts(): HTMLElement[] {
    const { say } = this.#context;
    const { symbol, kind, when, direction, comparator, value, repeat, recipients } = this.#fields;
    const close = () => this.dialog.close();
    return [
      h(
        "header",
        { class: "form-head" },
        h("h2", { id: "form-title" }, say(this.#rule === undefined ? "form.add" : "form.edit")),
        h(
          "button",
          { type: "button", class: "icon-button", "aria-label": say("app.close"), onclick: close },
          icon(ICONS.close),
        ),
      ),
      h(
        "div",
        { class: "form-body" },
        this.#general,
        ...(this.#rule === undefined ? [this.#lineField()] : []),
        symbol.element,
        this.#suggestions,
        this.#now,
        kind.element,
        this.#kindHelp,
        when.element,
        direction.element,
        h("div", { class: "pair" }, value.element, comparator.element),
        this.#tried,
        repeat.element,
        recipients.element,
        this.#more,
      ),
      h(
        "footer",
        { class: "form-foot" },
        h("div", {}, this.#sentence),
        h("button", { type: "button", class: "button", onclick: close }, say("form.cancel")),
        this.#save,
      ),
    ];
  }

  /** A rule as people say it: Enter fills the form with what was understood. */
  #lineField(): HTMLElement {
    const { say } = this.#context;
    const line = h("input", {
      type: "text",
      id: "form-line",
      maxlength: MAX_LINE,
      placeholder: "하이닉스 3% 빠지면 한 번만",
      autocomplete: "off",
      onkeydown: (event: Event) => {
        if ((event as KeyboardEvent).key !== "Enter") return;
        // Enter in any other field saves.
        event.preventDefault();
        void this.#readLine(line.value);
      },
    });
    const hint = h("p", { class: "under" }, say("form.line.hint"));
    return h("div", { class: "field" }, h("label", { for: "form-line" }, say("form.line")), line, hint);
  }

  async #readLine(line: string): Promise<void> {
    const { client, say, locale } = this.#context;
    if (line.trim() === "") return;
    try {
      const read = await client.readLine({ line, locale });
      const draft = readDraft(read, this.#draft());
      if (draft === undefined) {
        const names = read.candidates.map(({ name }) => name).join(", ");
        const reason = names === "" ? say("form.line.fault") : say("form.line.which", { names });
        return this.#showFaults([{ field: "", reason }]);
      }
      this.dialog.close();
      openRuleForm(this.#context, { draft });
    } catch (thrown) {
      this.#showFaults([{ field: "", reason: failureWords(say, failureOf(thrown)) }]);
    }
  }

  #draft(): RuleDraft {
    const values = Object.fromEntries(
      Object.entries(this.#fields).map(([name, field]) => [name, field.value()]),
    );
    return values as unknown as RuleDraft;
  }

  #symbol(draft: RuleDraft): string | undefined {
    const rows = [...this.#context.state.market.rows.values()];
    return resolveSymbol(draft.symbol, rows.map((row) => row.listed));
  }

  /** Shows the fields of the kind, the suggestions, and the rule in words. */
  #changed(): void {
    const { say, state } = this.#context;
    const draft = this.#draft();
    const symbol = this.#symbol(draft);
    const isLimit = draft.kind === "price_limit";
    const isText = draft.kind === "condition";
    this.#fields.when.element.hidden = !isText;
    this.#fields.value.element.hidden = isLimit || isText;
    this.#fields.comparator.element.hidden = isLimit || isText;
    this.#fields.direction.element.hidden = draft.kind === "target_price" || isText;
    for (const way of DIRECTIONS) {
      this.#fields.direction.rename?.(way, say(isLimit ? `limit.${way}` : `direction.${way}`));
    }
    setText(this.#unit, draft.kind === "change_rate" ? "%" : say("unit.won"));
    setText(this.#kindHelp, say(`kind.help.${draft.kind}`));
    this.#suggest(draft.symbol, symbol);
    const trade = symbol === undefined ? undefined : state.market.rows.get(symbol)?.trade;
    this.#now.dataset.way = trade === undefined ? "none" : wayOf(trade.change);
    setText(
      this.#now,
      trade === undefined ? "" : say("form.now", { price: whole(trade.price), rate: signedRate(trade.rate) }),
    );
    this.#showSentence(draft, symbol);
    this.#trial.consider(draft, symbol);
  }

  #showSentence(draft: RuleDraft, symbol: string | undefined): void {
    const { say, locale, state } = this.#context;
    const faults = checkDraft(draft, symbol);
    if (symbol === undefined || faults.value !== undefined || faults.when !== undefined) {
      return setText(this.#sentence, "");
    }
    const sent = bodyOf({ ...draft, expires: "" }, symbol);
    const body = { ...sent, kind: sent.kind ?? "condition", conditions: conditionsIn(draft) ?? [] } as const;
    const trade = state.market.rows.get(symbol)?.trade;
    const met = trade !== undefined && standing(body, trade, this.#context).met
      ? ` · ${say("rules.met")}`
      : "";
    const policy = policyInWords({ ...body, sessions: null, maxAlertsPerDay: null }, undefined, locale);
    const words = [ruleWords(body, locale), policy].filter((part) => part !== "").join(", ");
    setText(this.#sentence, `${nameOf(this.#context, symbol)}: ${words}${met}`);
  }

  #suggest(text: string, symbol: string | undefined): void {
    const wanted = text.trim().toLowerCase();
    const rows = symbol !== undefined || wanted === ""
      ? []
      : findRows(this.#context.state.market.rows.values(), wanted).slice(0, MOST_SUGGESTED);
    fill(
      this.#suggestions,
      ...rows.map(({ listed }) =>
        h("option", { value: `${nameOf(this.#context, listed.symbol)} ${listed.symbol}` })
      ),
    );
  }

  async #submit(): Promise<void> {
    const { say, rules, notify, memory, locale } = this.#context;
    const draft = this.#draft();
    const symbol = this.#symbol(draft);
    const faults = checkDraft(draft, symbol);
    this.#showFaults(Object.entries(faults).map(([field, key]) => ({ field, reason: say(key) })));
    if (symbol === undefined || Object.keys(faults).length > 0) return;
    this.#busy(true);
    try {
      const rule = await rules.save(bodyOf(draft, symbol), this.#rule?.id);
      memory.set(RECIPIENTS, draft.recipients);
      notify(
        say("rules.saved", { rule: `${scopeWords(this.#context, rule)}, ${ruleWords(rule, locale)}` }),
        "good",
      );
      this.dialog.close();
    } catch (thrown) {
      const faults = thrown instanceof ApiRefusal ? thrown.issues : [];
      const known = faults.map((fault) => ({ field: fault.field, reason: faultIn(locale, fault) }));
      this.#showFaults(
        known.length > 0 ? known : [{ field: "", reason: failureWords(say, failureOf(thrown)) }],
      );
    } finally {
      this.#busy(false);
    }
  }

  /** Puts each fault at its field; what belongs to no field stands on top. */
  #showFaults(faults: readonly { readonly field: string; readonly reason: string }[]): void {
    for (const field of Object.values(this.#fields)) field.fault("");
    const general: string[] = [];
    let first: Field | undefined;
    for (const { field, reason } of faults) {
      const shown = this.#fieldOf(field);
      if (shown === undefined) {
        general.push(field === "" ? reason : `${field}: ${reason}`);
        continue;
      }
      shown.fault(reason);
      if (this.#more.contains(shown.element)) this.#more.open = true;
      first ??= shown;
    }
    this.#general.hidden = general.length === 0;
    setText(this.#general, general.join(" "));
    first?.focus();
  }

  /** "recipients[1]" is shown at the recipients, "expiresAt" at the expiry; a hidden field shows nothing. */
  #fieldOf(path: string): Field | undefined {
    const name = path.replace(/[.[].*$/, "").replace("expiresAt", "expires");
    const field = Object.hasOwn(this.#fields, name) ? this.#fields[name as DraftField] : undefined;
    return field?.element.hidden ? undefined : field;
  }

  #busy(busy: boolean): void {
    this.#save.disabled = busy;
    setText(this.#save, this.#context.say(busy ? "form.saving" : "form.save"));
  }
}
