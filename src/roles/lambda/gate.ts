import type { Verdict } from "../../alerts/delivery_machine.ts";
import { parseQuietHours, quietUntil } from "../../alerts/gate.ts";
import type { Delivery, Fault } from "../../alerts/ledger.ts";
import type { Suppression } from "../../alerts/recipient_settings.ts";
import type { Silence } from "../../alerts/silences.ts";
import type { FindEndpoint, WebhookEndpoint } from "../../alerts/webhook_endpoint.ts";
import type { DeliveryStore } from "../../ports/delivery_store.ts";
import { hushOf } from "../delivery/hush.ts";

const MINUTE_MS = 60_000;

/**
 * Whether a recipient gets a message now, for a notifier that remembers nothing: suppression, silences and quiet hours
 * are read from the store, and the storm breaker counts there, so that all that run at once count together.
 */
export class BatchGate {
  readonly #store: DeliveryStore;
  readonly #silences: readonly Silence[];
  readonly #webhooks: readonly WebhookEndpoint[];
  readonly #perMinute: number;

  private constructor(
    given: {
      store: DeliveryStore;
      silences: readonly Silence[];
      webhooks: readonly WebhookEndpoint[];
      perMinute: number;
    },
  ) {
    this.#store = given.store;
    this.#silences = given.silences;
    this.#webhooks = given.webhooks;
    this.#perMinute = given.perMinute;
  }

  /** @param perMinute messages a minute, tenant and recipient; 0 is no limit. */
  static async open(store: DeliveryStore, perMinute: number): Promise<BatchGate> {
    const [silences, webhooks] = await Promise.all([store.silences(), store.webhooks()]);
    return new BatchGate({ store, silences, webhooks, perMinute });
  }

  /** The endpoint of a name in a tenant. */
  readonly endpoints: FindEndpoint = (tenant, id) =>
    this.#webhooks.find((endpoint) => endpoint.tenant === tenant && endpoint.id === id);

  /** Why a delivery is not to be made now. */
  async hush(delivery: Delivery, now: number): Promise<Fault | undefined> {
    const settings = await this.#store.recipient(delivery.recipient);
    return this.#hush(delivery, settings?.suppression, now);
  }

  /** What becomes of a new delivery. */
  async verdict(delivery: Delivery, now: number): Promise<Verdict> {
    const { recipient, tenant = "" } = delivery;
    const { suppression, quietHours = null } = await this.#store.recipient(recipient) ?? {};
    const hush = this.#hush(delivery, suppression, now);
    if (hush !== undefined) return { hush };
    const hours = quietHours === null ? undefined : parseQuietHours(quietHours);
    const quiet = hours && quietUntil(hours, now);
    if (quiet !== undefined) return { digest: { until: quiet, why: "quiet" } };
    if (this.#perMinute === 0) return {};
    const minute = Math.floor(now / MINUTE_MS);
    if (await this.#store.count({ tenant, recipient, minute }) <= this.#perMinute) return {};
    return { digest: { until: (minute + 1) * MINUTE_MS, why: "storm" } };
  }

  #hush(delivery: Delivery, suppression: Suppression | null | undefined, now: number): Fault | undefined {
    return hushOf(delivery, { suppression, silences: this.#silences, endpoints: this.endpoints, now });
  }
}
