import { h } from "../base/dom.ts";

const SHOWN_MS = 5_000;

/** Shows a line at the page's edge for a few seconds, or until it is pressed. */
export function toast(
  message: string,
  tone: "good" | "bad" | "alert",
  act?: () => void,
  { stays = false }: { readonly stays?: boolean } = {},
): void {
  const host = document.getElementById("toasts");
  if (host === null) return;
  const pressed = () => {
    element.remove();
    act?.();
  };
  const element: HTMLElement = act === undefined
    ? h("div", { class: "toast", "data-tone": tone }, message)
    : h("button", { type: "button", class: "toast", "data-tone": tone, onclick: pressed }, message);
  host.append(element);
  while (host.childElementCount > 4) host.firstElementChild?.remove();
  // What an alert says to a reader is longer, and said by who shows it: each is said once.
  if (tone !== "alert") announce(message);
  if (!stays) setTimeout(() => element.remove(), SHOWN_MS);
}

/** Has a screen reader say something at once. */
export function announce(message: string): void {
  const host = document.getElementById("announcer");
  if (host === null) return;
  host.append(h("p", {}, message));
  while (host.childElementCount > 5) host.firstElementChild?.remove();
}
