import { HttpProblem } from "./http/problem.ts";

/** Items that are worked off in one turn unless it is said otherwise: some milliseconds of work. */
const SLICE = 50;
/** The event loop has nothing else to do when it comes round within this, ms. */
const QUIET_MS = 3;
/** However much else there is to do, the next turn begins after this, ms. */
const MOST_WAIT_MS = 50;
/** Requests of one account that may wait for a turn at once. */
const MOST_WAITING = 100;

/** How one request takes turns. */
export interface TurnTaker {
  /**
   * Resolves when it is the caller's turn.
   *
   * @throws {HttpProblem} 429 `too_many_at_once`, the first time, when so many of the account wait already.
   */
  take(): Promise<void>;
  /** Hands items over as they come, a turn for every few of them. */
  paced<T>(items: AsyncIterable<T>, aTurn?: number): AsyncIterable<T>;
}

/**
 * Whose turn it is among those that have much to do: one turn after another, the accounts by turns. The next one begins when
 * what the last one has brought about is done and the event loop has nothing else to do: so trades, alerts and messages go
 * first, and a small request waits for one turn at most, however many dear ones there are.
 */
export class Turns {
  /** Those who wait, by account, each account's in their order; whose turn comes next stands first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #isGiving = false;

  /**
   * For one request.
   *
   * @param account whose it is: those of other accounts do not wait for all of its.
   */
  of(account: string): TurnTaker {
    let isTaken = false;
    const take = () => {
      // Who has begun is not refused any more: its answer would be cut off.
      if (!isTaken) this.#admit(account);
      isTaken = true;
      return this.#take(account);
    };
    return {
      take,
      async *paced(items, aTurn = SLICE) {
        let count = 0;
        for await (const item of items) {
          if (count++ % aTurn === 0) await take();
          yield item;
        }
      },
    };
  }

  #admit(account: string): void {
    const waiting = this.#waiting.get(account)?.length ?? 0;
    if (waiting < MOST_WAITING) return;
    const detail = `${waiting} requests that read or write much wait already: send fewer at once`;
    throw new HttpProblem(429, "too_many_at_once", detail, { headers: { "Retry-After": "1" } });
  }

  #take(account: string): Promise<void> {
    const own = this.#waiting.get(account) ?? [];
    const { promise, resolve } = Promise.withResolvers<void>();
    own.push(resolve);
    this.#waiting.set(account, own);
    if (!this.#isGiving) void this.#give();
    return promise;
  }

  async #give(): Promise<void> {
    this.#isGiving = true;
    while (this.#waiting.size > 0) {
      await quiet();
      const [account, own] = this.#waiting.entries().next().value!;
      const begin = own.shift()!;
      this.#waiting.delete(account);
      if (own.length > 0) this.#waiting.set(account, own);
      begin();
    }
    this.#isGiving = false;
  }
}

/** What {@link quiet} waits with. */
export interface Loop {
  now(): number;
  /** Lets everything that is due have its turn. */
  round(): Promise<void>;
}

const LOOP: Loop = {
  now: () => performance.now(),
  round: () => new Promise((resolve) => setTimeout(resolve, 0)),
};

/** Until the event loop comes round without having had anything to do, but not for long. */
export async function quiet(loop: Loop = LOOP): Promise<void> {
  const begun = loop.now();
  for (let took = Infinity, at = begun; took > QUIET_MS && at - begun < MOST_WAIT_MS;) {
    await loop.round();
    const now = loop.now();
    [took, at] = [now - at, now];
  }
}
