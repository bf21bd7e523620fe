import { unlessRefused } from "../../control/client/refusal.ts";
import { removeAll } from "../remove_all.ts";
import { itemsOf } from "../../control/client/items_of.ts";
import type { ApiRule, ApiRulePatch } from "../../control/client/types.ts";
import { apiCommand, EXIT, fieldsOf, limitSetting, moreLine } from "../api_command.ts";
import { seoul } from "../seoul.ts";
import { table } from "../table.ts";
import { conditionArgs, draftOf, draftSettings } from "./rule_draft.ts";
import { rulesApply } from "./rules_apply.ts";
import { rulesExport, rulesImport } from "./rules_bulk.ts";
import { rulesRead } from "./rules_read.ts";
import { rulesExplain, rulesTest } from "./rules_trial.ts";

const rulesAdd = apiCommand({
  name: "rules add",
  summary: "Make a rule",
  args: conditionArgs,
  settings: draftSettings,
  examples: [
    "tickbell rules add 005930 target_price gte 71950 --to kim@example.com",
    "tickbell rules add 005930 목표가 미만 53200 --to kim@example.com,telegram:12345 --note '팔 때'",
    "tickbell rules add 000660 price_limit --direction up --to kim@example.com",
    'tickbell rules add 035720 --when "new_high(52w)" --repeat day --to kim@example.com',
    'tickbell rules add --market KOSDAQ --when "rate >= 10" --on crossing --to kim@example.com',
  ],
  async run({ api, args, config, show, err }) {
    if (args.length === 0 && config.ruleSymbols === undefined && config.market === undefined) {
      err("tickbell: give a symbol and what the rule waits for, see tickbell rules add --help");
      return EXIT.misused;
    }
    const rule = await api.createRule(draftOf(args, config));
    show(rule, () => [
      `Made ${rule.id}.`,
      ...(rule.warnings ?? []).map((warning) => `Note: ${warning.field} ${warning.reason}.`),
    ]);
    return EXIT.done;
  },
});

const rulesList = apiCommand({
  name: "rules list",
  summary: "List rules: by symbol, kind, recipient, enabled, owner, label, text; sorted by sort",
  args: ["[filters...]"],
  settings: { limit: limitSetting },
  examples: [
    "tickbell rules list",
    "tickbell rules list symbol=005930 enabled=true sort=-updatedAt",
    "tickbell rules list text=삼성 --json",
  ],
  async run({ api, args, config, show }) {
    const filter = fieldsOf(args);
    const found = await itemsOf<ApiRule>(config.limit, (page) => api.rules({ ...filter, ...page }));
    show(found.items, () => [
      ...table(["ID", "SYMBOL", "NAME", "KIND", "CONDITION", "ON", "RECIPIENTS"], found.items.map(ruleRow)),
      ...moreLine(found, config.limit),
    ]);
    return EXIT.done;
  },
});

function ruleRow(rule: ApiRule): string[] {
  const recipients = rule.recipients.length > 2
    ? `${rule.recipients.slice(0, 2).join(", ")} and ${rule.recipients.length - 2} more`
    : rule.recipients.join(", ");
  return [
    rule.id,
    rule.symbol ?? rule.market ?? `${rule.symbols?.length ?? 0} symbols`,
    rule.name ?? "",
    rule.kind,
    rule.when,
    rule.enabled ? "yes" : "no",
    recipients,
  ];
}

const rulesShow = apiCommand({
  name: "rules show",
  summary: "Show a rule",
  args: ["<id>"],
  settings: {},
  examples: ["tickbell rules show samsung-71950"],
  async run({ api, args: [id], show }) {
    const rule = await api.rule(id!);
    show(
      rule,
      () =>
        table(
          ["FIELD", "VALUE"],
          Object.entries(rule).map((
            [name, value],
          ) => [name, valueShown(name, value)]),
        ),
    );
    return EXIT.done;
  },
});

/** A field of a rule in a table; times as people read them. */
function valueShown(name: string, value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return /At$/.test(name) ? `${seoul(value)} (Seoul)` : value;
}

const rulesEdit = apiCommand({
  name: "rules edit",
  summary: "Change fields of a rule; a field without a value gets its default",
  args: ["<id>", "<fields...>"],
  settings: {},
  examples: [
    "tickbell rules edit samsung-71950 value=72000",
    "tickbell rules edit samsung-71950 enabled=false recipients=kim@example.com,lee@example.com",
    "tickbell rules edit samsung-71950 labels.team=desk-1 expiresAt=",
  ],
  async run({ api, args, show }) {
    const [id = "", ...fields] = args.flat();
    const rule = await api.changeRule(id, patchOf(fieldsOf(fields)));
    show(rule, () => [`Changed ${rule.id} to version ${rule.version}: ${rule.next}.`]);
    return EXIT.done;
  },
});

/** The fields that are lists, with commas between. */
const LISTS = new Set(["recipients", "channels", "symbols", "sessions"]);

/** `enabled=false recipients=a,b labels.team=x expiresAt=` as a merge patch. */
export function patchOf(fields: Readonly<Record<string, string>>): ApiRulePatch {
  const patch: Record<string, unknown> = {};
  const labels: Record<string, string | null> = {};
  for (const [name, text] of Object.entries(fields)) {
    const value = text === "" ? null : text;
    if (name.startsWith("labels.")) labels[name.slice(7)] = value;
    else if (LISTS.has(name)) patch[name] = value?.split(",") ?? null;
    else if (name === "maxAlertsPerDay" && /^\d+$/.test(text)) patch[name] = Number(text);
    else if (name === "enabled" && (text === "true" || text === "false")) patch[name] = text === "true";
    else patch[name] = value;
  }
  if (Object.keys(labels).length > 0) patch.labels = labels;
  return patch as ApiRulePatch;
}

const rulesRemove = apiCommand({
  name: "rules rm",
  summary: "Delete rules; nothing is done when one of them is not there",
  args: ["<ids...>"],
  settings: {},
  examples: ["tickbell rules rm samsung-71950"],
  run: ({ api, args, show, err }) =>
    removeAll({
      ids: args.flat(),
      what: "rule",
      done: "Deleted",
      async find(id) {
        const rule = await unlessRefused([404], () => api.rule(id));
        return rule && ruleRow(rule).slice(1, 5).filter((cell) => cell !== "").join(" ");
      },
      remove: (id) => api.deleteRule(id),
    }, { show, err }),
});

/** The commands of `tickbell rules`. */
export const ruleCommands = [
  rulesAdd,
  rulesRead,
  rulesList,
  rulesShow,
  rulesEdit,
  rulesRemove,
  rulesApply,
  rulesImport,
  rulesExport,
  rulesTest,
  rulesExplain,
];
