import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type {
  Assignment,
  Committed,
  JoinOptions,
  Membership,
  PartitionTask,
  Topic,
} from "../../ports/event_log.ts";

/** What a group needs of the log. */
export interface GroupLog {
  readonly clock: Clock;
  partitions(topic: Topic): number;
  committed(topic: Topic, partition: number): Committed | null;
  commit(topic: Topic, partition: number, position: Committed): Promise<void>;
  /** Waits until the partition grows beyond `from`, `cancel` is called or the signal is aborted. */
  wait(
    place: { topic: Topic; partition: number; from: number },
    signal: AbortSignal,
  ): { woken: Promise<void>; cancel(): void };
}

/** Reads the next batch; undefined when there is nothing at or after `from`. */
export type ReadNext<B> = (
  place: { topic: Topic; partition: number; from: number },
) => { batch: B; nextOffset: number } | undefined;

const IDLE_MS = 1000;

/** A consumer group within this process: partition p of a topic goes to member p modulo the number of members. */
export class Group {
  #log: GroupLog;
  #members: Member<unknown>[] = [];
  #slots = new Map<string, Slot>();

  constructor(log: GroupLog) {
    this.#log = log;
  }

  join<B>(options: JoinOptions<B>, readNext: ReadNext<B>): Membership {
    const member = new Member<B>(options, readNext, this.#log, (left) => this.#remove(left));
    this.#members.push(member as Member<unknown>);
    this.#rebalance();
    return member;
  }

  /** Every member leaves. */
  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.leave()));
  }

  async #remove(member: Member<unknown>): Promise<void> {
    this.#members = this.#members.filter((other) => other !== member);
    this.#rebalance();
    await Promise.all([...this.#slots.values()].map((slot) => slot.releasedBy(member)));
  }

  #rebalance(): void {
    for (const topic of new Set(this.#members.flatMap((member) => member.topics))) {
      for (let partition = 0; partition < this.#log.partitions(topic); partition++) {
        const name = `${topic}/${partition}`;
        if (!this.#slots.has(name)) this.#slots.set(name, new Slot(topic, partition));
      }
    }
    for (const slot of this.#slots.values()) {
      const wanting = this.#members.filter((member) => member.topics.includes(slot.topic));
      slot.giveTo(wanting[slot.partition % Math.max(1, wanting.length)]);
    }
  }
}

/** A partition in a group: who has it and who is to have it. The old holder finishes before the new one begins. */
class Slot {
  readonly topic: Topic;
  readonly partition: number;
  #wanted: Member<unknown> | undefined;
  #holder: { member: Member<unknown>; stop: () => Promise<void> } | undefined;
  #settling: Promise<void> | undefined;

  constructor(topic: Topic, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  giveTo(member: Member<unknown> | undefined): void {
    this.#wanted = member;
    this.#settling ??= this.#settle();
  }

  async releasedBy(member: Member<unknown>): Promise<void> {
    while (this.#settling && (this.#holder?.member === member || this.#wanted === member)) {
      await this.#settling;
    }
  }

  async #settle(): Promise<void> {
    // Assignments begin after `join` has returned.
    await Promise.resolve();
    while (this.#holder?.member !== this.#wanted) {
      if (this.#holder) {
        await this.#holder.stop();
        this.#holder = undefined;
      } else if (this.#wanted) {
        const member = this.#wanted;
        this.#holder = { member, stop: member.start(this.topic, this.partition) };
      }
    }
    this.#settling = undefined;
  }
}

class Member<B> implements Membership {
  readonly topics: readonly Topic[];
  readonly done: Promise<void>;
  #options: JoinOptions<B>;
  #readNext: ReadNext<B>;
  #log: GroupLog;
  #remove: (member: Member<unknown>) => Promise<void>;
  #runners = new Set<Runner<B>>();
  #left: Promise<void> | undefined;
  #failure: { thrown: unknown } | undefined;
  #stopped = new AbortController();
  #finish = Promise.withResolvers<void>();

  constructor(
    options: JoinOptions<B>,
    readNext: ReadNext<B>,
    log: GroupLog,
    remove: (member: Member<unknown>) => Promise<void>,
  ) {
    this.topics = options.topics;
    this.done = this.#finish.promise;
    // Whoever does not look at `done` is not to be ended by it.
    this.done.catch(() => {});
    this.#options = options;
    this.#readNext = readNext;
    this.#log = log;
    this.#remove = remove;
    this.#tick();
  }

  get assignments(): readonly { readonly topic: Topic; readonly partition: number }[] {
    return [...this.#runners].map(({ topic, partition }) => ({ topic, partition }));
  }

  leave(): Promise<void> {
    return this.#left ??= this.#leave();
  }

  /** Begins to work on a partition; answers how to stop. */
  start(topic: Topic, partition: number): () => Promise<void> {
    const runner = new Runner(this.#options, this.#readNext, this.#log, { topic, partition });
    this.#runners.add(runner);
    const ended = runner.run().catch((thrown) => {
      this.#failure ??= { thrown };
      // Not awaited: leaving waits for this very runner.
      void this.leave();
    }).finally(() => this.#runners.delete(runner));
    return async () => {
      runner.stop();
      await ended;
    };
  }

  async #leave(): Promise<void> {
    this.#stopped.abort();
    await this.#remove(this as Member<unknown>);
    if (this.#failure) this.#finish.reject(this.#failure.thrown);
    else this.#finish.resolve();
  }

  async #tick(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#log.clock.sleep(IDLE_MS, this.#stopped.signal);
      for (const runner of this.#runners) runner.tick();
    }
  }
}

/** Works on one partition for one member: reads, hands over, commits. */
class Runner<B> {
  readonly topic: Topic;
  readonly partition: number;
  #options: JoinOptions<B>;
  #readNext: ReadNext<B>;
  #log: GroupLog;
  #aborted = new AbortController();
  #revoked = false;
  #waiting: { cancel(): void } | undefined;
  #idle = false;

  constructor(
    options: JoinOptions<B>,
    readNext: ReadNext<B>,
    log: GroupLog,
    place: { topic: Topic; partition: number },
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.#options = options;
    this.#readNext = readNext;
    this.#log = log;
  }

  stop(): void {
    this.#aborted.abort();
  }

  /** A second has passed: if nothing is being read, there is time for `idle`. */
  tick(): void {
    if (!this.#waiting) return;
    this.#idle = true;
    this.#waiting.cancel();
  }

  async run(): Promise<void> {
    const { topic, partition } = this;
    const committed = this.#log.committed(topic, partition);
    const assignment: Assignment = {
      topic,
      partition,
      committed,
      commit: (position) => this.#commit(position),
      signal: this.#aborted.signal,
    };
    let task: PartitionTask<B>;
    try {
      task = await this.#options.assigned(assignment);
    } catch (thrown) {
      this.#revoked = true;
      if (this.#aborted.signal.aborted) return;
      throw thrown;
    }
    try {
      await this.#work(task, committed?.offset ?? 0);
    } finally {
      this.#aborted.abort();
      await task.revoke().finally(() => this.#revoked = true);
    }
  }

  async #work(task: PartitionTask<B>, from: number): Promise<void> {
    const { topic, partition } = this;
    const { signal } = this.#aborted;
    let position = from;
    while (!signal.aborted) {
      const next = this.#readNext({ topic, partition, from: position });
      if (next) {
        position = next.nextOffset;
        await task.handle(next.batch);
        // A backlog must not keep timers and sockets waiting.
        await setImmediate();
      } else {
        const waiting = this.#waiting = this.#log.wait({ topic, partition, from: position }, signal);
        await waiting.woken;
        this.#waiting = undefined;
        if (this.#idle && !signal.aborted) await task.idle?.();
        this.#idle = false;
      }
    }
  }

  async #commit(position: Committed): Promise<void> {
    if (this.#revoked) {
      throw new OutsideError(
        "not_assigned",
        `${this.topic}/${this.partition} has been taken away from this member of ${this.#options.group}`,
        { retryable: false },
      );
    }
    await this.#log.commit(this.topic, this.partition, position);
  }
}
