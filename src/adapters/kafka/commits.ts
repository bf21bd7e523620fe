import type { Committed } from "../../ports/event_log.ts";

interface Waiting {
  readonly position: Committed;
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

  commit(place: string, position: Committed): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(place) ?? [];
      this.#waiting.set(place, waiting);
      waiting.push({ position, resolve, reject });
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // Commits of one turn share a request.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const taken = this.#waiting;
      this.#waiting = new Map();
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
}
