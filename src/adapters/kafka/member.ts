import { Buffer } from "node:buffer";
import type { Clock } from "../../core/clock.ts";
import { assert } from "../../core/errors.ts";
import type { Committed, JoinOptions, Membership, Topic } from "../../ports/event_log.ts";
import { assignPartitions } from "./assigner.ts";
import { type CommitRequest, Commits } from "./commits.ts";
import { errorType, kafkaError } from "./errors.ts";
import { Fetcher } from "./fetcher.ts";
import { MemberAssignment, MemberMetadata } from "./internals.ts";
import type { Link } from "./link.ts";
import { committedOffsets } from "./offsets.ts";
import { notAssigned, Runner, type ToBatch } from "./runner.ts";

export interface MemberOptions<B> {
  readonly join: JoinOptions<B>;
  /** The group's name in Kafka. */
  readonly groupId: string;
  readonly names: Readonly<Record<Topic, string>>;
  /** Partitions of each topic. */
  readonly partitions: (topic: Topic) => number;
  readonly toBatch: ToBatch<B>;
  readonly clock: Clock;
  /** For joining and heartbeats: a join is answered only when every member has joined. */
  readonly groupLink: Link;
  /** For fetching and commits. */
  readonly dataLink: Link;
}

/** After this long without a heartbeat the brokers give a member's partitions to others, in ms. */
const SESSION_MS = 10_000;
/** How long a member may take to give back partitions before it is put out, in ms. */
const REBALANCE_MS = 60_000;
/** After this long it acts as if they had: it can only know that it was not heard, ms. */
const LEASE_MS = 9_000;
const HEARTBEAT_MS = 500;
const IDLE_MS = 1000;
/** How long a leaving member tries to commit and to say that it leaves, in ms. */
const LEAVE_MS = 5000;
const MAX_WAIT_MS = 100;
const PROTOCOL = "tickbell";

/**
 * A member of a consumer group, by Kafka's classic protocol with an assigner of our own: partitions that stay with a
 * member are worked on through a rebalance; only those that change hands stop.
 */
export class KafkaMember<B> implements Membership {
  readonly done: Promise<void>;
  #options: MemberOptions<B>;
  #fetcher: Fetcher;
  #commits: Commits;
  #runners = new Map<string, { runner: Runner<B>; ended: Promise<void> }>();
  #memberId = "";
  #generation = -1;
  /** The generation in which the partitions that are held were given. */
  #ownedSince = -1;
  #joining = false;
  /** Called when the group must be joined again. */
  #rejoin: (() => void) | undefined;
  /** When the last heartbeat or join that was answered was sent, epoch ms. */
  #heardAt = 0;
  /** When this process was surely running last, epoch ms. */
  #tickedAt = 0;
  #over = new AbortController();
  #leaveBy = Infinity;
  #leaving = new AbortController();
  #left: Promise<void> | undefined;
  #failure: { thrown: unknown } | undefined;
  #finish = Promise.withResolvers<void>();
  #running: Promise<void>;

  constructor(options: MemberOptions<B>) {
    this.#options = options;
    this.done = this.#finish.promise;
    // Whoever does not look at `done` is not to be ended by it.
    this.done.catch(() => {});
    this.#fetcher = new Fetcher({ link: options.dataLink, maxWaitMs: MAX_WAIT_MS });
    this.#commits = new Commits((request) => this.#sendCommits(request));
    this.#running = this.#run();
    void this.#tick();
  }

  get assignments(): readonly { readonly topic: Topic; readonly partition: number }[] {
    return [...this.#runners.values()].map(({ runner: { topic, partition } }) => ({ topic, partition }));
  }

  leave(): Promise<void> {
    return this.#left ??= this.#leave();
  }

  /** Joins, works, joins again, until the member leaves. Never rejects. */
  async #run(): Promise<void> {
    const { groupLink, dataLink, groupId } = this.#options;
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => this.#rejoin = resolve);
      try {
        await Promise.all([groupLink.ready(), dataLink.ready()]);
        this.#joining = true;
        const numbers = await this.#joinAndSync().finally(() => this.#joining = false);
        groupLink.works();
        // Someone waits for what was given back: they get it when we join again.
        if (!signal.aborted && await this.#apply(numbers)) continue;
      } catch (thrown) {
        if (signal.aborted) return;
        if (isUnknownMember(thrown)) await this.#forgotten();
        if (!isRebalancing(thrown)) await groupLink.recover(thrown, `joining the group ${groupId}`);
        continue;
      }
      await changed;
    }
  }

  /** Answers the partition numbers that are this member's now. */
  async #joinAndSync(): Promise<readonly number[]> {
    const { groupLink, groupId, join, names } = this.#options;
    const topics = join.topics.map((topic) => names[topic]);
    const userData = Buffer.from(JSON.stringify({ owned: this.#numbers(), generation: this.#ownedSince }));
    const coordinator = await groupLink.coordinator(groupId);
    const joined = await coordinator.joinGroup({
      groupId,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      memberId: this.#memberId,
      groupProtocols: [{ name: PROTOCOL, metadata: MemberMetadata.encode({ version: 1, topics, userData }) }],
    });
    this.#memberId = joined.memberId;
    const askedAt = this.#options.clock.now();
    const leads = joined.leaderId === joined.memberId;
    const synced = await coordinator.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: leads ? this.#assign(joined.members) : [],
    });
    this.#heardAt = askedAt;
    this.#generation = joined.generationId;
    this.#ownedSince = joined.generationId;
    const assignment = MemberAssignment.decode(synced.memberAssignment)?.assignment ?? {};
    return [...new Set(Object.values(assignment).flat())];
  }

  #assign(
    members: readonly { memberId: string; memberMetadata: Buffer }[],
  ): { memberId: string; memberAssignment: Buffer }[] {
    const { join, names, partitions } = this.#options;
    const told = members.map(({ memberId, memberMetadata }) => {
      const { topics, userData } = MemberMetadata.decode(memberMetadata);
      const { owned, generation } = JSON.parse(userData.toString()) as {
        owned: number[];
        generation: number;
      };
      return { memberId, topics, owned, generation };
    });
    const shares = assignPartitions(told, Math.max(...join.topics.map(partitions)));
    return [...shares].map(([memberId, numbers]) => {
      const assignment = Object.fromEntries(
        join.topics.map((topic) => [names[topic], numbers.filter((number) => number < partitions(topic))]),
      );
      return { memberId, memberAssignment: MemberAssignment.encode({ version: 1, assignment }) };
    });
  }

  /** Gives back what is no longer this member's and starts what is; answers whether something was given back. */
  async #apply(numbers: readonly number[]): Promise<boolean> {
    const { join, partitions, dataLink, groupId, names } = this.#options;
    await this.#lostEnded();
    const generation = this.#generation;
    const lost = [...this.#runners.values()].filter(({ runner }) => !numbers.includes(runner.partition));
    for (const { runner } of lost) runner.stop();
    const wanted = join.topics.flatMap((topic) =>
      numbers.filter((number) => number < partitions(topic)).map((partition) => ({ topic, partition }))
    ).filter((place) => !this.#runners.has(placeName(place)));
    if (wanted.length > 0) {
      const committed = await committedOffsets(
        dataLink,
        groupId,
        wanted.map(({ topic, partition }) => ({
          topic: names[topic],
          partition,
        })),
      );
      // The group may have gone on without us, or we may be leaving.
      if (this.#leaving.signal.aborted || this.#generation !== generation) return false;
      wanted.forEach((place, index) => this.#start(place, committed[index] ?? null));
    }
    await Promise.all(lost.map(({ ended }) => ended));
    return lost.length > 0;
  }

  #start(place: { topic: Topic; partition: number }, committed: Committed | null): void {
    const { join, names, toBatch } = this.#options;
    const name = placeName(place);
    const runner: Runner<B> = new Runner<B>({
      ...place,
      name: names[place.topic],
      committed,
      join,
      fetcher: this.#fetcher,
      toBatch,
      lapsed: () => this.#lapsed(),
      commit: (position): Promise<void> => this.#commit(name, runner, position),
    });
    const ended = runner.run().catch((thrown) => {
      this.#failure ??= { thrown };
      // Not awaited: leaving waits for this very runner.
      void this.leave();
    }).finally(() => this.#runners.delete(name));
    this.#runners.set(name, { runner, ended });
  }

  /** Everything is gone: the group may have gone on without us. Resolves when all work on it has ended. */
  async #loseEverything(): Promise<void> {
    this.#generation = this.#ownedSince = -1;
    for (const { runner } of this.#runners.values()) runner.lose();
    await this.#lostEnded();
  }

  /** The coordinator does not know this member any more: it joins as a new one. */
  async #forgotten(): Promise<void> {
    this.#memberId = "";
    await this.#loseEverything();
  }

  /** Resolves when no task works on a partition that was lost. */
  async #lostEnded(): Promise<void> {
    const lost = [...this.#runners.values()].filter(({ runner }) => runner.over);
    await Promise.all(lost.map(({ ended }) => ended));
  }

  /** Whether the coordinator may have given our partitions away; then they are lost before this returns. */
  #lapsed(): boolean {
    // A member that waits for a rebalance is not expected to be heard.
    const surely = this.#joining ? Math.max(this.#heardAt, this.#tickedAt) : this.#heardAt;
    if (this.#options.clock.now() - surely <= LEASE_MS) return false;
    void this.#loseEverything();
    this.#rejoin?.();
    return true;
  }

  #numbers(): number[] {
    const held = [...this.#runners.values()].filter(({ runner }) => !runner.over);
    return [...new Set(held.map(({ runner }) => runner.partition))];
  }

  async #commit(name: string, runner: Runner<B>, position: Committed): Promise<void> {
    const { join, groupLink } = this.#options;
    for (;;) {
      const refused = () => notAssigned({ name: runner.name, partition: runner.partition, join });
      if (runner.over) throw refused();
      try {
        return await this.#commits.commit(name, position);
      } catch (thrown) {
        if (isUnknownMember(thrown)) {
          runner.lose();
          this.#rejoin?.();
          throw refused();
        }
        if (this.#options.clock.now() > this.#leaveBy) throw kafkaError(thrown, "committing offsets");
        // The group is between two generations: the next one decides whose the partition is.
        if (isRebalancing(thrown)) await this.#options.clock.sleep(20);
        else await groupLink.recover(thrown, "committing offsets");
      }
    }
  }

  async #sendCommits(request: CommitRequest): Promise<void> {
    const { dataLink, groupId, names } = this.#options;
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
      groupGenerationId: this.#generation,
      memberId: this.#memberId,
      topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
    });
  }

  /** Heartbeats and idle calls. Never rejects. */
  async #tick(): Promise<void> {
    const { clock } = this.#options;
    let idleAt = clock.now() + IDLE_MS;
    // A leaving member still has to be heard while it finishes its work.
    const { signal } = this.#over;
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, signal);
      if (clock.now() >= idleAt) {
        idleAt = clock.now() + IDLE_MS;
        for (const { runner } of this.#runners.values()) runner.tick();
      }
      if (this.#runners.size > 0) this.#lapsed();
      this.#tickedAt = clock.now();
      if (this.#generation >= 0 && !this.#joining && !signal.aborted) await this.#heartbeat();
    }
  }

  async #heartbeat(): Promise<void> {
    const { groupId, groupLink, clock } = this.#options;
    const generation = this.#generation;
    const askedAt = clock.now();
    try {
      const coordinator = await groupLink.coordinator(groupId);
      await coordinator.heartbeat({ groupId, groupGenerationId: generation, memberId: this.#memberId });
      this.#heardAt = Math.max(this.#heardAt, askedAt);
    } catch (thrown) {
      // A rebalance, a coordinator that moved, a broker that is away: joining again finds out.
      if (this.#generation !== generation || this.#joining || this.#over.signal.aborted) return;
      if (isUnknownMember(thrown)) await this.#forgotten();
      this.#rejoin?.();
    }
  }

  async #leave(): Promise<void> {
    const { groupId, dataLink, clock } = this.#options;
    this.#leaveBy = clock.now() + LEAVE_MS;
    this.#leaving.abort();
    this.#rejoin?.();
    const held = [...this.#runners.values()];
    for (const { runner } of held) runner.stop();
    await Promise.all(held.map(({ ended }) => ended));
    this.#over.abort();
    this.#fetcher.close();
    if (this.#memberId !== "") {
      const said = dataLink.coordinator(groupId)
        .then((coordinator) => coordinator.leaveGroup({ groupId, memberId: this.#memberId }))
        .catch(() => {/* the session's end will say it */});
      await Promise.race([said, clock.sleep(LEAVE_MS)]);
    }
    await Promise.race([this.#running, clock.sleep(LEAVE_MS)]);
    await this.#closeLinks();
    assert(this.#runners.size === 0, "a member has left while partitions were worked on");
    if (this.#failure) this.#finish.reject(this.#failure.thrown);
    else this.#finish.resolve();
  }

  async #closeLinks(): Promise<void> {
    await Promise.all([this.#options.groupLink.close(), this.#options.dataLink.close()]);
  }
}

function placeName(place: { topic: Topic; partition: number }): string {
  return `${place.topic}/${place.partition}`;
}

function isUnknownMember(thrown: unknown): boolean {
  return ["UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID"].includes(errorType(thrown) ?? "");
}

function isRebalancing(thrown: unknown): boolean {
  return ["REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION"].includes(errorType(thrown) ?? "");
}
