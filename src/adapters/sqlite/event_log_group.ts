import { setImmediate } from "node:timers/promises";
import { PartitionRunner, type PartitionSource } from "../../books/partition_runner.ts";
import type { Clock } from "../../core/clock.ts";
import type { Committed, JoinOptions, Membership, Topic } from "../../ports/event_log.ts";

/** What a group needs of the log. */
export interface GroupLog {
  readonly clock: Clock;
  partitions(topic: Topic): number;
  committed(topic: Topic, partition: number): Committed | null;
  /** Where a group goes on, with what it has missed taken down. */
  from(group: string, topic: Topic, partition: number): number;
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

/** A partition in a group: who has it and who is to have it. The old owner finishes before the new one begins. */
class Slot {
  readonly topic: Topic;
  readonly partition: number;
  #wanted: Member<unknown> | undefined;
  #owner: { member: Member<unknown>; stop: () => Promise<void> } | undefined;
  #handingOver: Promise<void> | undefined;

  constructor(topic: Topic, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  giveTo(member: Member<unknown> | undefined): void {
    this.#wanted = member;
    this.#handingOver ??= this.#handOver();
  }

  async releasedBy(member: Member<unknown>): Promise<void> {
    while (this.#handingOver && (this.#owner?.member === member || this.#wanted === member)) {
      await this.#handingOver;
    }
  }

  async #handOver(): Promise<void> {
    // Assignments begin after `join` has returned.
    await Promise.resolve();
    while (this.#owner?.member !== this.#wanted) {
      if (this.#owner) {
        await this.#owner.stop();
        this.#owner = undefined;
      } else if (this.#wanted) {
        const member = this.#wanted;
        this.#owner = { member, stop: member.start(this.topic, this.partition) };
      }
    }
    this.#handingOver = undefined;
  }
}

class Member<B> implements Membership {
  readonly topics: readonly Topic[];
  readonly done: Promise<void>;
  #options: JoinOptions<B>;
  #readNext: ReadNext<B>;
  #log: GroupLog;
  #remove: (member: Member<unknown>) => Promise<void>;
  #runners = new Set<PartitionRunner<B>>();
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
    // Whoever does not examine `done` is not to be ended by it.
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

  /**
   * Begins to work on a partition.
   *
   * @returns how to stop.
   */
  start(topic: Topic, partition: number): () => Promise<void> {
    const log = this.#log;
    const runner = new PartitionRunner<B>({
      topic,
      partition,
      committed: log.committed(topic, partition),
      join: this.#options,
      open: () => {
        const from = log.from(this.#options.group, topic, partition);
        return new LogSource({ topic, partition, from }, this.#readNext, log);
      },
      commit: (position) => log.commit(topic, partition, position),
    });
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

/** Reads one partition for one member, from where the group has committed. */
class LogSource<B> implements PartitionSource<B> {
  #place: { readonly topic: Topic; readonly partition: number };
  #position: number;
  #readNext: ReadNext<B>;
  #log: GroupLog;
  #waiting: { cancel(): void } | undefined;
  #closed = new AbortController();

  constructor(
    place: { readonly topic: Topic; readonly partition: number; readonly from: number },
    readNext: ReadNext<B>,
    log: GroupLog,
  ) {
    this.#place = { topic: place.topic, partition: place.partition };
    this.#position = place.from;
    this.#readNext = readNext;
    this.#log = log;
  }

  // deno-lint-ignore require-await -- as the port has it: Kafka's has to wait for dead letters.
  async take(): Promise<{ readonly batch?: B } | undefined> {
    const next = this.#readNext({ ...this.#place, from: this.#position });
    if (next === undefined) return undefined;
    this.#position = next.nextOffset;
    return { batch: next.batch };
  }

  turn(): Promise<void> {
    return setImmediate();
  }

  async wait(): Promise<void> {
    const waiting = this.#log.wait({ ...this.#place, from: this.#position }, this.#closed.signal);
    this.#waiting = waiting;
    await waiting.woken;
    this.#waiting = undefined;
  }

  wake(): void {
    this.#waiting?.cancel();
  }

  close(): void {
    this.#closed.abort();
  }
}
