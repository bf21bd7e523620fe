import { command } from "../command.ts";
import { startSettings } from "../start_settings.ts";

/** `tickbell start`: the five roles in one process on the embedded parts. */
export const startCommand = command({
  name: "start",
  summary: "Everything in one process on the embedded parts: from a market feed to a mail",
  settings: startSettings,
  examples: [
    "deno task start",
    "deno task start --rate 500 --seed 7 --data-dir /tmp/tickbell",
    "deno task start --source replay --file frames.txt --speed max --exit-when-done --rules rules.ndjson",
  ],
  // Loaded when it is run: the other commands are to begin at once.
  run: async (context) => await (await import("../start.ts")).start(context),
});
