import { expect } from "expect";
import fc from "fast-check";
import { missingKafka, testKafka } from "../support/kafka_broker.ts";
import { makeTopics } from "../support/kafka_log.ts";
import { partTest } from "../support/part.ts";
import { expectSameAlerts, restartedDay } from "../support/stream_restarts.ts";

const DAYS = 3;
/** A day of chance may have no alert: then there are more, but not for ever. */
const MOST_DAYS = 30;

partTest("a stream that is stopped and killed on Kafka writes the alerts of one that never was", {
  part: "Kafka",
  missing: missingKafka,
}, async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]! | 0;
  console.log(`seed ${seed}`);
  const { brokers } = await testKafka();
  let alerts = 0;
  for (const [each, day] of fc.sample(restartedDay, { seed, numRuns: MOST_DAYS }).entries()) {
    if (each >= DAYS && alerts > 0) break;
    const topics = [
      await makeTopics(brokers, { partitions: 1 }),
      await makeTopics(brokers, { partitions: 1 }),
    ];
    const logs = await Promise.all(topics.map((each) => each.open()));
    try {
      alerts += await expectSameAlerts(day, { restarted: logs[0]!, whole: logs[1]! });
    } finally {
      await Promise.all(logs.map((log) => log.close()));
      await Promise.all(topics.map((each) => each.close()));
    }
  }
  expect(alerts).toBeGreaterThan(0);
});
