import { failureOf } from "../api/failure.ts";
import type { ShownMail } from "../api/types.ts";
import { fill, h, icon, setText } from "../base/dom.ts";
import { shortTime } from "../format.ts";
import type { ViewContext } from "./context.ts";
import { ICONS } from "./icons.ts";
import { emptyNote, failureNote, failureWords, loadingNote } from "./states.ts";

/** The mails in the outbox and, for the chosen one, what its reader sees. `load` fetches the list again. */
export function mailsView(context: ViewContext, load: () => void): HTMLElement {
  const { state, say, signal } = context;
  const list = h("ul", { class: "mail-list", "aria-label": say("mails.title") });
  const note = h("div");
  const reader = h("div", { class: "mail-reader", hidden: true });
  const count = h("span", { class: "count" });
  const listSide = h("div", { class: "scroll" }, note, list);

  const back = () => {
    reader.hidden = true;
    listSide.hidden = false;
    fill(reader);
  };
  const open = (mail: ShownMail) => {
    listSide.hidden = true;
    reader.hidden = false;
    void showMail(context, { reader, mail, back });
  };

  state.mails.watch(signal, (loaded) => {
    if (loaded.state === "loading") return fill(note, loadingNote(say));
    const mails = loaded.value;
    const failed = loaded.state === "failed" && failureNote(say, loaded.message, load);
    if (mails === undefined) return fill(note, failed || emptyNote(say("mails.off")));
    fill(note, failed, mails.length === 0 && emptyNote(say("mails.empty"), say("mails.empty.help")));
    setText(count, String(mails.length));
    fill(list, ...mails.map((mail) => mailLine(mail, () => open(mail))));
  });
  return h(
    "section",
    { class: "panel mails-panel", "aria-label": say("mails.title") },
    h("header", { class: "panel-head" }, h("h2", {}, say("mails.title")), count),
    listSide,
    reader,
  );
}

function mailLine(mail: ShownMail, open: () => void): HTMLElement {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "mail", "data-mail": mail.id, onclick: open },
      h("span", { class: "subject" }, mail.subject),
      h(
        "span",
        { class: "under" },
        h("span", { class: "to" }, mail.to),
        h("time", {}, shortTime(mail.at, Date.now())),
      ),
    ),
  );
}

/**
 * The mail's HTML is shown in a frame that may do nothing: no script, no form, no link out of it, an origin of its own,
 * and the page's policy, under which nothing is fetched.
 */
async function showMail(
  { client, say }: ViewContext,
  { reader, mail, back }: { reader: HTMLElement; mail: ShownMail; back: () => void },
): Promise<void> {
  const backButton = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": say("mails.back"), onclick: back },
    icon(ICONS.back),
  );
  const head = h(
    "header",
    { class: "mail-head" },
    backButton,
    h("div", {}, h("h3", {}, mail.subject), h("p", { class: "under" }, `${say("mails.to")}: ${mail.to}`)),
  );
  const frame = h("iframe", {
    sandbox: true,
    title: say("mails.preview"),
  });
  const plain = h("pre", { class: "mail-text", hidden: true, tabindex: 0 });
  const tabs = (["html", "text"] as const).map((kind) =>
    h("button", {
      type: "button",
      class: "chip",
      "aria-pressed": String(kind === "html"),
      onclick: () => choose(kind),
    }, say(`mails.${kind}`))
  );
  const choose = (kind: "html" | "text") => {
    frame.hidden = kind !== "html";
    plain.hidden = kind !== "text";
    tabs.forEach((tab, at) => tab.ariaPressed = String((at === 0) === (kind === "html")));
  };
  fill(reader, head, h("div", { class: "chips" }, ...tabs), frame, plain);
  backButton.focus();
  try {
    const { html, text } = await client.mail(mail.id);
    frame.srcdoc = html;
    setText(plain, text);
    if (html === "") choose("text");
  } catch (thrown) {
    setText(plain, failureWords(say, failureOf(thrown)));
    choose("text");
  }
}
