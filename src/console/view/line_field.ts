import { MAX_LINE } from "../../rules/rule.ts";
import type { ApiReadLine } from "../../control/client/types.ts";
import { failureOf } from "../api/failure.ts";
import { h } from "../base/dom.ts";
import type { Say } from "../i18n/text.ts";
import { type FormDraft, readDraft } from "../state/rule_draft.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

export interface LineFieldOptions {
  /** What the form says now: the line changes what it names. */
  readonly before: () => FormDraft;
  /** Called with what a line was understood as. */
  readonly read: (draft: FormDraft) => void;
  /** Called with why a line was not understood. */
  readonly failed: (reason: string) => void;
}

/** A rule as people say it: Enter fills the form with what was understood. */
export function lineField(context: ViewContext, { before, read, failed }: LineFieldOptions): HTMLElement {
  const { say, client, locale } = context;
  const understand = async (text: string) => {
    try {
      const answer = await client.readLine({ line: text, locale });
      const draft = readDraft(answer, before());
      if (draft === undefined) failed(notUnderstood(say, answer));
      else read(draft);
    } catch (thrown) {
      failed(failureWords(say, failureOf(thrown)));
    }
  };
  const line = h("input", {
    type: "text",
    id: "form-line",
    maxlength: MAX_LINE,
    placeholder: say("form.line.example"),
    autocomplete: "off",
    onkeydown: ((event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      if (line.value.trim() !== "") void understand(line.value);
    }) as EventListener,
  });
  return h(
    "div",
    { class: "field" },
    h("label", { for: "form-line" }, say("form.line")),
    h("div", { class: "control" }, line),
    h("p", { class: "under" }, say("form.line.hint")),
  );
}

function notUnderstood(say: Say, { candidates, rest }: ApiReadLine): string {
  if (candidates.length > 0) {
    return say("form.line.which", { names: candidates.map(({ name }) => name).join(", ") });
  }
  return rest.length > 0 ? say("form.line.rest", { rest: rest.join(" ") }) : say("form.line.fault");
}
