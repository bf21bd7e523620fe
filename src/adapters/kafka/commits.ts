import type { Committed } from "../../ports/event_log.ts";

interface Waiting {
  readonly position: Committed;
  readonly mayStill: () => void;
  readonly resolve: () => void;
  readonly reject: (thrown: unknown) => void;
}

/** What is sent in one request: the newest position of each place. */
export type CommitRequest = ReadonlyMap<string, Committed>;

/** Commits of a member's partitions: what comes while a request is under way makes the next one. */
export class Commits {
  #send: (request: CommitRequest) => Promise<void>;
  #waiting = new Map<string, Waiting[]>();
  #sending = false;

  /** @param send Resolves when the request is durable. */
  constructor(send: (request: CommitRequest) => Promise<void>) {
    this.#send = send;
  }

  /** @param mayStill Throws when the place was lost while the commit waited: a later generation must not send it. */
  commit(place: string, position: Committed, mayStill: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(place) ?? [];
      this.#waiting.set(place, waiting);
      waiting.push({ position, mayStill, resolve, reject });
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // Commits of one turn share a request.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const taken = this.#take();
      if (taken.size === 0) continue;
      const all = [...taken.values()].flat();
      try {
        await this.#send(
          new Map([...taken].map(([place, waiting]) => [place, waiting.at(-1)?.position as Committed])),
        );
        for (const { resolve } of all) resolve();
      } catch (thrown) {
        for (const { reject } of all) reject(thrown);
      }
    }
    this.#sending = false;
  }

  /** What waits, without what may not be sent any more. */
  #take(): Map<string, Waiting[]> {
    const taken = new Map<string, Waiting[]>();
    for (const [place, all] of this.#waiting) {
      const standing = all.filter(stands);
      if (standing.length > 0) taken.set(place, standing);
    }
    this.#waiting = new Map();
    return taken;
  }
}

function stands({ mayStill, reject }: Waiting): boolean {
  try {
    mayStill();
    return true;
  } catch (thrown) {
    reject(thrown);
    return false;
  }
}
