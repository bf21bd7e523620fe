import type { Clock } from "../../core/clock.ts";
import { assert } from "../../core/errors.ts";
import { PartitionRunner } from "../../books/partition_runner.ts";
import type { Committed, JoinOptions, Membership, Topic } from "../../ports/event_log.ts";
import type { AnswerBuffers } from "./answer_buffers.ts";
import { Commits } from "./commits.ts";
import { errorType, kafkaError } from "./errors.ts";
import { Fetcher } from "./fetcher.ts";
import { GroupSession, placeName } from "./group_session.ts";
import type { Link } from "./link.ts";
import { committedOffsets } from "./offsets.ts";
import type { PassedOver } from "./inbox.ts";
import { InboxSource } from "./inbox_source.ts";
import type { ToBatch } from "./to_batch.ts";

export interface MemberOptions<B> {
  readonly join: JoinOptions<B>;
  /** The group's name in Kafka. */
  readonly groupId: string;
  readonly names: Readonly<Record<Topic, string>>;
  /** Partitions of each topic. */
  readonly partitions: (topic: Topic) => number;
  readonly toBatch: ToBatch<B>;
  readonly passedOver: PassedOver;
  readonly clock: Clock;
  /** For joining and heartbeats: a join is answered only when every member has joined. */
  readonly groupLink: Link;
  /** For fetching and commits. */
  readonly dataLink: Link;
  /** What the data link's answers are read to, where their memory is used again. */
  readonly buffers?: AnswerBuffers;
}

/** After this long it acts as if they had: it can only know that it was not heard, ms. */
const LEASE_MS = 9_000;
const HEARTBEAT_MS = 500;
const IDLE_MS = 1000;
/** How long a leaving member tries to commit and to say that it leaves, in ms. */
const LEAVE_MS = 5000;
const MAX_WAIT_MS = 100;
/** Two thousand trades: small enough for the processor's caches, large enough that a request is nothing. */
const BATCH_BYTES = 512 * 2 ** 10;
const COMMITTING = "committing offsets";

/**
 * A member of a consumer group, by Kafka's classic protocol with an assigner of our own: partitions that stay with a
 * member are worked on through a rebalance; only those that change hands stop.
 */
export class KafkaMember<B> implements Membership {
  readonly done: Promise<void>;
  #options: MemberOptions<B>;
  #fetcher: Fetcher;
  #commits: Commits;
  #runners = new Map<string, { runner: PartitionRunner<B>; ended: Promise<void> }>();
  #group: GroupSession;
  #joining = false;
  /** Called when the group must be joined again. */
  #rejoin: (() => void) | undefined;
  /** When this process was surely running last, by the monotonic clock. */
  #tickedAt = -Infinity;
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
    // Whoever does not examine `done` is not to be ended by it.
    this.done.catch(() => {});
    this.#fetcher = new Fetcher({
      ...options,
      link: options.dataLink,
      maxWaitMs: MAX_WAIT_MS,
      bytesPerPartition: BATCH_BYTES,
    });
    this.#group = new GroupSession({ ...options, topics: options.join.topics });
    this.#commits = new Commits((request) => this.#group.commit(request));
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
    const joining = `joining the group ${groupId}`;
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => this.#rejoin = resolve);
      try {
        await Promise.all([groupLink.ready(), dataLink.ready()]);
        this.#joining = true;
        const numbers = await this.#group.join(this.#numbers()).finally(() => this.#joining = false);
        groupLink.works(joining);
        // Someone waits for what was given back: they get it when we join again.
        if (!signal.aborted && await this.#apply(numbers)) continue;
      } catch (thrown) {
        if (signal.aborted) return;
        if (isUnknownMember(thrown)) await this.#forgotten();
        if (!isRebalancing(thrown)) await groupLink.recover(thrown, joining);
        continue;
      }
      await changed;
    }
  }

  /**
   * Gives back what is no longer this member's and starts what is.
   *
   * @returns whether something was given back.
   */
  async #apply(numbers: readonly number[]): Promise<boolean> {
    const { join, partitions, dataLink, groupId, names } = this.#options;
    await this.#lostEnded();
    const { generation } = this.#group;
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
      if (this.#leaving.signal.aborted || this.#group.generation !== generation) return false;
      wanted.forEach((place, index) => this.#start(place, committed[index] ?? null));
    }
    await Promise.all(lost.map(({ ended }) => ended));
    return lost.length > 0;
  }

  #start(place: { topic: Topic; partition: number }, committed: Committed | null): void {
    const { join, names, toBatch, passedOver } = this.#options;
    const name = placeName(place);
    const inbox = {
      place: { ...place, name: names[place.topic], group: join.group },
      from: committed?.offset ?? 0,
      // What no one has committed was missed by no one.
      resumed: committed !== null,
      fetcher: this.#fetcher,
      limitBytes: BATCH_BYTES,
      passedOver,
    };
    const runner: PartitionRunner<B> = new PartitionRunner<B>({
      ...place,
      committed,
      join,
      open: () => new InboxSource(inbox, toBatch),
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
    this.#group.lose();
    for (const { runner } of this.#runners.values()) runner.lose();
    await this.#lostEnded();
  }

  /** The coordinator does not know this member any more: it joins as a new one. */
  async #forgotten(): Promise<void> {
    this.#group.forget();
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
    const { heardAt } = this.#group;
    const surely = this.#joining ? Math.max(heardAt, this.#tickedAt) : heardAt;
    if (this.#options.clock.monotonic() - surely <= LEASE_MS) return false;
    void this.#loseEverything();
    this.#rejoin?.();
    return true;
  }

  #numbers(): number[] {
    const running = [...this.#runners.values()].filter(({ runner }) => !runner.over);
    return [...new Set(running.map(({ runner }) => runner.partition))];
  }

  async #commit(name: string, runner: PartitionRunner<B>, position: Committed): Promise<void> {
    const { groupLink } = this.#options;
    const mayStill = () => {
      if (runner.over) throw runner.notAssigned();
    };
    for (;;) {
      mayStill();
      try {
        await this.#commits.commit(name, position, mayStill);
        return groupLink.works(COMMITTING);
      } catch (thrown) {
        mayStill();
        if (isUnknownMember(thrown)) {
          runner.lose();
          this.#rejoin?.();
          throw runner.notAssigned();
        }
        if (this.#options.clock.monotonic() > this.#leaveBy) throw kafkaError(thrown, COMMITTING);
        // The group is between two generations: the next one decides whose the partition is.
        if (isRebalancing(thrown)) await this.#options.clock.sleep(20);
        else await groupLink.recover(thrown, COMMITTING);
      }
    }
  }

  /** Heartbeats and idle calls. Never rejects. */
  async #tick(): Promise<void> {
    const { clock } = this.#options;
    let idleAt = clock.monotonic() + IDLE_MS;
    // A leaving member still has to be heard while it finishes its work.
    const { signal } = this.#over;
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, signal);
      if (clock.monotonic() >= idleAt) {
        idleAt = clock.monotonic() + IDLE_MS;
        for (const { runner } of this.#runners.values()) runner.tick();
      }
      if (this.#runners.size > 0) this.#lapsed();
      this.#tickedAt = clock.monotonic();
      if (this.#group.generation >= 0 && !this.#joining && !signal.aborted) await this.#heartbeat();
    }
  }

  async #heartbeat(): Promise<void> {
    const { generation } = this.#group;
    try {
      await this.#group.heartbeat();
      this.#options.groupLink.well();
    } catch (thrown) {
      // A rebalance, a coordinator that moved, a broker that is away: joining again finds out.
      if (this.#group.generation !== generation || this.#joining || this.#over.signal.aborted) return;
      if (isUnknownMember(thrown)) await this.#forgotten();
      this.#rejoin?.();
    }
  }

  async #leave(): Promise<void> {
    const { clock } = this.#options;
    this.#leaveBy = clock.monotonic() + LEAVE_MS;
    this.#leaving.abort();
    this.#rejoin?.();
    const running = [...this.#runners.values()];
    for (const { runner } of running) runner.stop();
    await Promise.all(running.map(({ ended }) => ended));
    this.#over.abort();
    this.#fetcher.close();
    await Promise.race([this.#group.leave(), clock.sleep(LEAVE_MS)]);
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

function isUnknownMember(thrown: unknown): boolean {
  return ["UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID"].includes(errorType(thrown) ?? "");
}

function isRebalancing(thrown: unknown): boolean {
  return ["REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION"].includes(errorType(thrown) ?? "");
}
