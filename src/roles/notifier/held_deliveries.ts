import type { Delivery } from "../../alerts/ledger.ts";
import type { OpenDelivery } from "./open_delivery.ts";

/** The deliveries whose content is in memory, of all partitions: no more than a limit, but for those being handled. */
export class HeldDeliveries {
  readonly #limit: number;
  #held = new Set<OpenDelivery>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#held.size;
  }

  hold(open: OpenDelivery, delivery: Delivery): void {
    open.delivery = delivery;
    this.#held.add(open);
  }

  /** It waits now: its content goes when there is too much in memory. */
  ease(open: OpenDelivery): void {
    if (this.#held.size > this.#limit) this.drop(open);
  }

  drop(open: OpenDelivery): void {
    open.delivery = undefined;
    this.#held.delete(open);
  }
}
