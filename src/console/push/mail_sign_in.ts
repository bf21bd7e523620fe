import { failureOf } from "../api/failure.ts";
import type { ApiClient } from "../api/client.ts";
import { h, setText } from "../base/dom.ts";
import type { Locale } from "../../rules/rule.ts";
import type { Say } from "../i18n/text.ts";
import { failureWords } from "../view/states.ts";

/** Signing in by a link that is mailed; hidden where the server does not offer it. */
export function mailSignIn(options: { client: ApiClient; say: Say; locale: Locale }): HTMLElement {
  const { client, say, locale } = options;
  const said = h("p", { class: "under", id: "sign-in-said", role: "status" });
  const input = h("input", {
    id: "sign-in-address",
    type: "email",
    required: true,
    autocomplete: "email",
    inputmode: "email",
    "aria-describedby": "sign-in-said",
  });
  const button = h("button", { type: "submit", class: "button primary" }, say("signin.submit"));
  const form = h(
    "form",
    { class: "key-form sign-in-form", hidden: true },
    h("h2", {}, say("signin.title")),
    h(
      "div",
      { class: "field" },
      h("label", { for: "sign-in-address" }, say("signin.address")),
      h("div", { class: "control" }, input),
    ),
    said,
    button,
  );
  const submit = async () => {
    button.disabled = true;
    try {
      await client.askSignIn(input.value.trim(), locale);
      setText(said, say("signin.sent"));
    } catch (thrown) {
      setText(said, failureWords(say, failureOf(thrown)));
    } finally {
      button.disabled = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  client.offers().then(({ signIn }) => form.hidden = !signIn, () => {});
  return form;
}
