import { h } from "../base/dom.ts";

const SHOWN_MS = 5_000;

/** Shows a line at the page's edge for a few seconds. */
export function toast(message: string, tone: "good" | "bad" | "alert", act?: () => void): void {
  const host = document.getElementById("toasts");
  if (host === null) return;
  const element = act === undefined
    ? h("div", { class: "toast", "data-tone": tone }, message)
    : h("button", { type: "button", class: "toast", "data-tone": tone, onclick: act }, message);
  host.append(element);
  while (host.childElementCount > 4) host.firstElementChild?.remove();
  setTimeout(() => element.remove(), SHOWN_MS);
}

/** Has a screen reader say something at once. */
export function announce(message: string): void {
  const host = document.getElementById("announcer");
  if (host === null) return;
  host.append(h("p", {}, message));
  while (host.childElementCount > 5) host.firstElementChild?.remove();
}
