import { type Delivery, deliveryKey, readDelivery } from "../../alerts/ledger.ts";
import { isRecipientKey } from "../../alerts/recipient_settings.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { DEFAULT_TENANT } from "../../rules/tenancy.ts";
import type { Topics } from "../store/topics.ts";

/** A delivery without the alerts it carries. */
export type KnownDelivery = Omit<Delivery, "alerts">;

/** What has become of the newest alerts for each recipient, as the ledger says. */
export class DeliveryIndex implements ProjectionReader<Delivery> {
  readonly #limit: number;
  readonly #byAlert = new Map<string, Map<string, KnownDelivery>>();

  /** @param options.limit of how many alerts deliveries are kept. */
  constructor(options: { topics: Topics; limit: number }) {
    this.#limit = options.limit;
    options.topics.read("deliveries", this);
  }

  /** The deliveries of an alert, by recipient. */
  of(alertId: string): readonly KnownDelivery[] {
    return [...this.#byAlert.get(alertId)?.values() ?? []].sort((a, b) => a.recipient < b.recipient ? -1 : 1);
  }

  /** Every delivery of a tenant, in no certain order. */
  *ofTenant(tenant: string): IterableIterator<KnownDelivery> {
    for (const known of this.#byAlert.values()) {
      for (const delivery of known.values()) if (tenantOf(delivery) === tenant) yield delivery;
    }
  }

  decode({ key, value }: LogRecord): Delivery | undefined {
    if (isRecipientKey(key)) return undefined;
    const delivery = readDelivery(value);
    return delivery !== undefined && deliveryKey(delivery.id, delivery.recipient) === key
      ? delivery
      : undefined;
  }

  apply(delivery: Delivery): void {
    const known = this.#byAlert.get(delivery.id) ?? new Map<string, KnownDelivery>();
    const { alerts: _alerts, ...kept } = delivery;
    known.set(delivery.recipient, kept);
    this.#byAlert.set(delivery.id, known);
    if (this.#byAlert.size > this.#limit) this.#byAlert.delete(this.#byAlert.keys().next().value as string);
  }
}

/** Records of earlier versions do not say whose they are; their ids do. */
function tenantOf({ tenant, ruleId, id }: KnownDelivery): string {
  if (tenant !== undefined) return tenant;
  const [prefix, rest] = (ruleId === "" ? id.replace(/^digest:/, "") : ruleId).split("~");
  return rest === undefined ? DEFAULT_TENANT : prefix!;
}
