import { failureOf } from "../api/failure.ts";
import type { ApiTemplate } from "../../control/client/types.ts";
import { fill, h } from "../base/dom.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

const PARTS = ["subject", "text", "webhook"] as const;

/** The tenant's own words for its messages, with the placeholders there are and an example; empty is ours. */
export function template(context: ViewContext): HTMLElement {
  const { say, client, notify } = context;
  const fields = PARTS.map((name) =>
    h("textarea", {
      name,
      rows: name === "subject" ? 1 : 4,
      "aria-label": say(`desk.template.${name}`),
      placeholder: say(`desk.template.${name}`),
      spellcheck: false,
    })
  );
  const said = h("p", { class: "fault", role: "alert" });
  const sample = h("pre", { class: "under", role: "group", "aria-label": say("desk.template.sample") });
  const known = h("p", { class: "under" });
  const show = ({ placeholders, sample: { subject, text, body }, ...own }: ApiTemplate) => {
    for (const field of fields) field.value = own[field.name as typeof PARTS[number]] ?? "";
    fill(sample, [subject, "", text.trim(), ...(body === null ? [] : ["", body])].join("\n"));
    fill(
      known,
      ...Object.entries(placeholders).map(([name, about]) => h("code", { title: about }, `{{${name}}} `)),
    );
  };
  const save = h("button", { type: "submit", class: "button" }, say("form.save"));
  const form = h("form", { class: "desk-form template-form" }, ...fields, said, known, save);
  const during = async (work: () => Promise<ApiTemplate>) => {
    save.disabled = true;
    fill(said);
    try {
      show(await work());
      return true;
    } catch (thrown) {
      fill(said, failureWords(say, failureOf(thrown)));
      return false;
    } finally {
      save.disabled = false;
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [subject, text, webhook] = fields.map(({ value }) => value.trim() === "" ? null : value);
    const given = { subject: subject ?? null, text: text ?? null, webhook: webhook ?? null };
    if (await during(() => client.changeTemplate(given))) notify(say("desk.template.saved"));
  });
  const details = h(
    "details",
    { class: "desk-part" },
    h("summary", {}, say("desk.template")),
    form,
    sample,
  );
  details.addEventListener("toggle", () => {
    if (details.open) void during(() => client.template());
  });
  return details;
}
