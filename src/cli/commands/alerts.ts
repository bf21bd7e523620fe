import { itemsOf } from "../../control/client/items_of.ts";
import type { ApiAlert } from "../../control/client/types.ts";
import { apiCommand, EXIT, fieldsOf, limitSetting, moreLine } from "../api_command.ts";
import { alertLine } from "../alert_line.ts";
import { seoul } from "../seoul.ts";
import { table } from "../table.ts";

/** With the day, for alerts of any time. */
const lineOf = (alert: ApiAlert) => alertLine(seoul(alert.eventTime), alert);

const alertsTail = apiCommand({
  name: "alerts tail",
  summary: "Alerts as they fire, until Ctrl-C; a lost connection is resumed where it was",
  settings: {},
  examples: ["tickbell alerts tail", "tickbell alerts tail --json | jq .symbol"],
  async run({ api, signal, show }) {
    for await (const alert of api.tailAlerts(signal)) show(alert, () => [lineOf(alert)]);
    return EXIT.done;
  },
});

const alertsList = apiCommand({
  name: "alerts list",
  summary: "The newest alerts: by symbol, ruleId, kind, recipient, from, to",
  args: ["[filters...]"],
  settings: { limit: limitSetting },
  examples: ["tickbell alerts list symbol=005930 --limit 20"],
  async run({ api, args, config, show }) {
    const filter = fieldsOf(args);
    const found = await itemsOf<ApiAlert>(config.limit, (page) => api.alerts({ ...filter, ...page }));
    show(found.items, () => [...found.items.map(lineOf), ...moreLine(found, config.limit)]);
    return EXIT.done;
  },
});

const alertsShow = apiCommand({
  name: "alerts show",
  summary: "One alert, and what became of it for each recipient",
  args: ["<id>"],
  settings: {},
  examples: ["tickbell alerts show samsung-71950@1795395600000"],
  async run({ api, args: [id], show }) {
    const alert = await api.alert(id!);
    const rows = alert.deliveries.map(({ recipient, state, attempts, at, reason }) => [
      recipient,
      state,
      String(attempts),
      seoul(at),
      reason ?? "",
    ]);
    show(alert, () => [lineOf(alert), ...table(["RECIPIENT", "STATE", "TRIES", "AT", "REASON"], rows)]);
    return EXIT.done;
  },
});

/** The commands of `tickbell alerts`. */
export const alertCommands = [alertsTail, alertsList, alertsShow];
