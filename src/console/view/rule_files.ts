import type { ApiImportLine } from "../../control/client/types.ts";
import { failureOf } from "../api/failure.ts";
import { fill, h } from "../base/dom.ts";
import { faultIn } from "../i18n/text.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

/** Faults of a file that are shown. */
const MOST_FAULTS = 8;

/** Export to a file, and import from one: what it would do is shown first, and done when that is said. */
export function ruleFiles(context: ViewContext): HTMLElement {
  const { say, signal } = context;
  const plan = h("div", { class: "import-plan", role: "status" });
  const input = h("input", {
    type: "file",
    accept: ".csv,.json,.ndjson,.jsonl,.txt",
    id: "import-file",
    class: "visually-hidden writes",
  });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    input.value = "";
    if (file !== undefined) await showPlan(context, plan, file);
  }, { signal });
  return h(
    "details",
    { class: "rule-files" },
    h("summary", {}, say("rules.files")),
    h(
      "div",
      { class: "chips" },
      h(
        "a",
        { class: "chip", href: "/v1/rules:export?format=csv", download: "rules.csv" },
        say("rules.export.csv"),
      ),
      h("a", { class: "chip", href: "/v1/rules:export", download: "rules.ndjson" }, say("rules.export.json")),
      h("label", { class: "chip writes", for: "import-file" }, say("rules.import")),
      input,
    ),
    plan,
  );
}

async function showPlan(context: ViewContext, host: HTMLElement, file: File): Promise<void> {
  const { say, client, rules } = context;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = /\.csv$/i.test(file.name) ? "csv" : "ndjson";
  const run = async (dryRun: boolean) => await client.importRules(bytes, { format, dryRun });
  fill(host, h("p", {}, say("app.loading")));
  try {
    const lines = await run(true);
    const act = h("button", { type: "button", class: "button primary" }, say("rules.import.do"));
    act.addEventListener("click", async () => {
      act.disabled = true;
      try {
        fill(host, ...summary(context, await run(false)));
        await rules.load();
      } catch (thrown) {
        fill(host, h("p", { class: "fault" }, failureWords(say, failureOf(thrown))));
      }
    });
    const changes = lines.some(({ status }) => status === "created" || status === "replaced");
    fill(host, h("p", { class: "under" }, file.name), ...summary(context, lines), changes && act);
    if (changes) act.focus();
  } catch (thrown) {
    fill(host, h("p", { class: "fault" }, failureWords(say, failureOf(thrown))));
  }
}

function summary({ say, locale }: ViewContext, lines: readonly ApiImportLine[]): HTMLElement[] {
  const count = (status: ApiImportLine["status"]) => lines.filter((line) => line.status === status).length;
  const faults = lines.flatMap(({ errors }) => errors ?? []);
  return [
    h(
      "p",
      {},
      say("rules.import.plan", {
        created: count("created"),
        replaced: count("replaced"),
        unchanged: count("unchanged"),
        refused: count("refused"),
      }),
    ),
    h(
      "ul",
      { class: "advice-list" },
      ...faults.slice(0, MOST_FAULTS).map((fault) =>
        h("li", {}, `${fault.field}: ${faultIn(locale, fault)}`)
      ),
      faults.length > MOST_FAULTS &&
        h("li", {}, say("rules.import.more", { count: faults.length - MOST_FAULTS })),
    ),
  ];
}
