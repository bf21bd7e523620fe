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

/** The first offset that is there, and the one the next record that is read will get. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

const READ_COMMITTED = 1;
const TIMESTAMP = { start: -2, end: -1 };

/** The bounds of a partition. Tried until it works or the log is closed. */
export async function boundsOf(
  link: Link,
  place: { readonly topic: string; readonly partition: number },
): Promise<Bounds> {
  const [start, end] = await Promise.all([offsetAt(link, place, "start"), offsetAt(link, place, "end")]);
  return { start, end };
}

async function offsetAt(
  link: Link,
  place: { readonly topic: string; readonly partition: number },
  at: "start" | "end",
): Promise<number> {
  const { topic, partition } = place;
  const found = await link.persistWithLeader(
    place,
    `asking for the offsets of ${topic}`,
    (broker) =>
      broker.listOffsets({
        isolationLevel: READ_COMMITTED,
        topics: [{ topic, partitions: [{ partition, timestamp: TIMESTAMP[at] }] }],
      }),
  );
  return Number(found.responses[0]?.partitions[0]?.offset);
}
