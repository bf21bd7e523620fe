import { apiCommand, EXIT } from "../api_command.ts";

/** `tickbell report [DAY]`: whether anything was missed on a day. */
export const reportCommand = apiCommand({
  name: "report",
  summary:
    "Whether anything was missed on a day: trades, gaps, self-check, alerts, messages; exit code 1 if so",
  args: ["[day]"],
  settings: {},
  examples: ["tickbell report", "tickbell report 2026-11-30 --json | jq .losses"],
  async run({ api, args: [day = "today"], show }) {
    const report = await api.dayReport(day);
    show(report, () => report.text);
    return report.isWhole ? EXIT.done : EXIT.failed;
  },
});
