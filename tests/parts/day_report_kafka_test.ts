import { expect } from "expect";
import type { Json } from "../support/control.ts";
import { missingKafka, startKafka } from "../support/kafka_broker.ts";
import { makeTopics } from "../support/kafka_log.ts";
import { partTest } from "../support/part.ts";
import { reportOf } from "../support/reported_day.ts";

partTest("on Kafka, too, a day's report finds the losses that were planted and no others", {
  part: "Kafka",
  missing: missingKafka,
}, async () => {
  const cluster = await startKafka(1);
  try {
    const made = await makeTopics(cluster.brokers, { partitions: 1 });
    const log = await made.open();
    try {
      const { day, report } = await reportOf(log, { minutes: 40, rate: 15, losses: 25 });
      expect(day.planted.size).toBe(25);
      expect(new Map(report.losses.map(({ symbol, missing }: Json) => [symbol, missing]))).toEqual(
        day.planted,
      );
      expect(report.trades).toMatchObject({ symbolsMissing: 25, twice: 0 });
    } finally {
      await log.close();
    }
    await made.close();
  } finally {
    await cluster.stop();
  }
});
