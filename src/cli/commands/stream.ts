import { command } from "../command.ts";
import { streamRoleSettings } from "../settings/stream.ts";

/** `tickbell stream`: trades in, alerts out. The role itself is loaded when it is run. */
export const streamCommand = command({
  name: "stream",
  summary: "Trades in, alerts out: evaluates the rules",
  settings: streamRoleSettings,
  examples: ["tickbell stream --brokers kafka-1:9092,kafka-2:9092"],
  run: async (context) => await (await import("../roles/stream.ts")).runStream(context),
});
