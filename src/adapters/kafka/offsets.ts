import type { Committed } from "../../ports/event_log.ts";
import type { Link } from "./link.ts";

/**
 * What a group has committed for each place, in their order. Tried until it works or the log is closed.
 */
export async function committedOffsets(
  link: Link,
  groupId: string,
  places: readonly { topic: string; partition: number }[],
): Promise<readonly (Committed | null)[]> {
  const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition })),
  }));
  const { responses } = await link.persist(`asking for the offsets of ${groupId}`, async () => {
    const coordinator = await link.coordinator(groupId);
    return await coordinator.offsetFetch({ groupId, topics });
  });
  return places.map(({ topic, partition }) => {
    const found = responses.find((response) => response.topic === topic)
      ?.partitions.find((one) => one.partition === partition);
    // -1: nothing was committed.
    return found === undefined || Number(found.offset) < 0
      ? null
      : { offset: Number(found.offset), metadata: found.metadata ?? "" };
  });
}
