import type { Clock } from "../../core/clock.ts";
import { encodeDelivery, isDigest, isFinal, moved, newDigest } from "../../alerts/ledger.ts";
import type { DeliveryStore, StoredDelivery } from "../../ports/delivery_store.ts";
import { type BatchCaller, RESERVE_MS } from "./caller.ts";
import { BatchEntry } from "./entry.ts";
import type { BatchGate } from "./gate.ts";
import { eachAtOnce } from "../../core/each_at_once.ts";

export interface BatchDigestsOptions {
  readonly store: DeliveryStore;
  readonly clock: Clock;
  readonly gate: BatchGate;
  readonly caller: BatchCaller;
}

/** Deliveries that are looked at in one go. */
const ROUND = 1_000;
/** Digests at once: one that is slow does not hold up the others. */
const AT_ONCE = 8;
/** What one digest lists at most: its item in the store holds 400 KB. */
const DIGEST_ALERTS = 500;
const DIGEST_BYTES = 250_000;

/**
 * Gathers what waits in the store into digests, and sends them.
 *
 * No write covers two deliveries. So, as the notifier that runs all the time does it: every member first becomes
 * `gathered`, with the digest's id; then the digest's own delivery is written; then the members become `digested`. Who
 * finds a member `gathered` long ago looks whether the digest is there: it lists the member, or the member waits again.
 */
export class BatchDigests {
  readonly #options: BatchDigestsOptions;
  /** What was done so far. */
  readonly counts: Record<string, number> = {};

  constructor(options: BatchDigestsOptions) {
    this.#options = options;
  }

  /** Works on what is due until there is nothing left, or `deadline`, epoch ms, is near. */
  async run(deadline: number): Promise<void> {
    const { store, clock } = this.#options;
    // What has just been moved may still be called due: nobody moves it again, and then the rounds end.
    for (let moves = 1; moves > 0 && clock.now() + RESERVE_MS < deadline;) {
      moves = await this.#round(await store.due(clock.now(), ROUND), deadline);
    }
  }

  async #round(due: readonly StoredDelivery[], deadline: number): Promise<number> {
    const { clock, store } = this.#options;
    const waiting = new Map<string, BatchEntry[]>();
    const work: (() => Promise<number>)[] = [];
    for (const { delivery, version } of due) {
      const entry = new BatchEntry(store, delivery, version);
      if (delivery.state === "waiting") {
        const members = waiting.get(delivery.recipient) ?? [];
        waiting.set(delivery.recipient, members);
        members.push(entry);
      } else if (delivery.state === "gathered") work.push(() => this.#settle(entry));
      else if (isDigest(delivery) && !isFinal(delivery.state)) work.push(() => this.#send(entry, deadline));
    }
    for (const members of waiting.values()) {
      for (const chunk of chunks(members)) work.push(() => this.#make(chunk, deadline));
    }
    let moves = 0;
    await eachAtOnce(work, AT_ONCE, async (doIt) => {
      if (clock.now() + RESERVE_MS < deadline) moves += await doIt();
    });
    return moves;
  }

  async #make(members: readonly BatchEntry[], deadline: number): Promise<number> {
    const { clock, store } = this.#options;
    const at = clock.now();
    const why = members[0]?.delivery.why ?? "storm";
    const planned = newDigest(members.map((member) => member.delivery), { at, why });
    const digestId = planned.id;
    const digestSymbol = planned.symbol;
    const gathered = await movedOn(
      members,
      ({ delivery }) => moved(delivery, "gathered", { at, digestId, digestSymbol }),
    );
    if (gathered.length === 0) return 0;
    const digest = {
      ...newDigest(gathered.map((member) => member.delivery), { at, why }),
      id: digestId,
      symbol: digestSymbol,
    };
    const entry = new BatchEntry(store, digest, 0);
    if (!await entry.move(digest)) return 0;
    await movedOn(gathered, ({ delivery }) => moved(delivery, "digested", { at, digestId, digestSymbol }));
    this.#count("digested", gathered.length);
    return gathered.length + await this.#send(entry, deadline);
  }

  async #send(entry: BatchEntry, deadline: number): Promise<number> {
    const held = await this.#options.gate.hold(entry.delivery, { fresh: false });
    if (held !== undefined) {
      if (!await entry.move(held)) return 0;
      this.#count("digests suppressed");
      return 1;
    }
    const step = await this.#options.caller.deliver(entry, deadline);
    this.#count(`digests ${step}`);
    return step === "later" ? 0 : 1;
  }

  /** Its digest was being made when somebody's time ran out. */
  async #settle(entry: BatchEntry): Promise<number> {
    const { clock, store } = this.#options;
    const { digestId = "", digestSymbol, recipient, symbol, why = "storm" } = entry.delivery;
    const at = clock.now();
    const made = await store.get(digestId, recipient) !== undefined;
    const next = made
      ? moved(entry.delivery, "digested", { at, digestId, digestSymbol: digestSymbol ?? symbol })
      : moved(entry.delivery, "waiting", { at, until: at, why });
    return await entry.move(next) ? 1 : 0;
  }

  #count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }
}

/** Moves every member on; answers those that nobody else had moved. */
async function movedOn(
  members: readonly BatchEntry[],
  next: (entry: BatchEntry) => BatchEntry["delivery"],
): Promise<readonly BatchEntry[]> {
  const moves = await Promise.all(members.map((member) => member.move(next(member))));
  return members.filter((_, index) => moves[index]);
}

function* chunks(members: readonly BatchEntry[]): IterableIterator<readonly BatchEntry[]> {
  let chunk: BatchEntry[] = [];
  let bytes = 0;
  for (const member of members) {
    // Twice, for text that takes more bytes than characters.
    const size = encodeDelivery(member.delivery).length * 2;
    if (chunk.length > 0 && (chunk.length >= DIGEST_ALERTS || bytes + size > DIGEST_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(member);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
