import { command } from "../command.ts";
import { producerRoleSettings } from "../settings/producer.ts";

/** `tickbell producer`: a market feed into the trades and quotes topics. The role itself is loaded when it is run. */
export const producerCommand = command({
  name: "producer",
  summary: "A market feed into the trades and quotes topics",
  settings: producerRoleSettings,
  examples: ["tickbell producer --brokers kafka-1:9092,kafka-2:9092 --source kis --symbols rules"],
  run: async (context) => await (await import("../roles/producer.ts")).runProducer(context),
});
