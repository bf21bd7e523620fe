import type { Delivery } from "../../alerts/ledger.ts";
import { recipientKey, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import type { Template } from "../../alerts/template.ts";
import type { Silence } from "../../alerts/silences.ts";
import type { WebhookEndpoint } from "../../alerts/webhook_endpoint.ts";
import type { DeliveryStoreMirror, StoreNews } from "../../ports/delivery_store.ts";
import { copiedItem, deliveryItem, NEWS, readNews, readRecipient, recipientItem } from "./items.ts";
import { type DynamoOptions, DynamoTable } from "./table.ts";

/** Items that are read at once. */
const AT_ONCE = 25;
/** Recipients of whom something is known, at most. */
const RECIPIENTS = 100_000;

/** The other side of the Lambda's table: what it did, read out, and what it must know, written in. */
export class DynamoDeliveryMirror implements DeliveryStoreMirror {
  readonly #table: DynamoTable;

  constructor(options: DynamoOptions) {
    this.#table = new DynamoTable(options);
  }

  lease(owner: string, now: number, until: number): Promise<boolean> {
    const item = { id: "lease", owner, until };
    return this.#table.put(item, {
      ConditionExpression: "attribute_not_exists(id) OR #owner = :owner OR #until < :now",
      ExpressionAttributeNames: { "#owner": "owner", "#until": "until" },
      ExpressionAttributeValues: { ":owner": owner, ":now": now },
    });
  }

  async news(limit: number): Promise<readonly StoreNews[]> {
    const ids = await this.#table.query("news", { hash: NEWS, limit });
    return (await this.#items(ids)).map(([id, item]) => readNews(id, item)).filter((one) =>
      one !== undefined
    );
  }

  async copied({ id, version }: StoreNews): Promise<void> {
    await this.#table.update(id, {
      UpdateExpression: "REMOVE news",
      ...(version === undefined ? { ConditionExpression: "attribute_exists(id)" } : {
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": version },
      }),
    });
  }

  async recipients(): Promise<readonly RecipientSettings[]> {
    const ids = await this.#table.query("queue", { hash: "recipient", limit: RECIPIENTS });
    return (await this.#items(ids)).map(([, item]) => readRecipient(item)).filter((one) => one !== undefined);
  }

  async putRecipient(settings: RecipientSettings): Promise<void> {
    await this.#table.put(recipientItem(settings));
  }

  async removeRecipient(recipient: string, tenant?: string): Promise<void> {
    await this.#table.remove(recipientKey(recipient, tenant));
  }

  async begin(delivery: Delivery): Promise<void> {
    await this.#table.put(deliveryItem(delivery, 1), { ConditionExpression: "attribute_not_exists(id)" });
  }

  async putSilences(silences: readonly Silence[]): Promise<void> {
    await this.#table.put(copiedItem("silences", silences));
  }

  async putTemplates(templates: readonly Template[]): Promise<void> {
    await this.#table.put(copiedItem("templates", templates));
  }

  async putWebhooks(endpoints: readonly WebhookEndpoint[]): Promise<void> {
    await this.#table.put(copiedItem("webhooks", endpoints));
  }

  close(): void {
    this.#table.close();
  }

  async #items(ids: readonly string[]) {
    const found: [string, Awaited<ReturnType<DynamoTable["get"]>>][] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE);
      const items = await Promise.all(some.map((id) => this.#table.get(id)));
      for (const [index, id] of some.entries()) found.push([id, items[index]]);
    }
    return found;
  }
}
