import { failureOf } from "../api/failure.ts";
import { type Child, fill, h } from "../base/dom.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

/** A line of a list: what it is, what is said of it, what can be done with it. */
export interface DeskLine {
  readonly title: string;
  readonly about: string;
  readonly actions?: readonly { readonly label: string; readonly act: () => Promise<void> }[];
  readonly more?: Child;
}

/**
 * A part of the system view that is fetched when it is opened, and again after each thing that is done in it.
 *
 * @param given.form What stands above the list; `reload` fetches the list again.
 */
export function deskList(
  context: ViewContext,
  given: {
    readonly title: string;
    readonly load: () => Promise<readonly DeskLine[]>;
    readonly form?: (reload: () => Promise<void>) => HTMLElement;
  },
): HTMLElement {
  const { say, notify } = context;
  const list = h("ul", { class: "desk-list" });
  const reload = async () => {
    try {
      const lines = await given.load();
      fill(list, ...lines.map(line), lines.length === 0 && h("li", { class: "muted" }, say("desk.none")));
    } catch (thrown) {
      fill(list, h("li", { class: "fault" }, failureWords(say, failureOf(thrown))));
    }
  };
  const line = ({ title, about, actions = [], more }: DeskLine) =>
    h(
      "li",
      {},
      h("strong", {}, title),
      h("span", { class: "under" }, about),
      more,
      ...actions.map(({ label, act }) => {
        const button = h("button", { type: "button", class: "chip" }, label);
        button.addEventListener("click", async () => {
          button.disabled = true;
          try {
            await act();
            await reload();
          } catch (thrown) {
            notify(say("rules.failed", { reason: failureWords(say, failureOf(thrown)) }), "bad");
            button.disabled = false;
          }
        });
        return button;
      }),
    );
  const details = h(
    "details",
    { class: "desk-part" },
    h("summary", {}, given.title),
    given.form?.(reload),
    list,
  );
  details.addEventListener("toggle", () => {
    if (details.open) void reload();
  });
  return details;
}

/** A form of a few fields and one button; `send` gets what was typed. */
export function deskForm(
  context: ViewContext,
  given: {
    readonly fields: readonly {
      readonly name: string;
      readonly label: string;
      /** What can be chosen, and how it is called. */
      readonly options?: readonly (readonly [value: string, words: string])[];
      readonly value?: string;
    }[];
    readonly label: string;
    readonly send: (values: Readonly<Record<string, string>>) => Promise<void>;
  },
): HTMLElement {
  const { say, notify } = context;
  const controls = given.fields.map(({ name, label, options, value = "" }) =>
    options === undefined
      ? h("input", {
        type: "text",
        name,
        value,
        placeholder: label,
        "aria-label": label,
        autocomplete: "off",
      })
      : h(
        "select",
        { name, "aria-label": label },
        ...options.map(([each, words]) => h("option", { value: each }, words)),
      )
  );
  const button = h("button", { type: "submit", class: "button" }, given.label);
  const form = h("form", { class: "desk-form" }, ...controls, button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await given.send(Object.fromEntries(controls.map((control) => [control.name, control.value.trim()])));
      form.reset();
    } catch (thrown) {
      notify(say("rules.failed", { reason: failureWords(say, failureOf(thrown)) }), "bad");
    } finally {
      button.disabled = false;
    }
  });
  return form;
}
