import { type Delivery, encodeDelivery, moved, newDigest } from "../../alerts/ledger.ts";
import type { Clock } from "../../core/clock.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import type { OpenDelivery } from "./open_delivery.ts";

export interface DigestDeskOptions {
  readonly clock: Clock;
  /** The ledger of a partition that is held here; undefined when it has been taken away. */
  readonly ledgerOf: (partition: number) => PartitionLedger | undefined;
  /** A digest stands in the ledger and is to be sent. */
  readonly made: (digest: OpenDelivery) => void;
  /** A delivery waits again, until its `due`. */
  readonly later: (open: OpenDelivery) => void;
}

interface Member {
  readonly open: OpenDelivery;
  readonly delivery: Delivery;
}

/** What one digest lists at most: its record must fit in the log. */
const DIGEST_ALERTS = 1_000;
const DIGEST_BYTES = 500_000;

/**
 * Gathers what waits for a recipient into digests.
 *
 * The members are on several partitions, and no write covers two of them. So: every member first becomes `gathered`,
 * with the digest's id; then the digest's own delivery is written; then the members become `digested`. Whoever finds a
 * `gathered` member after a crash looks whether the digest's record is there: it is, and the member is listed; or it is
 * not, and the member waits again.
 */
export class DigestDesk {
  readonly #options: DigestDeskOptions;
  #waiting = new Map<string, Set<OpenDelivery>>();
  #gathering = new Map<string, Promise<void>>();

  constructor(options: DigestDeskOptions) {
    this.#options = options;
  }

  get recipients(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** A delivery waits for its recipient's digest. */
  add(open: OpenDelivery): void {
    let waiting = this.#waiting.get(open.recipient);
    if (waiting === undefined) this.#waiting.set(open.recipient, waiting = new Set());
    waiting.add(open);
  }

  /** Forgets what is forgotten: a partition was taken away. */
  sweep(): void {
    for (const [recipient, waiting] of this.#waiting) {
      for (const open of waiting) if (open.forgotten) waiting.delete(open);
      if (waiting.size === 0) this.#waiting.delete(recipient);
    }
  }

  /** Makes the digests that are due for a recipient; one gathering at a time for each. */
  gather(recipient: string, dueBy: number): Promise<void> {
    const before = this.#gathering.get(recipient) ?? Promise.resolve();
    const turn = before.then(() => this.#gather(recipient, dueBy));
    const settled = turn.catch(() => {}).then(() => {
      if (this.#gathering.get(recipient) === settled) this.#gathering.delete(recipient);
    });
    this.#gathering.set(recipient, settled);
    return turn;
  }

  async #gather(recipient: string, dueBy: number): Promise<void> {
    const waiting = this.#waiting.get(recipient);
    if (waiting === undefined) return;
    const due = [...waiting].filter((open) => open.due <= dueBy);
    for (const open of due) waiting.delete(open);
    if (waiting.size === 0) this.#waiting.delete(recipient);
    let chunk: Member[] = [];
    let bytes = 0;
    for (const [index, open] of due.entries()) {
      const delivery = open.delivery ??
        await this.#options.ledgerOf(open.partition)?.hydrate(open, due.slice(index, index + DIGEST_ALERTS));
      if (delivery === undefined || open.forgotten) continue;
      const size = encodeDelivery(delivery).length * 2;
      if (chunk.length >= DIGEST_ALERTS || bytes + size > DIGEST_BYTES) {
        await this.#make(chunk);
        chunk = [];
        bytes = 0;
      }
      chunk.push({ open, delivery });
      bytes += size;
    }
    if (chunk.length > 0) await this.#make(chunk);
  }

  async #make(members: readonly Member[]): Promise<void> {
    const at = this.#options.clock.now();
    const why = members[0]?.delivery.why ?? "storm";
    const planned = newDigest(members.map((member) => member.delivery), { at, why });
    const digestId = planned.id;
    const digestSymbol = planned.symbol;
    const gathered = await this.#moveAll(
      members,
      (delivery) => moved(delivery, "gathered", { at, digestId, digestSymbol }),
    );
    const ledger = this.#options.ledgerOf((members[0] as Member).open.partition);
    // A partition was taken away in between: its new owner must not find a digest that lists what is its own now.
    if (ledger === undefined || gathered.length < members.length) return await this.#again(gathered);
    const digest = ledger.begin(planned);
    if (!await ledger.advance(digest, planned)) return;
    await this.#moveAll(gathered, (delivery) => moved(delivery, "digested", { at, digestId, digestSymbol }));
    this.#options.made(digest);
  }

  /** Moves every member on; answers those whose record was written. */
  async #moveAll(members: readonly Member[], next: (delivery: Delivery) => Delivery): Promise<Member[]> {
    const moves = await Promise.all(members.map(async ({ open, delivery }) => {
      const after = next(delivery);
      const ledger = this.#options.ledgerOf(open.partition);
      if (ledger === undefined || open.forgotten) return undefined;
      return await ledger.advance(open, after) ? { open, delivery: after } : undefined;
    }));
    return moves.filter((member) => member !== undefined);
  }

  /** The digest did not come about: its members wait again, and are gathered at once by the next look. */
  async #again(members: readonly Member[]): Promise<void> {
    const at = this.#options.clock.now();
    for (const { open, delivery } of members) {
      const waiting = moved(delivery, "waiting", { at, until: at, why: delivery.why ?? "storm" });
      open.due = at;
      const ledger = this.#options.ledgerOf(open.partition);
      if (ledger === undefined || !await ledger.advance(open, waiting)) continue;
      this.add(open);
      this.#options.later(open);
    }
  }
}
