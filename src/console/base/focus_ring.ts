const FOCUSABLE = "button, input, select, textarea, summary, a[href], [tabindex='0']";

/** Tab goes round in a dialog: from the last control to the first, and back, never out to the browser's own. */
export function keepFocusIn(dialog: HTMLElement): void {
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const seen = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) =>
      element.tabIndex >= 0 && !element.matches(":disabled") && element.checkVisibility()
    );
    // Of radio buttons of one name the chosen one alone is on the way.
    const way = seen.filter((element) => !element.matches("input[type=radio]:not(:checked)"));
    const [first, last] = [way[0], way.at(-1)];
    const from = event.shiftKey ? first : last;
    if (document.activeElement !== from) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  });
}
