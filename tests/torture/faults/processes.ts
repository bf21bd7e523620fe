/** Processes that end, stand still, come and go; times of day that jump. */
import { ANYWHERE, type Fault, ON_KAFKA, pause, type Rig } from "../fault.ts";

const HOUR_MS = 3_600_000;
/** Longer than a session of a group (10 s): what was frozen comes back as a zombie. */
const FREEZE_MS = 13_000;
const AWAY_MS = 1_000;
/** A step is believed after ten minutes at the earliest: what happens does not depend on how long it is there before. */
const WRONG_MS = 8_000;

async function killed(rig: Rig, kind: string): Promise<void> {
  const victim = rig.victim(kind);
  await victim.kill();
  await pause(AWAY_MS * rig.random());
  await victim.start();
}

async function frozen(rig: Rig, kind: string, ms: number): Promise<void> {
  const victim = rig.victim(kind);
  victim.freeze();
  await pause(ms);
  victim.thaw();
}

function steppedBy(name: string, aheadMs: number): Fault {
  return {
    name: `time of day ${name}`,
    fits: ANYWHERE,
    async happen(rig) {
      const victim = rig.victim("");
      await victim.clock(aheadMs);
      await pause(WRONG_MS);
      await victim.clock(0);
    },
  };
}

const ROLES = ["stream", "notifier", "consumer", "control"];

export const PROCESS_FAULTS: readonly Fault[] = [
  { name: "kill -9", fits: (rig) => rig.box !== undefined, happen: (rig) => killed(rig, "") },
  ...ROLES.map((role) => ({
    name: `kill -9 ${role}`,
    fits: ON_KAFKA,
    happen: (rig: Rig) => killed(rig, role),
  })),
  { name: "SIGSTOP for 5 s", fits: ANYWHERE, happen: (rig) => frozen(rig, "", 5_000) },
  ...["stream", "notifier", "consumer"].map((role) => ({
    name: `SIGSTOP ${role} beyond its session`,
    fits: ON_KAFKA,
    happen: (rig: Rig) => frozen(rig, role, FREEZE_MS),
  })),
  {
    name: "SIGTERM and a new start",
    fits: ANYWHERE,
    async happen(rig) {
      const victim = rig.victim(rig.kafka === undefined ? "" : "stream");
      await victim.stop();
      await victim.start();
    },
  },
  steppedBy("an hour back", -HOUR_MS),
  steppedBy("an hour on", HOUR_MS),
  steppedBy("31 days on", 31 * 24 * HOUR_MS),
];
