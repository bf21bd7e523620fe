import { logSettings } from "../../config/log.ts";
import type { Values } from "../../config/setting.ts";
import { InputError } from "../../core/errors.ts";
import { command } from "../command.ts";
import { kafkaConnection, topicPlan } from "../open_log.ts";

const settings = { ...logSettings };

/** `tickbell topics create`: makes the topics that are missing, and tells of those that are not as configured. */
export const topicsCreateCommand = command({
  name: "topics create",
  summary: "Make Kafka's topics that are missing; tell of those that differ",
  settings,
  examples: [
    "tickbell topics create --brokers kafka-1:9092,kafka-2:9092,kafka-3:9092",
    "tickbell topics create --brokers localhost:9092 --replication-factor 1 --min-insync-replicas 1",
  ],
  async run({ config, out }) {
    needBrokers(config);
    const { createTopics } = await kafkaTopics();
    const created = await createTopics(await kafkaConnection(config), topicPlan(config));
    for (const name of created) out(`created ${name}`);
    return await tellDifferences(config, out);
  },
});

/** `tickbell topics check`: changes nothing. */
export const topicsCheckCommand = command({
  name: "topics check",
  summary: "Compare Kafka's topics with the configuration; exit code 1 when they differ",
  settings,
  examples: ["tickbell topics check --brokers kafka-1:9092"],
  run({ config, out }) {
    needBrokers(config);
    return tellDifferences(config, out);
  },
});

async function tellDifferences(
  config: Values<typeof settings>,
  out: (line: string) => void,
): Promise<number> {
  const { checkTopics } = await kafkaTopics();
  const differences = await checkTopics(await kafkaConnection(config), topicPlan(config));
  for (const { name, what, wanted, found } of differences) {
    out(
      what === "missing"
        ? `${name}: missing`
        : `${name}: ${what} is ${found || "unset"}, configured ${wanted}`,
    );
  }
  if (differences.length === 0) out("all topics are as configured");
  return differences.length === 0 ? 0 : 1;
}

function needBrokers(config: Values<typeof settings>): void {
  if (config.brokers.length > 0) return;
  throw new InputError("bad_configuration", [{
    field: "--brokers",
    code: "missing",
    reason: "is needed: the embedded log makes its topics itself",
  }]);
}

/** Loaded when it is needed: it brings native code, which other commands have no permission for. */
function kafkaTopics() {
  return import("../../adapters/kafka/topics.ts");
}
