import { command } from "../command.ts";
import { notifierRoleSettings } from "../settings/notifier.ts";

/** `tickbell notifier`: alerts in, messages out. The role itself is loaded when it is run. */
export const notifierCommand = command({
  name: "notifier",
  summary: "Alerts in, messages out: mail, webhook, Slack, Telegram, Discord, ntfy, text messages, web push",
  settings: notifierRoleSettings,
  examples: ["tickbell notifier --brokers kafka-1:9092 --mail ses --mail-from alerts@example.com"],
  run: async (context) => await (await import("../roles/notifier.ts")).runNotifier(context),
});
