import type { DeliveryEvent } from "../../alerts/delivery_machine.ts";
import type { DeliveryPolicy } from "../../alerts/delivery_policy.ts";
import { type DigestGroup, digestGroupOf } from "../../alerts/digest_cause.ts";
import { DigestSize } from "../../alerts/digest_size.ts";
import { type Delivery, newDigest } from "../../alerts/ledger.ts";
import type { Clock } from "../../core/clock.ts";
import type { OpenDelivery } from "./open_delivery.ts";
import type { Planned } from "./partition_ledger.ts";

export interface DigestDeskOptions {
  readonly clock: Clock;
  readonly policy: DeliveryPolicy;
}

/**
 * Gathers what waits for a recipient into digests.
 *
 * The members are on several partitions, and no write covers two of them. So: every member first becomes `gathered`,
 * with the digest's id; then the digest's own delivery is written; then the members become `digested`. Whoever finds a
 * `gathered` member after a crash looks whether the digest's record is there: it is, and the member is listed; or it is
 * not, and the member waits again. A digest whose record comes after that loses what was let go
 * (`digest_records.ts`).
 */
export class DigestDesk {
  readonly #options: DigestDeskOptions;
  readonly #waiting = new Map<DigestGroup, Set<OpenDelivery>>();
  readonly #gathering = new Map<DigestGroup, Promise<readonly Planned[]>>();

  constructor(options: DigestDeskOptions) {
    this.#options = options;
  }

  get groups(): readonly DigestGroup[] {
    return [...this.#waiting.keys()];
  }

  /** A delivery waits for its digest. */
  add(open: OpenDelivery): void {
    const group = digestGroupOf(open);
    const waiting = this.#waiting.get(group);
    if (waiting === undefined) this.#waiting.set(group, new Set([open]));
    else waiting.add(open);
  }

  /** Forgets what is forgotten: a partition was taken away. */
  sweep(): void {
    for (const [group, waiting] of this.#waiting) {
      for (const open of waiting) if (open.forgotten) waiting.delete(open);
      if (waiting.size === 0) this.#waiting.delete(group);
    }
  }

  /**
   * Makes the digests of a group that are due, one gathering at a time.
   *
   * @returns The digests' deliveries, to be sent; and members of one that did not come about, which wait again.
   */
  gather(group: DigestGroup, dueBy: number): Promise<readonly Planned[]> {
    const before = this.#gathering.get(group) ?? Promise.resolve([]);
    const turn = before.catch(() => []).then(() => this.#gather(group, dueBy));
    this.#gathering.set(group, turn);
    const done = () => {
      if (this.#gathering.get(group) === turn) this.#gathering.delete(group);
    };
    turn.then(done, done);
    return turn;
  }

  async #gather(group: DigestGroup, dueBy: number): Promise<readonly Planned[]> {
    const waiting = this.#waiting.get(group);
    // What expired goes into one note with what expired since, what waited for a recipient into one message.
    const due = [...waiting ?? []].filter(({ due, why }) =>
      due <= dueBy || why === "expired" || why === "consent"
    );
    for (const open of due) waiting?.delete(open);
    if (waiting?.size === 0) this.#waiting.delete(group);
    const made: Planned[] = [];
    for await (const members of this.#chunks(due)) {
      const making = this.#make(members);
      // The next owner of any of them must find the digest's record, or that there will be none.
      for (const { ledger } of members) ledger.track(making);
      made.push(...await making);
    }
    return made;
  }

  /** What is due in pieces that one digest may list; the contents are in memory for the piece at hand only. */
  async *#chunks(due: readonly OpenDelivery[]): AsyncGenerator<readonly OpenDelivery[]> {
    const size = new DigestSize(this.#options.policy);
    let chunk: OpenDelivery[] = [];
    for (const open of due) {
      const delivery = open.forgotten ? undefined : await open.ledger.read(open);
      if (delivery === undefined) continue;
      if (!size.add(delivery)) {
        yield chunk;
        chunk = [];
      }
      chunk.push(open);
    }
    if (chunk.length > 0) yield chunk;
  }

  async #make(members: readonly OpenDelivery[]): Promise<readonly Planned[]> {
    const at = this.#options.clock.now();
    const deliveries = members.map(({ delivery }) => delivery).filter((delivery) => delivery !== undefined);
    const [first] = members;
    if (first === undefined || deliveries.length < members.length) return [];
    const planned = newDigest(deliveries, { at, why: (deliveries[0] as Delivery).why ?? "storm" });
    const place = { digestId: planned.id, digestSymbol: planned.symbol };
    const gathered = await steps(members, { type: "gathered", at, ...place });
    const { ledger } = first;
    // A partition was taken away in between: its new owner must not find a digest that lists what is its own now.
    if (gathered.length < members.length || ledger.revoked) {
      return await steps(gathered, { type: "released", at });
    }
    const digest = ledger.begin(planned, { type: "admitted", at, place: false });
    const written = await ledger.write([digest], []);
    if (written === undefined) return [];
    await steps(members, { type: "listed", at });
    return written;
  }
}

/** Takes every member a step on; those whose step was written. */
async function steps(
  members: readonly (OpenDelivery | Planned)[],
  event: DeliveryEvent,
): Promise<readonly Planned[]> {
  const all = await Promise.all(members.map(async (member) => {
    const open = "open" in member ? member.open : member;
    const step = open.ledger.revoked ? undefined : await open.ledger.step(open, event);
    return step?.write ? { open, step } : undefined;
  }));
  return all.filter((one) => one !== undefined);
}
