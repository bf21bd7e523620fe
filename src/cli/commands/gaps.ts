import { seoul } from "../seoul.ts";
import { counted } from "../../core/counted.ts";
import type { ApiLogGap } from "../../control/client/types.ts";
import { command } from "../command.ts";
import { atDesk, deskSettings } from "../operator_desk.ts";

/** `tickbell gaps list`: what roles missed in the event log, one line each, the oldest first. */
export const gapsListCommand = command({
  name: "gaps list",
  summary:
    "Records of the event log that a role missed, oldest first; exit code 1 when some are not acknowledged",
  settings: deskSettings,
  examples: ["tickbell gaps list --brokers kafka-1:9092"],
  run: ({ config, out }) =>
    atDesk(config, async (desk) => {
      const gaps = await desk.logGaps();
      for (const gap of gaps) out(line(gap));
      if (gaps.length === 0) out("nothing was missed");
      return gaps.every(({ acknowledgedAt }) => acknowledgedAt !== null) ? 0 : 1;
    }),
});

/** `tickbell gaps acknowledge [IDS…]`: says that they are known. */
export const gapsAcknowledgeCommand = command({
  name: "gaps acknowledge",
  summary: "Say that gaps are known, those named or all: roles that are degraded by them are well again",
  args: ["[ids...]"],
  settings: deskSettings,
  examples: [
    "tickbell gaps acknowledge --brokers kafka-1:9092",
    "tickbell gaps acknowledge log-gap/stream/trades/0/1 --brokers kafka-1:9092",
  ],
  run: ({ config, args, out }) =>
    atDesk(config, async (desk) => {
      const ids = await desk.acknowledgeLogGaps(args.length > 0 ? args : undefined);
      for (const id of ids) out(`${id} is acknowledged`);
      if (ids.length === 0) out("no gap was open");
      return 0;
    }),
});

function line({ id, at, missed, detail, acknowledgedAt }: ApiLogGap): string {
  const state = acknowledgedAt === null ? "open" : `acknowledged ${acknowledgedAt}`;
  return `${id}  ${seoul(at)}  ${counted(missed, "record")}  ${detail}  (${state})`;
}
