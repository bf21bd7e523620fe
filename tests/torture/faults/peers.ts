/** Mail servers and webhooks of every bad manner. */
import { ANYWHERE, type Fault, pause } from "../fault.ts";
import type { Manner } from "../peers.ts";

const MANNERS: readonly Exclude<Manner, "good">[] = [
  "busy",
  "refuses calls",
  "slow",
  "cuts before",
  "cuts after",
  "silent",
];
const LASTS_MS = 4_000;

export const PEER_FAULTS: readonly Fault[] = (["mail", "hook"] as const).flatMap((peer) =>
  MANNERS.map((manner): Fault => ({
    name: `${peer === "mail" ? "mail server" : "webhook"}: ${manner}`,
    fits: ANYWHERE,
    async happen(rig) {
      rig[peer].behave(manner);
      await pause(LASTS_MS);
      rig[peer].behave("good");
    },
  }))
);
