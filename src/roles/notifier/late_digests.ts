import { type Delivery, deliveryKey, isDigest } from "../../alerts/ledger.ts";

/**
 * Finds digests whose record may have come too late, while a partition is read in its order: their first alert, which is on
 * the same partition, was not gathered for them any more, and nothing says since that it was listed. A digest that
 * somebody has gone on with was examined by them.
 */
export class LateDigests {
  /** The key of a digest's first alert, by the digest's. */
  readonly #first = new Map<string, string>();

  /** Takes note of a record. @param digestOf The digest that an open delivery is gathered for, by its key. */
  read(delivery: Delivery, digestOf: (key: string) => string | undefined): void {
    const { id, recipient, state, digestId = "", alerts: [first] = [] } = delivery;
    const key = deliveryKey(id, recipient);
    if (isDigest(delivery)) {
      this.#first.delete(key);
      if (state !== "pending" || first === undefined) return;
      const member = deliveryKey(first.id, recipient);
      if (digestOf(member) !== id) this.#first.set(key, member);
      return;
    }
    const digest = deliveryKey(digestId, recipient);
    if (this.#first.get(digest) === key) this.#first.delete(digest);
  }

  has(key: string): boolean {
    return this.#first.has(key);
  }
}
