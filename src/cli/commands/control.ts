import { command } from "../command.ts";
import { controlRoleSettings } from "../settings/control.ts";

/** `tickbell control`: the API and the console. The role itself is loaded when it is run. */
export const controlCommand = command({
  name: "control",
  summary: "The control API and the console",
  settings: controlRoleSettings,
  examples: ["tickbell control --brokers kafka-1:9092 --port 8000 --influx-url http://influxdb:8086"],
  run: async (context) => await (await import("../roles/control.ts")).runControl(context),
});
