import { createHash } from "node:crypto";
import { flag, oneOf, optionalText } from "../../config/setting.ts";
import { unlessRefused } from "../../control/client/refusal.ts";
import { removeAll } from "../remove_all.ts";
import { itemsOf } from "../../control/client/items_of.ts";
import type { ApiImportLine, ApiRule, ApiRulePatch } from "../../control/client/types.ts";
import { OutsideError } from "../../core/errors.ts";
import { describeIssue } from "../../core/errors.ts";
import { apiCommand, EXIT, fieldsOf, limitSetting, moreLine } from "../api_command.ts";
import { importBody, readRuleText } from "../rule_file.ts";
import { counted } from "../counted.ts";
import { seoul } from "../seoul.ts";
import { conditionLine } from "../condition_line.ts";
import { ProgressBar } from "../progress_bar.ts";
import { table } from "../table.ts";
import { conditionArgs, draftOf, draftSettings } from "./rule_draft.ts";
import { rulesApply } from "./rules_apply.ts";
import { rulesRead } from "./rules_read.ts";

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

const rulesImport = apiCommand({
  name: "rules import",
  summary: "Make, replace or delete many rules from a file of JSON, JSON lines or CSV",
  args: ["<file>"],
  settings: {
    mode: oneOf(["create", "replace", "delete"], {
      default: "create",
      placeholder: "HOW",
      description: "What an import does with its rules: create, replace or delete.",
    }),
    atomic: flag({ description: "An import does nothing when any of its lines is refused." }),
  },
  examples: [
    "tickbell rules import rules.ndjson",
    "tickbell rules import rules.csv --mode replace --atomic",
    "tickbell rules import rules.ndjson    # again, after it was cut off: what was done is found unchanged",
  ],
  async run({ api, args: [file], config, signal, show, out, err }) {
    const { body, format } = importBody(await readRuleText(file!));
    const content = new TextEncoder().encode(body);
    // The same file has the same key, so an import that was cut off goes on when it is repeated.
    const sum = createHash("sha256").update(`${config.mode}\n`).update(content).digest("hex");
    const bar = new ProgressBar({ total: lineCount(content), label: "rules" });
    let last: ApiImportLine | undefined;
    const options = {
      format,
      mode: config.mode,
      atomic: config.atomic,
      idempotencyKey: `file-${sum}`,
      signal,
    } as const;
    for await (const line of api.importRules(content, options)) {
      last = line;
      if (line.status === undefined) continue;
      bar.step();
      if (config.json) out(JSON.stringify(line));
      else if (line.status === "refused") {
        bar.clear();
        for (const issue of line.errors ?? []) err(describeIssue(issue));
      }
    }
    bar.end();
    if (last?.summary === undefined || last.error !== undefined) {
      throw new OutsideError("cut_off", last?.error?.detail ?? "The import was cut off: run it again", {
        retryable: true,
      });
    }
    const { summary } = last;
    show({ summary }, () => [Object.entries(summary).map(([name, count]) => `${count} ${name}`).join(", ")]);
    return (summary.refused ?? 0) > 0 ? EXIT.refused : EXIT.done;
  },
});

function lineCount(content: Uint8Array): number {
  let count = content.length > 0 && content.at(-1) !== 0x0a ? 1 : 0;
  for (const byte of content) if (byte === 0x0a) count++;
  return count;
}

const rulesExport = apiCommand({
  name: "rules export",
  summary: "Write rules as an import takes them, to a file or to standard output",
  args: ["[file]", "[filters...]"],
  settings: {},
  examples: [
    "tickbell rules export rules.csv",
    "tickbell rules export rules.ndjson symbol=005930",
    "tickbell rules export > rules.ndjson",
  ],
  async run({ api, args, err, out }) {
    const [first, ...rest] = args.flat();
    const file = first !== undefined && !first.includes("=") ? first : undefined;
    const filters = fieldsOf(file === undefined && first !== undefined ? [first, ...rest] : rest);
    const query = { ...filters, format: file?.endsWith(".csv") ? "csv" : "ndjson" };
    if (file === undefined) {
      let text = "";
      for await (const piece of api.exportRules(query)) text += piece;
      if (text !== "") out(text.trimEnd());
      return EXIT.done;
    }
    using target = await Deno.open(file, { write: true, create: true, truncate: true });
    const utf8 = new TextEncoder();
    for await (const piece of api.exportRules(query)) {
      let bytes = utf8.encode(piece);
      while (bytes.length > 0) bytes = bytes.subarray(await target.write(bytes));
    }
    err(`Written to ${file}.`);
    return EXIT.done;
  },
});

const rulesTest = apiCommand({
  name: "rules test",
  summary: "What would this rule have done? Over the last session, or --from and --until",
  args: conditionArgs,
  settings: {
    when: draftSettings.when,
    on: draftSettings.on,
    repeat: draftSettings.repeat,
    sessions: draftSettings.sessions,
    direction: draftSettings.direction,
    from: optionalText({ placeholder: "TIME", description: "Begin of a time, ISO 8601 with an offset." }),
    until: optionalText({ placeholder: "TIME", description: "End of a time, ISO 8601 with an offset." }),
  },
  examples: [
    "tickbell rules test 005930 change_rate gte 1.9",
    "tickbell rules test 005930 목표가 이상 71950 --from 2026-11-20T09:00:00+09:00",
  ],
  async run({ api, args, config, show }) {
    const { when, on, repeat, sessions, direction } = config;
    const draft = draftOf(args, { to: ["test@example.com"], when, on, repeat, sessions, direction });
    const trial = await api.testRule(draft, {
      ...(config.from === undefined ? {} : { from: config.from }),
      ...(config.until === undefined ? {} : { to: config.until }),
    });
    show(trial, () => [
      `It would have fired ${counted(trial.fires, "time")} in ${counted(trial.trades, "trade")} from ${
        seoul(trial.from)
      } to ${seoul(trial.to)} (Seoul).`,
      ...(trial.complete
        ? []
        : ["There are more trades than are tried at once: narrow it with --from, --until."]),
      ...(trial.fires === 0 ? [] : table(
        ["AT", "PRICE", "RATE %", "CHANGE"],
        trial.alerts.map((fire) => [
          seoul(fire.at),
          String(fire.price),
          fire.rate.toFixed(2),
          String(fire.change),
        ]),
      )),
    ]);
    return EXIT.done;
  },
});

const rulesExplain = apiCommand({
  name: "rules explain",
  summary: "Why a rule has or has not fired in this window",
  args: ["<id>"],
  settings: {},
  examples: ["tickbell rules explain samsung-71950"],
  async run({ api, args: [id], show }) {
    const why = await api.explainRule(id!);
    show(why, () => [
      `${why.verdict}: ${why.reason}.`,
      ...why.conditions.map((condition) => `  ${conditionLine(condition)}`),
      ...(why.alertId === null ? [] : [`Alert ${why.alertId}`]),
    ]);
    return EXIT.done;
  },
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
