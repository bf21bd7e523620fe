/** What happens to brokers and topics. */
import { type Fault, ON_KAFKA, pause, type Rig } from "../fault.ts";
import { patiently } from "../../support/kafka_log.ts";

const TOPIC_RESOURCE = 2;
const several = (rig: Rig) =>
  rig.kafka !== undefined &&
  (rig.kafka.cluster.brokers.length > 1 || "one broker has no replicas: --brokers 3");

async function minInsync({ kafka }: Rig, value: string): Promise<void> {
  const { made } = kafka!;
  const configEntries = [{ name: "min.insync.replicas", value }];
  const resources = Object.values(made.names).map((name) => ({ type: TOPIC_RESOURCE, name, configEntries }));
  await patiently(() => made.admin.alterConfigs({ validateOnly: false, resources }));
}

export const BROKER_FAULTS: readonly Fault[] = [
  {
    name: "kill -9 a broker (the coordinator moves, where there are several)",
    fits: ON_KAFKA,
    async happen({ kafka, random }) {
      const index = Math.floor(random() * kafka!.cluster.brokers.length);
      await kafka!.cluster.kill(index);
      await pause(1_500);
      await kafka!.cluster.restart(index);
    },
  },
  {
    name: "too few replicas in sync (NOT_ENOUGH_REPLICAS) for 6 s",
    fits: several,
    async happen(rig) {
      const { cluster } = rig.kafka!;
      await minInsync(rig, "3");
      await cluster.kill(0);
      await pause(6_000);
      await cluster.restart(0);
      await minInsync(rig, "2");
    },
  },
  {
    name: "a broker's disk is full for 5 s: it ends, and is started again",
    fits: ({ kafka }) =>
      kafka !== undefined &&
      (kafka.fill !== undefined || "a file system that can be filled needs Linux and root"),
    async happen({ kafka }) {
      await kafka!.fill!(true);
      await pause(5_000);
      await kafka!.fill!(false);
      // It has ended by itself; or it had nothing to write.
      await kafka!.cluster.kill(0);
      await kafka!.cluster.restart(0);
    },
  },
  {
    name: "the topic of what roles know of themselves is deleted, and made anew after 4 s",
    fits: ON_KAFKA,
    happen: ({ kafka }) => kafka!.made.makeAnew("status", 4_000),
  },
  {
    name: "retention deletes what was read",
    fits: ON_KAFKA,
    happen: ({ kafka }) => kafka!.retain(),
  },
];
