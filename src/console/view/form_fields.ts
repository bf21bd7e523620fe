import { h, setText } from "../base/dom.ts";

/** One field of a form: its element, its value, and the place for what is wrong with it. */
export interface FormField {
  readonly element: HTMLElement;
  value(): string;
  focus(): void;
  /** Shows what is wrong, read out with the field; "" takes it away. */
  fault(reason: string): void;
  /** Puts another value in. */
  set?(value: string): void;
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** A labelled control with a hint below it. */
export function makeField(
  name: string,
  label: string,
  control: Control,
  options: { hint?: string; around?: HTMLElement } = {},
): FormField {
  const id = `form-${name}`;
  const fault = h("p", { class: "fault", id: `${id}-fault` });
  const hint = h("p", { class: "under", id: `${id}-hint` }, options.hint);
  control.id = id;
  control.name = name;
  control.setAttribute("aria-describedby", `${id}-fault ${id}-hint`);
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("div", { class: "control" }, options.around ?? control),
    fault,
    options.hint !== undefined && hint,
  );
  return {
    element,
    value: () => control.value,
    focus: () => control.focus(),
    set: (value) => control.value = value,
    fault: (reason) => {
      setText(fault, reason);
      control.ariaInvalid = String(reason !== "");
      element.classList.toggle("faulty", reason !== "");
    },
  };
}

/** A drop-down of words. */
export function makeSelect(
  name: string,
  label: string,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
): FormField {
  const select = h(
    "select",
    {},
    ...options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  );
  return makeField(name, label, select);
}

/** A row of buttons of which one is chosen; arrow keys move, as in any radio group. */
export function makeChoice(
  name: string,
  label: string,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
): FormField {
  const fault = h("p", { class: "fault", id: `form-${name}-fault` });
  const inputs = options.map(([value]) =>
    h("input", { type: "radio", name, value, checked: value === chosen })
  );
  const segments = options.map(([, text], at) => {
    return h("label", { class: "segment" }, inputs[at], h("span", {}, text));
  });
  const element = h(
    "fieldset",
    { class: "field choice", "aria-describedby": `form-${name}-fault` },
    h("legend", {}, label),
    h("div", { class: "segments" }, ...segments),
    fault,
  );
  return {
    element,
    value: () => inputs.find((input) => input.checked)?.value ?? chosen,
    focus: () => inputs.find((input) => input.checked)?.focus(),
    fault: (reason) => {
      setText(fault, reason);
      element.classList.toggle("faulty", reason !== "");
    },
    set: (value) => {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}
