import { twoControlsContract } from "../contract/two_controls.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { killedControlsContract } from "../contract/killed_controls.ts";
import { withControl } from "../support/control.ts";
import { type KafkaCluster, missingKafka, testKafka } from "../support/kafka_broker.ts";
import { makeTopics } from "../support/kafka_log.ts";
import { partTest } from "../support/part.ts";

let broker: Promise<KafkaCluster> | undefined;

twoControlsContract("two controls over Kafka", async (body) => {
  broker ??= testKafka();
  const topics = await makeTopics((await broker).brokers, { partitions: 3 });
  // Each has its own connection, as two processes would.
  const [one, two] = [await topics.open(), await topics.open()];
  try {
    await withControl((a) => withControl((b) => body(a, b), { log: two }), { log: one });
  } finally {
    await one.close();
    await two.close();
    await topics.close();
  }
}, (name, body) => partTest(name, { part: "Kafka", missing: missingKafka }, body));

killedControlsContract("controls over Kafka", async (body) => {
  broker ??= testKafka();
  const topics = await makeTopics((await broker).brokers, { partitions: 4 });
  const opened: EventLog[] = [];
  const open = async () => {
    const log = await topics.open();
    opened.push(log);
    return log;
  };
  try {
    await body(await open(), open);
  } finally {
    for (const log of opened) await log.close();
    await topics.close();
  }
}, (name, body) => partTest(name, { part: "Kafka", missing: missingKafka }, body));

Deno.test.afterAll(async () => {
  await (await broker)?.stop();
});
