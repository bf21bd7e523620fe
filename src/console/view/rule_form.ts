import { policyInWords, scopeInWords } from "../../alerts/words.ts";
import { MAX_LINE } from "../../rules/rule.ts";
import { shorthandOf } from "../../rules/shorthand.ts";
import { ApiRefusal } from "../../control/client/refusal.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownRule, ShownWarning } from "../api/types.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { keepFocusIn } from "../base/focus_ring.ts";
import { signedRate, wayOf, whole } from "../format.ts";
import { faultIn } from "../i18n/text.ts";
import { conditionsNow, isMet, reachOf, sameRule } from "../state/rule_advice.ts";
import {
  bodyOf,
  checkDraft,
  conditionsIn,
  type DraftField,
  draftOf,
  type DraftStart,
  emptyDraft,
  type Fault,
  inMode,
  readDraft,
  type RuleDraft,
  splitRecipients,
  targetsOf,
  triedDraft,
} from "../state/rule_draft.ts";
import { ruleWords } from "../state/rule_words.ts";
import { conflictPanel } from "./conflict.ts";
import { nameOf, scopeWords, type ViewContext } from "./context.ts";
import type { Field } from "./form_fields.ts";
import { ICONS } from "./icons.ts";
import { showPriceHelps } from "./price_helps.ts";
import { type FieldName, type RuleFields, ruleFields } from "./rule_fields.ts";
import { failureWords, valueOf } from "./states.ts";
import { Trial } from "./trial.ts";

/** How often what conditions measure is shown anew while the form is open. */
const NOW_MS = 1_000;

/** What the form begins with: a new rule, a copy of one, or one to change. */
export type FormStart =
  | DraftStart
  | { readonly rule: ShownRule; readonly copy?: boolean }
  /** What a line was read as, see {@link readDraft}. */
  | { readonly draft: RuleDraft };

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
  readonly #met = h("div", { class: "met-question", role: "group", hidden: true });
  readonly #modeButton = h("button", { type: "button", class: "link", onclick: () => this.#turnMode() });
  readonly #trial: Trial;
  readonly #more: HTMLDetailsElement;
  readonly #save: HTMLButtonElement;
  #mode: RuleDraft["mode"];
  /** Whether it was said that a rule that is met already is to fire at once. */
  #atOnce = false;
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
    this.#trial = new Trial(context, {
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
        ...(this.#rule === undefined ? [this.#lineField(), fields.scope.element] : []),
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
        this.#met,
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

  /** A rule as people say it: Enter fills the form with what was understood. */
  #lineField(): HTMLElement {
    const { say } = this.#context;
    const line = h("input", {
      type: "text",
      id: "form-line",
      maxlength: MAX_LINE,
      placeholder: say("form.line.example"),
      autocomplete: "off",
      onkeydown: ((event: KeyboardEvent) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        void this.#readLine(line.value);
      }) as EventListener,
    });
    return h(
      "div",
      { class: "field" },
      h("label", { for: "form-line" }, say("form.line")),
      h("div", { class: "control" }, line),
      h("p", { class: "under" }, say("form.line.hint")),
    );
  }

  async #readLine(line: string): Promise<void> {
    const { client, say, locale } = this.#context;
    if (line.trim() === "") return;
    try {
      const read = await client.readLine({ line, locale });
      const draft = readDraft(read, this.#draft());
      if (draft === undefined) {
        const names = read.candidates.map(({ name }) => name).join(", ");
        const rest = read.rest.join(" ");
        const reason = names !== ""
          ? say("form.line.which", { names })
          : rest !== ""
          ? say("form.line.rest", { rest })
          : say("form.line.fault");
        return this.#showFaults([{ field: "", reason }]);
      }
      this.dialog.close();
      openRuleForm(this.#context, { draft });
    } catch (thrown) {
      this.#showFaults([{ field: "", reason: failureWords(say, failureOf(thrown)) }]);
    }
  }

  #draft(): RuleDraft {
    return this.#form.read(this.#mode);
  }

  #listed() {
    return [...this.#context.state.market.rows.values()].map((row) => row.listed);
  }

  #known() {
    return { listed: this.#listed(), now: this.#context.state.now() };
  }

  /** The row of the one symbol that the rule is for. */
  #row(draft: RuleDraft) {
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
    this.#showSentence(draft);
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
    const read = draft.conditions.map((each) =>
      conditionsIn({ ...draft, mode: "builder", conditions: [each] })
    );
    const now = read.map(({ conditions }, at) => {
      const blank = {
        measure: draft.conditions[at]!.measure,
        params: [],
        comparator: "gte",
        value: Infinity,
      } as const;
      return conditionsNow([conditions?.[0] ?? blank], trade)[0]!;
    });
    this.#form.conditions.showNow(now);
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

  /** A rule that is met already fires at once, which is seldom meant: it is asked. */
  #askIfMet(draft: RuleDraft): void {
    const { say } = this.#context;
    const { conditions } = conditionsIn(draft);
    const asks = this.#rule === undefined && draft.on === "level" && conditions !== undefined &&
      isMet(conditions, this.#row(draft)?.trade);
    if (!asks) this.#met.hidden = true;
    if (!asks || !this.#met.hidden) return;
    this.#met.hidden = false;
    this.#met.ariaLabel = say("form.met");
    const choice = (label: string, act: () => void) =>
      h("button", { type: "button", class: "button", "aria-pressed": "false", onclick: act }, label);
    const atOnce = choice(say("form.met.now"), () => {
      this.#atOnce = true;
      atOnce.ariaPressed = "true";
    });
    atOnce.ariaPressed = String(this.#atOnce);
    const later = choice(say("form.met.later"), () => {
      this.#form.fields.on.set?.("crossing");
      this.#changed();
      this.#save.focus();
    });
    fill(this.#met, h("p", {}, say("form.met")), h("div", { class: "met-choices" }, atOnce, later));
  }

  #showSentence(draft: RuleDraft): void {
    const { locale } = this.#context;
    const { conditions } = conditionsIn(draft);
    const targets = targetsOf(draft, this.#listed());
    const missing = draft.scope !== "market" && (targets.symbols.length === 0 || targets.unknown.length > 0);
    if (conditions === undefined || missing) return setText(this.#sentence, "");
    const target = draft.scope === "market"
      ? scopeInWords({ symbol: null, symbols: null, market: draft.market }, locale)
      : targets.symbols.slice(0, 3).map((symbol) => nameOf(this.#context, symbol)).join(", ") +
        (targets.symbols.length > 3 ? " …" : "");
    const policy = policyInWords(
      {
        repeat: draft.repeat === "" ? null : draft.repeat,
        sessions: draft.sessions.length === 0 ? null : draft.sessions,
        maxAlertsPerDay: Number(draft.maxAlertsPerDay) || null,
      },
      undefined,
      locale,
    );
    const body = { ...shorthandOf(conditions), conditions, on: draft.on };
    const words = [ruleWords(body, locale), policy].filter((part) => part !== "").join(", ");
    setText(this.#sentence, `${target}: ${words}`);
  }

  /** What is odd about the rule without being wrong: what the page knows, and what the server says. */
  #advise(): void {
    const { say, locale, state } = this.#context;
    const draft = this.#draft();
    const { conditions } = conditionsIn(draft);
    const row = this.#row(draft);
    const words = new Set<string>();
    if (conditions !== undefined && row !== undefined) {
      for (const condition of conditions) {
        const reach = reachOf(condition, { listed: row.listed, trade: row.trade, now: state.now() });
        if (reach !== undefined) words.add(say(`advice.${reach.code}`));
      }
    }
    if (conditions !== undefined) {
      const same = sameRule(valueOf(state.rules.value)?.items ?? [], {
        symbols: targetsOf(draft, this.#listed()).symbols,
        market: draft.scope === "market" ? draft.market : undefined,
        conditions,
        on: draft.on,
        id: this.#rule?.id,
      });
      if (same !== undefined) words.add(say("advice.same", { id: same.id }));
    }
    for (const { code, field, reason } of this.#warnings) {
      if (code === "not_today" || code === "never_reached") {
        words.add(say(`advice.${code}`));
        continue;
      }
      const at = /^recipients\[(\d+)\]/.exec(field)?.[1];
      const recipient = at === undefined ? "" : `${splitRecipients(draft.recipients)[Number(at)]}: `;
      words.add(recipient + faultIn(locale, { code, reason }));
    }
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
    const words = (fault: Fault) => "key" in fault ? say(fault.key) : faultIn(locale, fault);
    this.#showFaults(
      Object.entries(faults).map(([field, fault]) => ({ field, reason: words(fault as Fault) })),
    );
    if (Object.keys(faults).length > 0) return false;
    if (this.#met.hidden || this.#atOnce) return true;
    this.#met.querySelector("button")?.focus();
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
      for (const warning of rule.warnings ?? []) notify(faultIn(locale, warning), "bad");
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
    const theirs = await client.rule(rule.id).catch(() => undefined);
    if (theirs === undefined) {
      return this.#showFaults([{ field: "", reason: say("rules.deleted.meanwhile") }]);
    }
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

  /** Puts each fault at its field; what belongs to no field stands on top. */
  #showFaults(faults: readonly { readonly field: string; readonly reason: string }[]): void {
    const { fields, conditions } = this.#form;
    for (const field of Object.values(fields)) field.fault("");
    for (let at = 0; at < 4; at++) conditions.fault(at, "");
    const general: string[] = [];
    let first: (() => void) | undefined;
    for (const { field, reason } of faults) {
      const at = /^conditions\[(\d+)\]/.exec(field)?.[1];
      if (at !== undefined && this.#mode === "builder") {
        conditions.fault(Number(at), reason);
        first ??= () => conditions.focus(Number(at));
        continue;
      }
      const shown = this.#fieldOf(field);
      if (shown === undefined) {
        general.push(field === "" ? reason : `${field}: ${reason}`);
        continue;
      }
      shown.fault(reason);
      if (this.#more.contains(shown.element)) this.#more.open = true;
      first ??= () => shown.focus();
    }
    this.#general.hidden = general.length === 0;
    setText(this.#general, general.join(" "));
    first?.();
  }

  /** "recipients[1]" is shown at the recipients, "expiresAt" at the expiry; a hidden field shows nothing. */
  #fieldOf(path: string): Field | undefined {
    const name = path.replace(/[.[].*$/, "").replace("expiresAt", "expires") as DraftField;
    const { fields } = this.#form;
    const field = Object.hasOwn(fields, name) ? fields[name as FieldName] : undefined;
    return field?.element.hidden ? undefined : field;
  }

  #busy(busy: boolean): void {
    this.#save.disabled = busy;
    setText(this.#save, this.#context.say(busy ? "form.saving" : "form.save"));
  }
}
