import { type Delivery, deliveryKey } from "../../alerts/ledger.ts";
import { normalRecipient, recipientKey, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import { decodeEndpoint, type WebhookEndpoint } from "../../alerts/webhook_endpoint.ts";
import { decodeTemplate, type Template } from "../../alerts/template.ts";
import { decodeSilence, type Silence } from "../../alerts/silences.ts";
import type { CountedMessage, DeliveryStore, StoredDelivery } from "../../ports/delivery_store.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import {
  type CopiedKind,
  deliveryItem,
  expiry,
  letterItem,
  readable,
  readCopied,
  readDelivery,
  readRecipient,
} from "./items.ts";
import { type DynamoOptions, DynamoTable } from "./table.ts";

/** Items that are read at once. */
const AT_ONCE = 25;

/** The ledger in a DynamoDB table: conditional writes decide who calls. */
export class DynamoDeliveryStore implements DeliveryStore {
  readonly #table: DynamoTable;

  constructor(options: DynamoOptions) {
    this.#table = new DynamoTable(options);
  }

  async get(id: string, recipient: string): Promise<StoredDelivery | undefined> {
    return readDelivery(await this.#table.get(deliveryKey(id, recipient)));
  }

  put(delivery: Delivery, version: number): Promise<boolean> {
    const condition = version === 0 ? { ConditionExpression: "attribute_not_exists(id)" } : {
      ConditionExpression: "version = :version",
      ExpressionAttributeValues: { ":version": version },
    };
    return this.#table.put(deliveryItem(delivery, version + 1), condition);
  }

  async due(now: number, limit: number): Promise<readonly StoredDelivery[]> {
    const ids = await this.#table.query("queue", { hash: "digest", dueBy: now, limit });
    const found: StoredDelivery[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const items = await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => this.#table.get(id)));
      // The index may be behind: the item itself says whether it is due.
      const due = items.filter((item) => item?.queue !== undefined && Number(item.due) <= now);
      // One that cannot be read goes to the event log as a dead letter; nothing else can be done with it.
      found.push(...due.map((item) => readable(() => readDelivery(item))).filter((one) => one !== undefined));
    }
    return found;
  }

  async recipient(recipient: string, tenant?: string): Promise<RecipientSettings | undefined> {
    return readRecipient(await this.#table.get(recipientKey(recipient, tenant)));
  }

  silences(): Promise<readonly Silence[]> {
    return this.#copied("silences", decodeSilence);
  }

  webhooks(): Promise<readonly WebhookEndpoint[]> {
    return this.#copied("webhooks", decodeEndpoint);
  }

  templates(): Promise<readonly Template[]> {
    return this.#copied("templates", decodeTemplate);
  }

  async count(message: CountedMessage): Promise<number> {
    const item = await this.#table.update(countKey(message), {
      UpdateExpression: "ADD #count :one SET expiresAt = :expiry",
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: { ":one": 1, ":expiry": expiry(Date.now(), 2) },
    });
    return Number(item?.count);
  }

  async counted(message: CountedMessage): Promise<number> {
    return Number((await this.#table.get(countKey(message)))?.count ?? 0);
  }

  async bury(letters: readonly NewRecord[]): Promise<void> {
    for (const letter of letters) await this.#table.put(letterItem(letter));
  }

  close(): void {
    this.#table.close();
  }

  async #copied<T>(kind: CopiedKind, decode: (bytes: Uint8Array) => T): Promise<readonly T[]> {
    return readCopied(await this.#table.get(kind), kind, decode);
  }
}

function countKey({ tenant, recipient, period }: CountedMessage): string {
  return `storm|${tenant}|${normalRecipient(recipient)}|${period}`;
}
