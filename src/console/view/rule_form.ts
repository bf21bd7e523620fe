import { ApiRefusal, unlessRefused } from "../../control/client/refusal.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownRule, ShownWarning } from "../api/types.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { keepFocusIn } from "../base/focus_ring.ts";
import { signedRate, wayOf, whole } from "../format.ts";
import { faultIn } from "../i18n/text.ts";
import { conditionsNow, isMet } from "../state/rule_advice.ts";
import {
  bodyOf,
  checkDraft,
  conditionsIn,
  type DraftFault,
  draftOf,
  type DraftStart,
  emptyDraft,
  type FormDraft,
  inMode,
  targetsOf,
  triedDraft,
} from "../state/rule_draft.ts";
import { readConditionDraft } from "../state/condition_draft.ts";
import { ruleWords } from "../state/rule_words.ts";
import { conflictPanel } from "./conflict.ts";
import { scopeWords, type ViewContext } from "./context.ts";
import { adviceOn, draftWords, warningWords } from "./draft_words.ts";
import { type FormFault, showFaults } from "./form_faults.ts";
import { ICONS } from "./icons.ts";
import { lineField } from "./line_field.ts";
import { MetQuestion } from "./met_question.ts";
import { showPriceHelps } from "./price_helps.ts";
import { type RuleFields, ruleFields } from "./rule_fields.ts";
import { failureWords } from "./states.ts";
import { TrialView } from "./trial.ts";

/** How often what conditions measure is shown anew while the form is open. */
const NOW_MS = 1_000;

/** What the form begins with: a new rule, a copy of one, or one to change. */
export type FormStart =
  | DraftStart
  | { readonly rule: ShownRule; readonly copy?: boolean }
  /** What a line was read as. */
  | { readonly draft: FormDraft };

/** Opens the form in a dialog; Escape and the close button leave everything as it was. */
export function openRuleForm(context: ViewContext, start: FormStart): void {
  const before = document.activeElement;
  const form = new RuleForm(context, start);
  document.body.append(form.dialog);
  form.dialog.addEventListener("close", () => {
    form.dialog.remove();
    // The list may have been drawn anew meanwhile: then its place takes the focus.
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    else document.getElementById("main")?.focus();
  }, { once: true });
  context.signal.addEventListener("abort", () => form.dialog.close(), { once: true });
  form.dialog.showModal();
  form.focusFirst();
}

class RuleForm {
  readonly dialog: HTMLDialogElement;
  readonly #context: ViewContext;
  readonly #rule: ShownRule | undefined;
  readonly #form: RuleFields;
  readonly #general = h("p", { class: "form-error", role: "alert", hidden: true });
  readonly #conflict = h("div", { hidden: true });
  readonly #sentence = h("p", { class: "sentence", "aria-live": "polite" });
  readonly #now = h("p", { class: "under" });
  readonly #tried = h("p", { class: "under", "aria-live": "polite" });
  readonly #advice = h("ul", { class: "advice-list", "aria-live": "polite" });
  readonly #met: MetQuestion;
  readonly #modeButton = h("button", { type: "button", class: "link", onclick: () => this.#turnMode() });
  readonly #trial: TrialView;
  readonly #more: HTMLDetailsElement;
  readonly #save: HTMLButtonElement;
  #mode: FormDraft["mode"];
  #warnings: readonly ShownWarning[] = [];
  #version: number | undefined;

  constructor(context: ViewContext, start: FormStart) {
    const { say, locale, memory } = this.#context = context;
    this.#rule = "rule" in start && !start.copy ? start.rule : undefined;
    this.#version = this.#rule?.version;
    const draft = "rule" in start
      ? draftOf(start.rule)
      : "draft" in start
      ? start.draft
      : emptyDraft(start, memory.get("recipients") ?? "", locale);
    this.#mode = draft.mode;
    this.#form = ruleFields(context, draft, {
      fixed: this.#rule !== undefined && this.#rule.symbol !== null,
      changed: () => this.#changed(),
    });
    this.#met = new MetQuestion(say, () => {
      this.#form.fields.on.set?.("crossing");
      this.#changed();
      this.#save.focus();
    });
    this.#trial = new TrialView(context, {
      element: this.#tried,
      warned: (warnings) => {
        this.#warnings = warnings;
        this.#advise();
      },
    });
    this.#save = h("button", { type: "submit", class: "button primary" }, say("form.save"));
    this.#more = h("details", { class: "more" }, h("summary", {}, say("form.more")), ...this.#moreFields());
    this.#more.open = draft.note !== "" || draft.expires !== "" || draft.labels !== "" ||
      draft.sessions.length > 0 || draft.maxAlertsPerDay !== "";
    const form = h("form", { novalidate: true, oninput: () => this.#changed() }, ...this.#parts());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.dialog = h("dialog", { class: "rule-form", "aria-labelledby": "form-title" }, form);
    keepFocusIn(this.dialog);
    const timer = setInterval(() => this.#showNow(), NOW_MS);
    this.dialog.addEventListener("close", () => {
      clearInterval(timer);
      this.#trial.stop();
    }, { once: true });
    this.#changed();
  }

  focusFirst(): void {
    const { fields, conditions } = this.#form;
    if (fields.symbol.value() === "" && fields.scope.value() === "symbol") fields.symbol.focus();
    else if (this.#mode === "text") fields.when.focus();
    else conditions.focus(0);
  }

  #moreFields(): HTMLElement[] {
    const { fields, sessions } = this.#form;
    const { maxAlertsPerDay, locale, note, labels, expires } = fields;
    return [sessions, maxAlertsPerDay, locale, note, labels, expires].map(({ element }) => element);
  }

  #parts(): HTMLElement[] {
    const { say } = this.#context;
    const { fields, conditions } = this.#form;
    const close = () => this.dialog.close();
    const title = this.#rule === undefined ? "form.add" : "form.edit";
    return [
      h(
        "header",
        { class: "form-head" },
        h("h2", { id: "form-title" }, say(title)),
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
        this.#conflict,
        ...(this.#rule === undefined ? [this.#line(), fields.scope.element] : []),
        fields.symbol.element,
        fields.symbols.element,
        fields.market.element,
        this.#now,
        h(
          "div",
          { class: "field" },
          h(
            "div",
            { class: "field-head" },
            h("span", { class: "field-label" }, say("form.when")),
            this.#modeButton,
          ),
          conditions.element,
          fields.when.element,
        ),
        this.#met.element,
        this.#tried,
        this.#advice,
        h("div", { class: "pair" }, fields.on.element, fields.repeat.element),
        fields.recipients.element,
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

  #line(): HTMLElement {
    return lineField(this.#context, {
      before: () => this.#draft(),
      read: (draft) => {
        this.dialog.close();
        openRuleForm(this.#context, { draft });
      },
      failed: (reason) => this.#showFaults([{ field: "", reason }]),
    });
  }

  #draft(): FormDraft {
    return this.#form.read(this.#mode);
  }

  #listed() {
    return [...this.#context.state.market.rows.values()].map((row) => row.listed);
  }

  #known() {
    return { listed: this.#listed(), now: this.#context.state.now() };
  }

  /** The row of the one symbol that the rule is for. */
  #row(draft: FormDraft) {
    const { symbols } = targetsOf(draft, this.#listed());
    return symbols.length === 1 ? this.#context.state.market.rows.get(symbols[0] as string) : undefined;
  }

  #turnMode(): void {
    const draft = this.#draft();
    const turned = inMode(draft, this.#mode === "text" ? "builder" : "text");
    if (turned === draft) return void this.#check();
    this.#mode = turned.mode;
    if (turned.mode === "builder") this.#form.conditions.set(turned.conditions);
    else this.#form.fields.when.set?.(turned.when);
    this.#changed();
  }

  /** Shows the fields of the scope, the suggestions, and the rule in words. */
  #changed(): void {
    const { say } = this.#context;
    const draft = this.#draft();
    const { fields, conditions } = this.#form;
    for (const scope of ["symbol", "symbols", "market"] as const) {
      fields[scope].element.hidden = draft.scope !== scope;
    }
    conditions.element.hidden = draft.mode === "text";
    fields.when.element.hidden = draft.mode !== "text";
    setText(this.#modeButton, say(draft.mode === "text" ? "form.mode.builder" : "form.mode.text"));
    setText(this.#sentence, draftWords(this.#context, draft, this.#listed()));
    this.#showNow();
    this.#trial.consider(triedDraft(draft, this.#known()));
    this.#advise();
  }

  /** What the market says now: prices, what each condition measures, whether the rule would fire at once. */
  #showNow(): void {
    const { say } = this.#context;
    const draft = this.#draft();
    const row = this.#row(draft);
    const trade = row?.trade;
    this.#now.dataset.way = trade === undefined ? "none" : wayOf(trade.change);
    setText(
      this.#now,
      trade === undefined
        ? ""
        : say("form.price", { price: whole(trade.price), rate: signedRate(trade.rate) }),
    );
    const measured = draft.conditions.map((each) => {
      const read = readConditionDraft(each);
      // A line without its number yet has what it measures, and is not met.
      return "condition" in read
        ? read.condition
        : { measure: each.measure, params: [], comparator: "gte", value: Infinity } as const;
    });
    this.#form.conditions.showNow(conditionsNow(measured, trade));
    draft.conditions.forEach(({ measure, value }, at) => {
      const host = this.#form.conditions.helps(at);
      if (host === undefined) return;
      if (measure !== "price") return fill(host);
      // Buttons that are drawn anew under the reader's finger are not pressed.
      if (host.contains(document.activeElement) || host.matches(":hover")) return;
      showPriceHelps(host, {
        context: this.#context,
        row,
        typed: value,
        choose: (price) => this.#form.conditions.setValue(at, whole(price)),
      });
    });
    this.#askIfMet(draft);
  }

  /** A new rule that is met already would fire at once. */
  #askIfMet(draft: FormDraft): void {
    const { conditions } = conditionsIn(draft);
    this.#met.ask(
      this.#rule === undefined && draft.on === "level" && conditions !== undefined &&
        isMet(conditions, this.#row(draft)?.trade),
    );
  }

  #advise(): void {
    const draft = this.#draft();
    const words = adviceOn(this.#context, draft, {
      listed: this.#listed(),
      row: this.#row(draft),
      id: this.#rule?.id,
      warnings: this.#warnings,
    });
    fill(this.#advice, ...[...words].map((each) => h("li", {}, each)));
    this.#advice.hidden = words.size === 0;
  }

  /**
   * Shows what is wrong.
   *
   * @returns whether nothing is.
   */
  #check(): boolean {
    const { say, locale } = this.#context;
    const draft = this.#draft();
    const faults = checkDraft(draft, this.#known());
    const words = (fault: DraftFault) => "key" in fault ? say(fault.key) : faultIn(locale, fault);
    this.#showFaults(
      Object.entries(faults).map(([field, fault]) => ({ field, reason: words(fault as DraftFault) })),
    );
    if (Object.keys(faults).length > 0) return false;
    if (!this.#met.open) return true;
    this.#met.focus();
    return false;
  }

  async #submit(): Promise<void> {
    const { say, rules, notify, memory, locale } = this.#context;
    this.#askIfMet(this.#draft());
    if (!this.#check()) return;
    const draft = this.#draft();
    this.#busy(true);
    try {
      const body = bodyOf(draft, this.#listed());
      const rule = await rules.save(body, this.#rule && { ...this.#rule, version: this.#version ?? 1 });
      // Who adds ten rules types the address once.
      memory.set("recipients", draft.recipients);
      notify(
        say("rules.saved", { rule: `${scopeWords(this.#context, rule)}, ${ruleWords(rule, locale)}` }),
        "good",
      );
      for (const warning of rule.warnings ?? []) notify(warningWords(this.#context, warning, draft), "bad");
      this.dialog.close();
    } catch (thrown) {
      if (thrown instanceof ApiRefusal && thrown.status === 412) return await this.#showConflict();
      const faults = thrown instanceof ApiRefusal ? thrown.issues : [];
      const reasons = faults.map((fault) => ({ field: fault.field, reason: faultIn(locale, fault) }));
      this.#showFaults(
        reasons.length > 0 ? reasons : [{ field: "", reason: failureWords(say, failureOf(thrown)) }],
      );
    } finally {
      this.#busy(false);
    }
  }

  /** Somebody was faster: both are shown, and the reader decides. */
  async #showConflict(): Promise<void> {
    const { client, say } = this.#context;
    const rule = this.#rule;
    if (rule === undefined) return;
    const failed = (reason: string) => this.#showFaults([{ field: "", reason }]);
    let theirs: ShownRule | undefined;
    try {
      theirs = await unlessRefused([404], () => client.rule(rule.id));
    } catch (thrown) {
      return failed(failureWords(say, failureOf(thrown)));
    }
    if (theirs === undefined) return failed(say("rules.deleted.meanwhile"));
    this.#conflict.hidden = false;
    fill(
      this.#conflict,
      conflictPanel(this.#context, {
        theirs,
        mine: this.#draft(),
        keepMine: () => {
          this.#version = theirs.version;
          this.#conflict.hidden = true;
          void this.#submit();
        },
        takeTheirs: () => {
          this.dialog.close();
          openRuleForm(this.#context, { rule: theirs });
        },
      }),
    );
    this.#conflict.querySelector("button")?.focus();
  }

  #showFaults(faults: readonly FormFault[]): void {
    const general = showFaults(this.#form, faults, {
      mode: this.#mode,
      shown: ({ element }) => {
        if (this.#more.contains(element)) this.#more.open = true;
      },
    });
    this.#general.hidden = general.length === 0;
    setText(this.#general, general.join(" "));
  }

  #busy(busy: boolean): void {
    this.#save.disabled = busy;
    setText(this.#save, this.#context.say(busy ? "form.saving" : "form.save"));
  }
}
