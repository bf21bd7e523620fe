import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { Delivery } from "../../alerts/ledger.ts";
import type { DeliveryStore } from "../../ports/delivery_store.ts";

/** One delivery in the store, and the version of it that we have seen. */
export class BatchEntry {
  delivery: Delivery;
  readonly #store: DeliveryStore;
  #version: number;

  /** @param version 0 when it is not in the store yet. */
  constructor(store: DeliveryStore, delivery: Delivery, version: number) {
    this.#store = store;
    this.delivery = delivery;
    this.#version = version;
  }

  /** Moves on; false when somebody else was faster. */
  async move(next: Delivery): Promise<boolean> {
    if (!await this.#store.put(next, this.#version)) return false;
    this.#version++;
    this.delivery = next;
    return true;
  }

  /** Notes an outcome, with a few tries: the message has gone out, and only this says so. */
  async note(next: Delivery, clock: Clock): Promise<void> {
    for (let attempt = 0;; attempt++) {
      try {
        await this.move(next);
        return;
      } catch (error) {
        if (!(error instanceof OutsideError) || attempt >= 3) throw error;
        await clock.sleep(100 * 2 ** attempt);
      }
    }
  }
}
