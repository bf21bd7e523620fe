import { type DeliveryEvent, next, type Step } from "../../alerts/delivery_machine.ts";
import type { DeliveryPolicy } from "../../alerts/delivery_policy.ts";
import type { Delivery } from "../../alerts/ledger.ts";
import type { Clock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { DeliveryStore, StoredDelivery } from "../../ports/delivery_store.ts";
import type { ChannelName } from "../../rules/channels.ts";
import { scopeOf } from "../delivery/lanes.ts";
import { deliveryLetters } from "../delivery/letters.ts";

export interface EntryOptions {
  readonly store: DeliveryStore;
  readonly clock: Clock;
  readonly policy: DeliveryPolicy;
}

/** Tries of a write that says what has become of a call: the message has gone out, and only this says so. */
const OUTCOME_WRITES = 4;

/** One delivery in the store, and the version of it that we have seen. It goes on by {@link step} only. */
export class Entry {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly tenant: string;
  readonly scope: string;
  readonly #options: EntryOptions;
  #delivery: Delivery;
  #version: number;
  #lost = false;

  /** @param stored version 0: it is not in the store yet. */
  constructor(options: EntryOptions, { delivery, version }: StoredDelivery) {
    const { channel, recipient, tenant = "" } = delivery;
    this.channel = channel;
    this.recipient = recipient;
    this.tenant = tenant;
    this.scope = scopeOf(channel, recipient);
    this.#options = options;
    this.#delivery = delivery;
    this.#version = version;
  }

  get delivery(): Delivery {
    return this.#delivery;
  }

  /** Whether it is in the store: whoever comes next finds it. */
  get stored(): boolean {
    return this.#version > 0;
  }

  /** Whether somebody else was faster. */
  get lost(): boolean {
    return this.#lost;
  }

  /**
   * Takes it a step on; undefined when somebody else was faster: it is theirs.
   *
   * @throws {OutsideError} when the store is away.
   */
  async step(event: DeliveryEvent): Promise<Step | undefined> {
    const { store, policy } = this.#options;
    const before = this.#delivery;
    const step = next(before, event, policy);
    if (!step.write || step.delivery === undefined) return step;
    if (step.letters !== undefined) await store.bury(deliveryLetters(before, step.letters, step.delivery.at));
    if (!await store.put(step.delivery, this.#version)) {
      this.#lost = true;
      return undefined;
    }
    this.#version++;
    this.#delivery = step.delivery;
    return step;
  }

  /** {@link step} for what has become of a call, with a few tries. */
  async note(event: DeliveryEvent): Promise<Step | undefined> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.step(event);
      } catch (error) {
        if (!(error instanceof OutsideError) || attempt >= OUTCOME_WRITES) throw error;
        await this.#options.clock.sleep(50 * 2 ** attempt);
      }
    }
  }
}
