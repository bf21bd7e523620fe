import type { Loadable } from "../base/cell.ts";
import { h } from "../base/dom.ts";
import type { Say } from "../i18n/text.ts";

/** What stands where there is nothing to list. */
export function emptyNote(title: string, help?: string, action?: HTMLElement): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, title),
    help && h("p", {}, help),
    action,
  );
}

/** What stands while something is fetched. */
export function loadingNote(say: Say): HTMLElement {
  return h(
    "div",
    { class: "empty", role: "status" },
    h("span", { class: "spinner", "aria-hidden": "true" }),
    say("app.loading"),
  );
}

/** A failure in words; "" is a server that could not be reached. */
export function failureWords(say: Say, message: string): string {
  return message === "" ? say("error.network") : message;
}

/** A failure, and a way to try again. */
export function failureNote(say: Say, message: string, retry: () => void): HTMLElement {
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("p", {}, failureWords(say, message)),
    h("button", { type: "button", class: "button", onclick: retry }, say("app.retry")),
  );
}

/** The value of a loadable where it has one, a failed refresh's included. */
export function valueOf<T>(loadable: Loadable<T>): T | undefined {
  return loadable.state === "loading" ? undefined : loadable.value;
}
