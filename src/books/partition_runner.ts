import { OutsideError } from "../core/errors.ts";
import type { Assignment, Committed, JoinOptions, PartitionTask, Topic } from "../ports/event_log.ts";

/** What is read of one partition, from its committed offset on. */
export interface PartitionSource<B> {
  /**
   * What comes next; undefined while there is nothing. `batch` is absent where nothing of what came is wanted.
   */
  take(): Promise<{ readonly batch?: B } | undefined>;
  /** Lets timers and sockets have their turn where more is there already: a backlog must not keep them waiting. */
  turn(): Promise<void>;
  /** Resolves when there may be something to take, or when {@link wake} is called. */
  wait(): Promise<void>;
  wake(): void;
  close(): void;
}

export interface PartitionRunnerOptions<B> {
  readonly topic: Topic;
  readonly partition: number;
  readonly committed: Committed | null;
  readonly join: Pick<JoinOptions<B>, "group" | "assigned">;
  /** Begins to read; called when the task is there. */
  open(): PartitionSource<B>;
  commit(position: Committed): Promise<void>;
  /**
   * Whether the group may have gone on without this member; it has lost everything then. Asked before each batch and
   * commit. Never, by default.
   */
  lapsed?(): boolean;
}

/** Works on one assigned partition, whatever the log: starts its task, hands over batches, ends. */
export class PartitionRunner<B> {
  readonly topic: Topic;
  readonly partition: number;
  #options: PartitionRunnerOptions<B>;
  #aborted = new AbortController();
  #over = false;
  #source: PartitionSource<B> | undefined;
  #waiting = false;
  #idle = false;

  constructor(options: PartitionRunnerOptions<B>) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.#options = options;
  }

  /** Whether commits are no longer taken: when `revoke` has ended, or after {@link lose}. */
  get over(): boolean {
    return this.#over;
  }

  /** The partition is to be given back: the current batch is finished, then the task is revoked. */
  stop(): void {
    this.#aborted.abort();
    this.#source?.wake();
  }

  /** The partition is gone already: nothing may be committed any more. */
  lose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#aborted.abort(this.notAssigned());
    this.#source?.wake();
  }

  /** Time for `idle`, when nothing is being read. */
  tick(): void {
    if (!this.#waiting) return;
    this.#idle = true;
    this.#source?.wake();
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
      lapsed: () => this.#options.lapsed?.() ?? false,
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
      this.#source?.close();
      this.#aborted.abort();
      await task.revoke().finally(() => this.#over = true);
    }
  }

  /** What a commit is refused with when the partition is another member's. */
  notAssigned(): OutsideError {
    const { topic, partition, join } = this.#options;
    return new OutsideError(
      "not_assigned",
      `${topic}/${partition} has been taken away from this member of ${join.group}: another one goes on with it`,
      { retryable: false },
    );
  }

  async #work(task: PartitionTask<B>): Promise<void> {
    const source = this.#source = this.#options.open();
    const { signal } = this.#aborted;
    while (!signal.aborted) {
      const taken = await source.take();
      // A frozen process that goes on finds batches here that another member has done meanwhile.
      if (signal.aborted || this.#options.lapsed?.()) break;
      if (taken) {
        if (taken.batch !== undefined) await task.handle(taken.batch);
        await source.turn();
        continue;
      }
      this.#waiting = true;
      await source.wait();
      this.#waiting = false;
      if (this.#idle && !signal.aborted) await task.idle?.();
      this.#idle = false;
    }
  }

  async #commit(position: Committed): Promise<void> {
    if (this.#over || this.#options.lapsed?.()) throw this.notAssigned();
    await this.#options.commit(position);
  }
}
