import { COMPARISON, measuredInWords, measureName } from "../../alerts/condition_words.ts";
import { type Comparator, COMPARATORS, MAX_CONDITIONS } from "../../rules/condition.ts";
import { MEASURE_NAMES, type MeasureName, MEASURES } from "../../rules/measures.ts";
import type { Need, ParamSpec } from "../../rules/measures/measure.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { whole } from "../format.ts";
import { type ConditionDraft, flagStates, newCondition } from "../state/condition_draft.ts";
import type { ConditionNow } from "../state/rule_advice.ts";
import type { ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";

/** Measures by what they are of, as the choice groups them. */
const GROUPS: readonly Need[] = [...new Set(MEASURE_NAMES.map((name) => MEASURES[name].need))];
/** The most offered values of a parameter that is a number. */
const LENGTHS = [5, 10, 14, 20, 60, 120, 240];

interface Row {
  readonly element: HTMLElement;
  readonly now: HTMLElement;
  readonly fault: HTMLElement;
  readonly helps: HTMLElement;
  value(): ConditionDraft;
  focus(): void;
  setValue(text: string): void;
}

/** One to four conditions as lines, each with what it measures now. */
export class ConditionRows {
  readonly element: HTMLElement;
  readonly #context: ViewContext;
  readonly #changed: () => void;
  readonly #list = h("ol", { class: "conditions" });
  readonly #add: HTMLButtonElement;
  #rows: Row[] = [];

  constructor(context: ViewContext, conditions: readonly ConditionDraft[], changed: () => void) {
    this.#context = context;
    this.#changed = changed;
    this.#add = h(
      "button",
      { type: "button", class: "chip", onclick: () => this.#addRow() },
      icon(ICONS.plus),
      context.say("form.condition.add"),
    );
    this.element = h("div", { class: "builder" }, this.#list, this.#add);
    this.set(conditions);
  }

  set(conditions: readonly ConditionDraft[]): void {
    this.#rows = conditions.map((condition) => this.#row(condition));
    this.#draw();
  }

  value(): readonly ConditionDraft[] {
    return this.#rows.map((row) => row.value());
  }

  focus(at: number): void {
    this.#rows[at]?.focus();
  }

  /** Shows what is wrong with a line; "" takes it away. */
  fault(at: number, reason: string): void {
    const row = this.#rows[at];
    if (row === undefined) return;
    setText(row.fault, reason);
    row.element.classList.toggle("faulty", reason !== "");
  }

  /** The place below a line, for what helps to fill it. */
  helps(at: number): HTMLElement | undefined {
    return this.#rows[at]?.helps;
  }

  setValue(at: number, text: string): void {
    this.#rows[at]?.setValue(text);
    this.#changed();
  }

  /** Shows beside each line what it measures now. */
  showNow(now: readonly ConditionNow[]): void {
    const { say, locale } = this.#context;
    this.#rows.forEach((row, at) => {
      const { units, holds } = now[at] ?? { units: undefined, holds: false };
      const condition = row.value();
      const text = units === undefined ? "–" : measuredInWords(condition, units, locale);
      setText(row.now, say(holds ? "form.now.met" : "form.now", { value: text }));
      row.now.classList.toggle("met", holds);
    });
  }

  #draw(): void {
    fill(this.#list, ...this.#rows.map((row) => row.element));
    this.#add.hidden = this.#rows.length >= MAX_CONDITIONS;
    this.#list.classList.toggle("several", this.#rows.length > 1);
  }

  #addRow(): void {
    const used = new Set(this.#rows.map((row) => row.value().measure));
    const next = (["rate", "day_value", "strength", "price"] as const).find((measure) => !used.has(measure));
    this.#rows.push(this.#row(newCondition(next ?? "rate")));
    this.#draw();
    this.#changed();
    this.#rows.at(-1)?.focus();
  }

  #remove(row: Row): void {
    const at = this.#rows.indexOf(row);
    this.#rows = this.#rows.filter((each) => each !== row);
    this.#draw();
    this.#changed();
    this.#rows[Math.max(0, at - 1)]?.focus();
  }

  #replace(row: Row, condition: ConditionDraft): void {
    this.#rows = this.#rows.map((each) => each === row ? this.#row(condition) : each);
    const at = this.#rows.findIndex((each) => each.value() === condition);
    this.#draw();
    this.#changed();
    (this.#rows[at]?.element.querySelector("select") as HTMLElement | null)?.focus();
  }

  #row(condition: ConditionDraft): Row {
    const { say, locale } = this.#context;
    const { measure } = condition;
    const spec = MEASURES[measure];
    const select = measureSelect(measure, this.#context);
    const params = spec.params.map((param, at) =>
      paramSelect(param, condition.params[at] ?? "", say("form.param"))
    );
    const compared = spec.unit === "flag"
      ? flagPart(condition, this.#context)
      : numberPart(condition, this.#context);
    const now = h("span", { class: "now" });
    const fault = h("p", { class: "fault", role: "alert" });
    const helps = h("div", { class: "helps" });
    const remove = h("button", {
      type: "button",
      class: "icon-button small",
      "aria-label": say("form.condition.remove"),
      onclick: () => this.#remove(row),
    }, icon(ICONS.close));
    const element = h(
      "li",
      { class: "condition-row" },
      h("div", { class: "condition-line" }, select, ...params, ...compared.elements, remove),
      h("p", { class: "under" }, now, h("span", {}, spec.words[locale].help)),
      fault,
      helps,
    );
    const row: Row = {
      element,
      now,
      fault,
      helps,
      value: () => ({
        measure,
        params: params.map((each) => each.value),
        ...compared.value(),
      }),
      focus: () => compared.focus(),
      setValue: (text) => compared.setValue(text),
    };
    select.addEventListener("change", () => {
      this.#replace(row, newCondition(select.value as MeasureName));
    });
    return row;
  }
}

function measureSelect(chosen: MeasureName, { say, locale }: ViewContext): HTMLSelectElement {
  const groups = GROUPS.map((need) =>
    h(
      "optgroup",
      { label: say(`need.${need}`) },
      ...MEASURE_NAMES.filter((name) => MEASURES[name].need === need).map((name) =>
        h(
          "option",
          { value: name, selected: name === chosen },
          measureName(name, locale),
        )
      ),
    )
  );
  return h("select", { class: "measure", "aria-label": say("form.measure") }, ...groups);
}

function paramSelect(spec: ParamSpec, chosen: string, label: string): HTMLSelectElement {
  const values = "words" in spec
    ? [...spec.words]
    : [...new Set([chosen, ...LENGTHS.filter((each) => each >= spec.min && each <= spec.max).map(String)])]
      .filter((each) => each !== "").sort((a, b) => Number(a) - Number(b));
  return h(
    "select",
    { "aria-label": `${label} ${spec.name}` },
    ...values.map((value) => h("option", { value, selected: value === chosen }, value)),
  );
}

/** 300000 → "300,000", as people read it; anything else as it is. */
function grouped(value: string): string {
  return /^-?\d{4,15}$/.test(value) ? whole(Number(value)) : value;
}

interface Compared {
  readonly elements: readonly HTMLElement[];
  value(): { readonly comparator: Comparator; readonly value: string };
  focus(): void;
  setValue(text: string): void;
}

function numberPart({ measure, comparator, value }: ConditionDraft, { say, locale }: ViewContext): Compared {
  const { unit } = MEASURES[measure];
  const input = h("input", {
    type: "text",
    class: "condition-value",
    inputmode: "decimal",
    value: grouped(value),
    autocomplete: "off",
    "aria-label": say("form.value"),
  });
  const select = h(
    "select",
    { "aria-label": say("form.comparator") },
    ...COMPARATORS.map((each) =>
      h("option", { value: each, selected: each === comparator }, COMPARISON[locale][each])
    ),
  );
  return {
    elements: [
      h(
        "span",
        { class: "control" },
        input,
        h("span", { class: "unit" }, unit === "flag" ? "" : say(`unit.${unit}`)),
      ),
      select,
    ],
    value: () => ({ comparator: select.value as Comparator, value: input.value }),
    focus: () => input.focus(),
    setValue: (text) => input.value = text,
  };
}

function flagPart({ measure, comparator, value }: ConditionDraft, { say, locale }: ViewContext): Compared {
  const states = flagStates(measure);
  const chosen = states.findIndex((state) => state.comparator === comparator && state.value === value);
  const words = MEASURES[measure].words[locale].states ?? {};
  const select = h(
    "select",
    { "aria-label": say("form.state") },
    ...states.map(({ values }, at) =>
      h(
        "option",
        { value: at, selected: at === Math.max(0, chosen) },
        (words[values]?.is ?? values).replace("{0} ", ""),
      )
    ),
  );
  return {
    elements: [select],
    value: () => {
      const { comparator: found = "gte", value: number = "1" } = states[Number(select.value)] ?? {};
      return { comparator: found, value: number };
    },
    focus: () => select.focus(),
    setValue: () => {},
  };
}
