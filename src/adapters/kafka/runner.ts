import { setImmediate } from "node:timers/promises";
import { OutsideError } from "../../core/errors.ts";
import type { Assignment, Committed, JoinOptions, PartitionTask, Topic } from "../../ports/event_log.ts";
import type { Fetcher } from "./fetcher.ts";
import { Inbox, type PassedOver } from "./inbox.ts";
import type { ToBatch } from "./to_batch.ts";

export interface RunnerOptions<B> {
  readonly topic: Topic;
  /** The topic's name in Kafka. */
  readonly name: string;
  readonly partition: number;
  readonly committed: Committed | null;
  readonly join: JoinOptions<B>;
  readonly fetcher: Fetcher;
  readonly toBatch: ToBatch<B>;
  readonly passedOver: PassedOver;
  commit(position: Committed): Promise<void>;
  /** Whether the group may have gone on without this member; it has lost everything then. Asked before each batch. */
  lapsed(): boolean;
}

/** Works on one assigned partition: starts its task, hands over batches, ends. */
export class Runner<B> {
  readonly topic: Topic;
  readonly name: string;
  readonly partition: number;
  #options: RunnerOptions<B>;
  #aborted = new AbortController();
  #over = false;
  #inbox: Inbox | undefined;
  #waiting = false;
  #idle = false;

  constructor(options: RunnerOptions<B>) {
    this.topic = options.topic;
    this.name = options.name;
    this.partition = options.partition;
    this.#options = options;
  }

  /** Whether commits are still taken: until `revoke` has ended, or {@link lose}. */
  get over(): boolean {
    return this.#over;
  }

  get stopping(): boolean {
    return this.#aborted.signal.aborted;
  }

  /** The partition is to be given back: the current batch is finished, then the task is revoked. */
  stop(): void {
    this.#aborted.abort();
    this.#inbox?.wake();
  }

  /** The partition is gone already: nothing may be committed any more. */
  lose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#aborted.abort(notAssigned(this.#options));
    this.#inbox?.wake();
  }

  /** Time for `idle`, when nothing is being read. */
  tick(): void {
    if (!this.#waiting) return;
    this.#idle = true;
    this.#inbox?.wake();
  }

  /** Resolves when the task has been revoked; rejects with what the task threw. */
  async run(): Promise<void> {
    const { join, committed, partition, topic } = this.#options;
    const { signal } = this.#aborted;
    const assignment: Assignment = {
      topic,
      partition,
      committed,
      signal,
      commit: (position) => this.#commit(position),
    };
    let task: PartitionTask<B>;
    try {
      task = await join.assigned(assignment);
    } catch (thrown) {
      this.#over = true;
      if (signal.aborted) return;
      throw thrown;
    }
    try {
      if (!signal.aborted) await this.#work(task);
    } finally {
      this.#inbox?.close();
      this.#aborted.abort();
      await task.revoke().finally(() => this.#over = true);
    }
  }

  async #work(task: PartitionTask<B>): Promise<void> {
    const { topic, partition, name, fetcher, committed, toBatch, passedOver, join } = this.#options;
    // What no one has committed was missed by no one.
    const place = { topic, partition, name, ...(committed === null ? {} : { group: join.group }) };
    const inbox = this.#inbox = new Inbox({ place, from: committed?.offset ?? 0, fetcher, passedOver });
    const { signal } = this.#aborted;
    while (!signal.aborted) {
      const fetched = inbox.take();
      // A frozen process that goes on finds batches here that another member has done meanwhile.
      if (this.#options.lapsed()) break;
      if (fetched) {
        const batch = await toBatch(place, fetched, passedOver);
        if (batch !== undefined) await task.handle(batch);
        // A backlog must not keep timers and sockets waiting.
        if (inbox.backlog) await setImmediate();
        continue;
      }
      this.#waiting = true;
      await inbox.wait();
      this.#waiting = false;
      if (this.#idle && !signal.aborted) await task.idle?.();
      this.#idle = false;
    }
  }

  async #commit(position: Committed): Promise<void> {
    if (this.#over || this.#options.lapsed()) throw notAssigned(this.#options);
    await this.#options.commit(position);
  }
}

export function notAssigned(of: { name: string; partition: number; join: { group: string } }): OutsideError {
  const { name, partition, join } = of;
  return new OutsideError(
    "not_assigned",
    `${name}/${partition} has been taken away from this member of ${join.group}: another one goes on with it`,
    { retryable: false },
  );
}
