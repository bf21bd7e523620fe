import type { ControlClient } from "../../control/client/client.ts";
import { optionalText } from "../../config/setting.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { conditionLine } from "../condition_line.ts";
import { counted } from "../../core/counted.ts";
import { seoul } from "../seoul.ts";
import { table } from "../table.ts";
import { conditionArgs, draftOf, draftSettings } from "./rule_draft.ts";

/** `tickbell rules test`: what a rule would have done. */
export const rulesTest = apiCommand({
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

/** From when on a rule that has fired fires again, where it does by itself. */
function againFrom({ verdict, window }: Awaited<ReturnType<ControlClient["explainRule"]>>): string {
  return verdict === "fired" && window?.end ? `; again from ${seoul(window.end)} (Seoul)` : "";
}

/** `tickbell rules explain`: why a rule has or has not fired. */
export const rulesExplain = apiCommand({
  name: "rules explain",
  summary: "Why a rule has or has not fired in this window",
  args: ["<id>"],
  settings: {},
  examples: ["tickbell rules explain samsung-71950"],
  async run({ api, args: [id], show }) {
    const why = await api.explainRule(id!);
    show(why, () => [
      `${why.verdict}: ${why.reason}${againFrom(why)}.`,
      ...why.conditions.map((condition) => `  ${conditionLine(condition)}`),
      ...(why.alertId === null ? [] : [`Alert ${why.alertId}`]),
    ]);
    return EXIT.done;
  },
});
