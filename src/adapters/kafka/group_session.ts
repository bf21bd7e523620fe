import { Buffer } from "node:buffer";
import type { Clock } from "../../core/clock.ts";
import type { Topic } from "../../ports/event_log.ts";
import { assignPartitions } from "./assigner.ts";
import type { CommitRequest } from "./commits.ts";
import { MemberAssignment, MemberMetadata } from "./internals.ts";
import type { Link } from "./link.ts";

export interface GroupSessionOptions {
  /** The group's name in Kafka. */
  readonly groupId: string;
  readonly topics: readonly Topic[];
  readonly names: Readonly<Record<Topic, string>>;
  /** Partitions of each topic. */
  readonly partitions: (topic: Topic) => number;
  readonly clock: Clock;
  /** For joining and heartbeats: a join is answered only when every member has joined. */
  readonly groupLink: Link;
  /** For commits, and to say that it leaves. */
  readonly dataLink: Link;
}

/** After this long without a heartbeat the brokers give a member's partitions to others, in ms. */
const SESSION_MS = 10_000;
/** How long a member may take to give back partitions before it is put out, in ms. */
const REBALANCE_MS = 60_000;
const PROTOCOL = "tickbell";

/** What a member says to the coordinator of its group, by Kafka's classic protocol. What is refused is thrown. */
export class GroupSession {
  #options: GroupSessionOptions;
  #memberId = "";
  #generation = -1;
  #heardAt = -Infinity;

  constructor(options: GroupSessionOptions) {
    this.#options = options;
  }

  /** In which the partitions that are owned were given; -1 while none are. */
  get generation(): number {
    return this.#generation;
  }

  /** When the last heartbeat or join that was answered was sent, by the monotonic clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** What was owned is another member's now. */
  lose(): void {
    this.#generation = -1;
  }

  /** The coordinator does not know this member any more: it joins as a new one. */
  forget(): void {
    this.#memberId = "";
  }

  /**
   * Joins, again where it has joined before.
   *
   * @returns the partition numbers that are this member's now.
   */
  async join(owned: readonly number[]): Promise<readonly number[]> {
    const { groupLink, groupId, topics, names, clock } = this.#options;
    const userData = Buffer.from(JSON.stringify({ owned, generation: this.#generation }));
    const metadata = MemberMetadata.encode({
      version: 1,
      topics: topics.map((topic) => names[topic]),
      userData,
    });
    const coordinator = await groupLink.coordinator(groupId);
    const joined = await coordinator.joinGroup({
      groupId,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      memberId: this.#memberId,
      groupProtocols: [{ name: PROTOCOL, metadata }],
    });
    this.#memberId = joined.memberId;
    const askedAt = clock.monotonic();
    const leads = joined.leaderId === joined.memberId;
    const synced = await coordinator.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: leads ? this.#assign(joined.members) : [],
    });
    this.#heardAt = askedAt;
    this.#generation = joined.generationId;
    const assignment = MemberAssignment.decode(synced.memberAssignment)?.assignment ?? {};
    return [...new Set(Object.values(assignment).flat())];
  }

  async heartbeat(): Promise<void> {
    const { groupId, groupLink, clock } = this.#options;
    const askedAt = clock.monotonic();
    const groupGenerationId = this.#generation;
    const coordinator = await groupLink.coordinator(groupId);
    await coordinator.heartbeat({ groupId, groupGenerationId, memberId: this.#memberId });
    this.#heardAt = Math.max(this.#heardAt, askedAt);
  }

  async commit(request: CommitRequest): Promise<void> {
    const { dataLink, groupId, names } = this.#options;
    // As they are now: what is committed was given in this generation, and may be another one's in the next.
    const member = { groupGenerationId: this.#generation, memberId: this.#memberId };
    const byTopic = new Map<string, { partition: number; offset: string; metadata: string }[]>();
    for (const [place, { offset, metadata }] of request) {
      const [topic, partition] = place.split("/") as [Topic, string];
      const list = byTopic.get(names[topic]) ?? [];
      byTopic.set(names[topic], list);
      list.push({ partition: Number(partition), offset: String(offset), metadata });
    }
    const coordinator = await dataLink.coordinator(groupId);
    await coordinator.offsetCommit({
      groupId,
      ...member,
      topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
    });
  }

  /** Says that it leaves, where it has joined. Never rejects: what is not said, the session's end will say. */
  async leave(): Promise<void> {
    const { groupId, dataLink } = this.#options;
    if (this.#memberId === "") return;
    try {
      const coordinator = await dataLink.coordinator(groupId);
      await coordinator.leaveGroup({ groupId, memberId: this.#memberId });
    } catch { /* as above */ }
  }

  /** Every member's share, when this one leads. */
  #assign(
    members: readonly { memberId: string; memberMetadata: Buffer }[],
  ): { memberId: string; memberAssignment: Buffer }[] {
    const { topics, names, partitions } = this.#options;
    const offers = members.map(({ memberId, memberMetadata }) => {
      const { topics, userData } = MemberMetadata.decode(memberMetadata);
      const { owned, generation } = JSON.parse(userData.toString()) as {
        owned: number[];
        generation: number;
      };
      return { memberId, topics, owned, generation };
    });
    const shares = assignPartitions(offers, Math.max(...topics.map(partitions)));
    return [...shares].map(([memberId, numbers]) => {
      const assignment = Object.fromEntries(
        topics.map((topic) => [names[topic], numbers.filter((number) => number < partitions(topic))]),
      );
      return { memberId, memberAssignment: MemberAssignment.encode({ version: 1, assignment }) };
    });
  }
}

/** A partition of a topic as text: "trades/3". */
export function placeName(place: { readonly topic: Topic; readonly partition: number }): string {
  return `${place.topic}/${place.partition}`;
}
