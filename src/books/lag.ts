import type { EventLog, Topic } from "../ports/event_log.ts";

/** How many records of a topic a group has not done yet, over all partitions. */
export async function lagOf(log: EventLog, group: string, topic: Topic): Promise<number> {
  const partitions = Array.from({ length: await log.partitions(topic) }, (_, partition) => partition);
  const lags = await Promise.all(partitions.map(async (partition) => {
    const { start, end } = await log.bounds(topic, partition);
    const done = (await log.committed(group, topic, partition))?.offset ?? start;
    return Math.max(0, end - Math.max(start, done));
  }));
  return lags.reduce((sum, lag) => sum + lag, 0);
}
