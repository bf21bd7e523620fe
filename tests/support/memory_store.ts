import { type Delivery, deliveryKey, encodeDelivery } from "../../src/alerts/ledger.ts";
import { recipientKey, type RecipientSettings } from "../../src/alerts/recipient_settings.ts";
import type { WebhookEndpoint } from "../../src/alerts/webhook_endpoint.ts";
import type { Template } from "../../src/alerts/template.ts";
import type { Silence } from "../../src/alerts/silences.ts";
import { dueAt } from "../../src/alerts/delivery_machine.ts";
import { DELIVERY_POLICY } from "../../src/alerts/delivery_policy.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type {
  CountedMessage,
  DeliveryStore,
  DeliveryStoreMirror,
  StoredDelivery,
  StoreNews,
} from "../../src/ports/delivery_store.ts";
import type { NewRecord } from "../../src/ports/event_log.ts";

/** Both sides of a Lambda's store, in memory; it can be away. */
export class MemoryStore implements DeliveryStore, DeliveryStoreMirror {
  readonly deliveries = new Map<string, StoredDelivery>();
  readonly letters: NewRecord[] = [];
  readonly settings = new Map<string, RecipientSettings>();
  readonly #uncopied = new Map<string, NewRecord | undefined>();
  readonly #counts = new Map<string, number>();
  #silences: readonly Silence[] = [];
  #webhooks: readonly WebhookEndpoint[] = [];
  #templates: readonly Template[] = [];
  #lease = { owner: "", until: 0 };
  away = false;
  /** Called before each change of a delivery. */
  before: (delivery: Delivery) => void | Promise<void> = () => {};

  get(id: string, recipient: string) {
    return this.#there(() => this.deliveries.get(deliveryKey(id, recipient)));
  }

  async put(delivery: Delivery, version: number) {
    await this.before(delivery);
    return await this.#there(() => {
      const key = deliveryKey(delivery.id, delivery.recipient);
      if ((this.deliveries.get(key)?.version ?? 0) !== version) return false;
      this.deliveries.set(key, { delivery, version: version + 1 });
      this.#uncopied.set(key, undefined);
      return true;
    });
  }

  due(now: number, limit: number) {
    return this.#there(() =>
      [...this.deliveries.values()].filter(({ delivery }) =>
        (dueAt(delivery, DELIVERY_POLICY) ?? Infinity) <= now
      )
        .slice(0, limit)
    );
  }

  recipient(recipient: string, tenant?: string) {
    return this.#there(() => this.settings.get(recipientKey(recipient, tenant)));
  }

  silences() {
    return this.#there(() => this.#silences);
  }

  count(message: CountedMessage) {
    return this.#there(() => {
      const count = this.#countOf(message) + 1;
      this.#counts.set(countKey(message), count);
      return count;
    });
  }

  counted(message: CountedMessage) {
    return this.#there(() => this.#countOf(message));
  }

  bury(letters: readonly NewRecord[]) {
    return this.#there(() => {
      for (const letter of letters) this.#uncopied.set(`dead|${this.letters.push(letter)}`, letter);
    });
  }

  lease(owner: string, now: number, until: number) {
    return this.#there(() => {
      if (this.#lease.owner !== owner && this.#lease.until >= now) return false;
      this.#lease = { owner, until };
      return true;
    });
  }

  news(limit: number) {
    return this.#there(() =>
      [...this.#uncopied].slice(0, limit).map(([id, letter]) => this.#newsOf(id, letter))
    );
  }

  copied({ id, version }: StoreNews) {
    return this.#there(() => {
      if (this.deliveries.get(id)?.version === version) this.#uncopied.delete(id);
    });
  }

  recipients() {
    return this.#there(() => [...this.settings.values()]);
  }

  putRecipient(settings: RecipientSettings) {
    return this.#there(() =>
      void this.settings.set(recipientKey(settings.recipient, settings.tenant), settings)
    );
  }

  removeRecipient(recipient: string, tenant?: string) {
    return this.#there(() => void this.settings.delete(recipientKey(recipient, tenant)));
  }

  async begin(delivery: Delivery) {
    await this.put(delivery, 0);
  }

  putSilences(silences: readonly Silence[]) {
    return this.#there(() => void (this.#silences = silences));
  }

  templates() {
    return this.#there(() => this.#templates);
  }

  putTemplates(templates: readonly Template[]) {
    return this.#there(() => void (this.#templates = templates));
  }

  webhooks() {
    return this.#there(() => this.#webhooks);
  }

  putWebhooks(endpoints: readonly WebhookEndpoint[]) {
    return this.#there(() => void (this.#webhooks = endpoints));
  }

  #countOf(message: CountedMessage): number {
    return this.#counts.get(countKey(message)) ?? 0;
  }

  #newsOf(id: string, letter: NewRecord | undefined): StoreNews {
    if (letter !== undefined) return { id, version: undefined, record: letter };
    const { delivery, version } = this.deliveries.get(id) as StoredDelivery;
    const place = { key: id, placement: delivery.symbol, timestamp: delivery.at };
    return { id, version, record: { topic: "deliveries", value: encodeDelivery(delivery), ...place } };
  }

  async #there<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.away) throw new OutsideError("dynamodb_unavailable", "away", { retryable: true });
    return work();
  }
}

function countKey({ tenant, recipient, period }: CountedMessage): string {
  return `${tenant}|${recipient}|${period}`;
}
