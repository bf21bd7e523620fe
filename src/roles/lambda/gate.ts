import type { Clock } from "../../core/clock.ts";
import { parseQuietHours, quietUntil } from "../../alerts/gate.ts";
import { type Delivery, isDigest, mayMove, moved } from "../../alerts/ledger.ts";
import { type Silence, silenceFor, silenceReason } from "../../alerts/silences.ts";
import type { DeliveryStore } from "../../ports/delivery_store.ts";
import type { Fault } from "../notifier/deliverer.ts";

const MINUTE_MS = 60_000;

/**
 * Whether a recipient gets a message now, for a notifier that remembers nothing: suppression, silences and quiet hours
 * are read from the store, and the storm breaker counts there, so that all that run at once count together.
 */
export class BatchGate {
  readonly #store: DeliveryStore;
  readonly #clock: Clock;
  readonly #silences: readonly Silence[];
  readonly #perMinute: number;

  private constructor(
    store: DeliveryStore,
    given: { clock: Clock; silences: readonly Silence[]; perMinute: number },
  ) {
    this.#store = store;
    this.#clock = given.clock;
    this.#silences = given.silences;
    this.#perMinute = given.perMinute;
  }

  /** @param options.perMinute messages a minute and recipient; 0 is no limit. */
  static async open(
    store: DeliveryStore,
    options: { readonly clock: Clock; readonly perMinute: number },
  ): Promise<BatchGate> {
    return new BatchGate(store, { ...options, silences: await store.silences() });
  }

  /** The state of a delivery that is not to be called for now; undefined when it is. */
  async hold(delivery: Delivery, { fresh }: { readonly fresh: boolean }): Promise<Delivery | undefined> {
    const at = this.#clock.now();
    const settings = await this.#store.recipient(delivery.recipient);
    const { suppression, quietHours } = settings ?? { suppression: null, quietHours: null };
    const hush = suppression === null
      ? this.#silenced(delivery, at)
      : { code: suppression.cause, reason: suppression.reason };
    if (hush !== undefined && mayMove(delivery.state, "suppressed")) {
      return moved(delivery, "suppressed", { at, ...hush });
    }
    if (!fresh) return undefined;
    const hours = quietHours === null ? undefined : parseQuietHours(quietHours);
    const quiet = hours && quietUntil(hours, at);
    if (quiet !== undefined) return moved(delivery, "waiting", { at, until: quiet, why: "quiet" });
    if (this.#perMinute === 0) return undefined;
    const minute = Math.floor(at / MINUTE_MS);
    if (await this.#store.count(delivery.recipient, minute) <= this.#perMinute) return undefined;
    return moved(delivery, "waiting", { at, until: (minute + 1) * MINUTE_MS, why: "storm" });
  }

  #silenced(delivery: Delivery, now: number): Fault | undefined {
    const [alert] = delivery.alerts ?? [];
    if (alert === undefined || isDigest(delivery)) return undefined;
    const silence = silenceFor(this.#silences, { alert, recipient: delivery.recipient, now });
    return silence && silenceReason(silence);
  }
}
