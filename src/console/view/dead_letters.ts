import { failureOf } from "../api/failure.ts";
import type { ShownDeadLetter } from "../api/types.ts";
import { fill, h, setText } from "../base/dom.ts";
import { poll } from "../base/poll.ts";
import { shortTime } from "../format.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

const REFRESH_MS = 10_000;
const SHOWN = 20;

/** What could not be handled, newest first, with why; what can be put back may be. Hidden from those who may not see it. */
export function deadLetters(context: ViewContext): HTMLElement {
  const { say, client, signal } = context;
  const host = h("section", { class: "system", hidden: true });
  let shown = "";
  const refresh = poll(signal, REFRESH_MS, async () => {
    const letters = await client.deadLetters(SHOWN).catch(() => undefined);
    host.hidden = letters === undefined;
    const now = JSON.stringify(letters);
    if (letters === undefined || now === shown) return;
    shown = now;
    fill(
      host,
      h("h3", {}, say("dead.title")),
      letters.length === 0 ? h("p", { class: "muted" }, say("dead.none")) : h(
        "ul",
        {},
        ...letters.map((letter) => line(context, letter, () => void refresh())),
      ),
    );
  });
  return host;
}

function line(context: ViewContext, letter: ShownDeadLetter, changed: () => void): HTMLElement {
  const { say, client, notify } = context;
  const redrive = async () => {
    try {
      await client.redrive(letter.id);
      notify(say("dead.redriven"));
      changed();
    } catch (thrown) {
      notify(say("rules.failed", { reason: failureWords(say, failureOf(thrown)) }), "bad");
    }
  };
  const bytes = h("pre", { class: "bytes", hidden: true, tabindex: 0 });
  const showBytes = async () => {
    bytes.hidden = !bytes.hidden;
    if (bytes.hidden || bytes.textContent !== "") return;
    try {
      const { text, base64 } = await client.deadLetter(letter.id);
      setText(bytes, text ?? base64);
    } catch (thrown) {
      setText(bytes, failureWords(say, failureOf(thrown)));
    }
  };
  return h(
    "li",
    { class: "event" },
    h("time", {}, shortTime(letter.at, Date.now())),
    h("strong", {}, `${letter.role} · ${letter.code}`),
    h("span", { class: "under" }, letter.reason),
    h("button", { type: "button", class: "chip", onclick: () => void showBytes() }, say("dead.bytes")),
    letter.redrivable &&
      h("button", { type: "button", class: "chip", onclick: () => void redrive() }, say("dead.redrive")),
    bytes,
  );
}
