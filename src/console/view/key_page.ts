import { failureOf } from "../api/failure.ts";
import type { ApiClient } from "../api/client.ts";
import { h, setText } from "../base/dom.ts";
import type { Locale } from "../../rules/rule.ts";
import { mailSignIn } from "../push/mail_sign_in.ts";
import type { Say } from "../i18n/text.ts";
import { failureWords } from "./states.ts";

/** The page that asks for the API key; `opened` is called once the server has taken it. */
export function keyPage(options: {
  client: ApiClient;
  say: Say;
  locale: Locale;
  opened: () => void;
}): HTMLElement {
  const { client, say, locale, opened } = options;
  const fault = h("p", { class: "fault", id: "key-fault", role: "alert" });
  const input = h("input", {
    id: "key",
    type: "password",
    required: true,
    autocomplete: "off",
    "aria-describedby": "key-fault key-help",
  });
  const button = h("button", { type: "submit", class: "button primary" }, say("key.submit"));
  const submit = async () => {
    button.disabled = true;
    setText(fault, "");
    try {
      if (await client.open(input.value.trim())) return opened();
      setText(fault, say("key.wrong"));
    } catch (thrown) {
      setText(fault, failureWords(say, failureOf(thrown)));
    } finally {
      button.disabled = false;
    }
    input.select();
  };
  const form = h(
    "form",
    { class: "key-form" },
    h(
      "h1",
      { class: "brand" },
      h("img", { src: "/favicon.svg", alt: "", width: 36, height: 36 }),
      "Tickbell",
    ),
    h("h2", {}, say("key.title")),
    h(
      "div",
      { class: "field" },
      h("label", { for: "key" }, say("key.label")),
      h("div", { class: "control" }, input),
      fault,
    ),
    h("p", { class: "under", id: "key-help" }, say("key.help")),
    button,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  return h("main", { class: "key-page" }, form, mailSignIn({ client, say, locale }));
}
