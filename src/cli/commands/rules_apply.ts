import { flag, optionalText } from "../../config/setting.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { carryOut, planRules } from "../apply/apply_rules.ts";
import { planLines, planSummary } from "../apply/plan_report.ts";
import { setNameOf } from "../apply/wanted_rules.ts";

export const rulesApply = apiCommand({
  name: "rules apply",
  summary: "Bring the rules in force to what a file or folder says; shows the differences first",
  args: ["<path>"],
  settings: {
    prune: flag({ description: "Delete rules that came from this file or folder and are no longer in it." }),
    plan: flag({ description: "Only show what would be done." }),
    set: optionalText({
      placeholder: "NAME",
      description:
        "The name the rules are known by, their label from-file; that of the file or folder by default.",
    }),
  },
  examples: [
    "tickbell rules apply rules.ndjson --plan",
    "tickbell rules apply rules/ --prune",
    "tickbell rules list label=from-file=rules.ndjson",
  ],
  async run({ api, args: [path], config, show, err }) {
    const set = config.set ?? setNameOf(path!);
    const plan = await planRules(api, { path: path!, set, prune: config.prune });
    for (const warning of plan.warnings) err(`tickbell: note: ${warning}`);
    if (!config.plan) await carryOut(api, plan);
    const changes = plan.changes.map(({ type, id, words }) => ({ type, id, words }));
    show({ set, planned: config.plan, unchanged: plan.unchanged, changes }, () => [
      ...planLines(plan),
      `${planSummary(plan, !config.plan)}.`,
    ]);
    return EXIT.done;
  },
});
