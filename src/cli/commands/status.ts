import type { ApiStatus } from "../../control/client/types.ts";
import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { counted } from "../../core/counted.ts";
import { ago, seoul } from "../seoul.ts";
import { table } from "../table.ts";

/** Alerts that are counted, at most. */
const COUNTED = 1_000;

/** What of the system a person asks first. */
export const statusCommand = apiCommand({
  name: "status",
  summary: "How it is: roles, feed, lag, rules, today's alerts, the last trade heard",
  settings: {},
  examples: ["tickbell status", "tickbell status --json | jq .ready"],
  async run({ api, show }) {
    const status = await api.status();
    const now = Date.parse(status.now);
    const from = new Date(startOfSeoulDay(seoulDay(now))).toISOString();
    const alerts = await api.alerts({ from, limit: COUNTED });
    const last = (await api.lastTrades()).data.reduce(
      (newest, trade) => Math.max(newest, trade.eventTime),
      0,
    );
    const today = { alerts: alerts.data.length, more: alerts.nextCursor !== null };
    const lastTrade = last === 0 ? null : new Date(last).toISOString();
    show({ ...status, alertsToday: today.alerts, lastTrade }, () => [
      `Tickbell is ${status.ready ? "ready" : "NOT ready"} at ${seoul(now)} (Seoul).`,
      "",
      ...table(["", "STATE", ""], componentRows(status)),
      "",
      `${counted(status.rules, "rule")}; ${counted(today.alerts, "alert")}${
        today.more ? " and more" : ""
      } today.`,
      last === 0 ? "No trade was heard yet." : `The last trade was at ${seoul(last)}, ${ago(now - last)}.`,
      ...lagLines(status),
      ...status.gaps.slice(-5).map((gap) =>
        `Gap in ${gap.symbol || "all symbols"} at ${seoul(gap.at)}: ${gap.reason}.`
      ),
    ]);
    return status.ready ? EXIT.done : EXIT.failed;
  },
});

function componentRows({ components }: ApiStatus): string[][] {
  return Object.entries(components).map(([name, { state, detail }]) => [name, state, detail]);
}

function lagLines({ lag }: ApiStatus): string[] {
  const behind = lag.filter(({ records }) => records > 0);
  if (behind.length === 0) return ["Every role is at the end of its log."];
  return [
    `Behind: ${behind.map(({ role, records }) => `${role} by ${counted(records, "record")}`).join(", ")}.`,
  ];
}
