import type {
  Assignment,
  JoinOptions,
  PartitionTask,
  RawBatch,
  RecordBatch,
  Topic,
} from "../../src/ports/event_log.ts";

/** Rejects when `promise` takes longer than `ms`: a test says what it waited for instead of hanging. */
export async function within<T>(promise: Promise<T>, what: string, ms = 20_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A partition of a topic as text: "trades/3". */
export function place(of: { readonly topic: Topic; readonly partition: number }): string {
  return `${of.topic}/${of.partition}`;
}

/** What happened to a member of a group: batches, assignments, revocations, in the order they came. */
export class Gatherer<B extends RecordBatch | RawBatch> {
  readonly batches: B[] = [];
  readonly assignments: Assignment[] = [];
  /** Places that were revoked. */
  readonly revoked: string[] = [];
  idles = 0;
  #owned = new Map<string, Assignment>();
  #watchers = new Set<() => void>();
  #commits: boolean;

  /** @param options.commits Whether each batch is committed when it was handled. */
  constructor(options: { commits: boolean }) {
    this.#commits = options.commits;
  }

  options(group: string, topics: readonly Topic[]): JoinOptions<B> {
    return { group, topics, assigned: (assignment) => Promise.resolve(this.task(assignment)) };
  }

  task(assignment: Assignment): PartitionTask<B> {
    this.assignments.push(assignment);
    this.#owned.set(place(assignment), assignment);
    this.changed();
    return {
      handle: async (batch) => {
        // A raw batch's memory is used again once it was handled.
        this.batches.push("bytes" in batch ? { ...batch, bytes: batch.bytes.slice() } : batch);
        if (this.#commits) await assignment.commit({ offset: batch.nextOffset, metadata: "" });
        this.changed();
      },
      idle: () => {
        this.idles++;
        this.changed();
        return Promise.resolve();
      },
      revoke: () => {
        this.revoked.push(place(assignment));
        this.#owned.delete(place(assignment));
        this.changed();
        return Promise.resolve();
      },
    };
  }

  /** The places that are owned now. */
  get owned(): string[] {
    return [...this.#owned.keys()].sort();
  }

  changed(): void {
    for (const check of [...this.#watchers]) check();
  }

  /** Resolves when `condition` is met; examined after everything that happens. */
  until(condition: () => boolean, what: string, ms?: number): Promise<void> {
    let check = () => {};
    const met = new Promise<void>((resolve) => {
      check = () => {
        if (condition()) resolve();
      };
      this.#watchers.add(check);
      check();
    });
    return within(met, what, ms).finally(() => this.#watchers.delete(check));
  }
}

/** The values of decoded batches as text, by place. */
export function texts(batches: readonly RecordBatch[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const batch of batches) {
    const list = found[place(batch)] ??= [];
    for (const { value } of batch.records) {
      list.push(value === null ? "null" : new TextDecoder().decode(value));
    }
  }
  return found;
}
