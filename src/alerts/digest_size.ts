import type { DeliveryPolicy } from "./delivery_policy.ts";
import { type Delivery, encodeDelivery } from "./ledger.ts";

/** Counts what one digest lists, so that it stays within what its record may have. */
export class DigestSize {
  readonly #policy: Pick<DeliveryPolicy, "digestAlerts" | "digestBytes">;
  #alerts = 0;
  #bytes = 0;

  constructor(policy: Pick<DeliveryPolicy, "digestAlerts" | "digestBytes">) {
    this.#policy = policy;
  }

  /** Counts one more; false when it is the first of a new digest, because the one before is full. */
  add(delivery: Delivery): boolean {
    const bytes = new TextEncoder().encode(encodeDelivery(delivery)).length;
    this.#alerts++;
    this.#bytes += bytes;
    const { digestAlerts, digestBytes } = this.#policy;
    if (this.#alerts === 1 || this.#alerts <= digestAlerts && this.#bytes <= digestBytes) return true;
    this.#alerts = 1;
    this.#bytes = bytes;
    return false;
  }
}
