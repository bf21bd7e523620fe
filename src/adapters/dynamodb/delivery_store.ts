import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import { decodeDelivery, type Delivery, deliveryKey, encodeDelivery, isFinal } from "../../alerts/ledger.ts";
import { decodeRecipient, recipientKey, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import type { DeliveryStore, StoredDelivery } from "../../ports/delivery_store.ts";
import type { NewRecord } from "../../ports/event_log.ts";

export interface DynamoStoreOptions {
  /** A table whose key is the text attribute `id`; `expiresAt` (epoch seconds) is its time to live. */
  readonly table: string;
  readonly region: string;
  /** Another address of DynamoDB, for tests. */
  readonly endpoint?: string;
  /** By default the AWS environment or the function's role. */
  readonly credentials?: DynamoDBClientConfig["credentials"];
}

/** How long what is at its end is remembered; dead letters, and what is open, longer. */
const REMEMBER_DAYS = 7;
const KEEP_DAYS = 90;

/** The ledger in a DynamoDB table: conditional writes decide who calls. */
export class DynamoDeliveryStore implements DeliveryStore {
  readonly #table: string;
  readonly #client: DynamoDBClient;

  constructor(options: DynamoStoreOptions) {
    this.#table = options.table;
    this.#client = new DynamoDBClient({
      region: options.region,
      maxAttempts: 3,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    });
  }

  async get(id: string, recipient: string): Promise<StoredDelivery | undefined> {
    const item = await this.#item(deliveryKey(id, recipient));
    if (item?.delivery?.S === undefined) return undefined;
    return { delivery: decodeDelivery(encoder.encode(item.delivery.S)), version: Number(item.version?.N) };
  }

  async put(delivery: Delivery, version: number): Promise<boolean> {
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: {
        id: { S: deliveryKey(delivery.id, delivery.recipient) },
        delivery: { S: encodeDelivery(delivery) },
        state: { S: delivery.state },
        version: { N: String(version + 1) },
        expiresAt: { N: expiry(delivery.at, isFinal(delivery.state) ? REMEMBER_DAYS : KEEP_DAYS) },
      },
      ...(version === 0 ? { ConditionExpression: "attribute_not_exists(id)" } : {
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": { N: String(version) } },
      }),
    });
    try {
      await this.#client.send(command);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeError(error);
    }
  }

  async recipient(recipient: string): Promise<RecipientSettings | undefined> {
    const item = await this.#item(recipientKey(recipient));
    if (item?.settings?.S === undefined) return undefined;
    try {
      return decodeRecipient(encoder.encode(item.settings.S));
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  async bury(letters: readonly NewRecord[]): Promise<void> {
    for (const { key, value, timestamp, headers = {} } of letters) {
      const bytes = typeof value === "string" ? encoder.encode(value) : value ?? new Uint8Array();
      // DynamoDB's items hold 400 KB.
      const kept = bytes.subarray(0, 350_000);
      const Item = {
        id: { S: `dead|${headers.origin}|${headers.recipient ?? ""}` },
        key: { S: key },
        bytes: { B: kept },
        at: { N: String(timestamp) },
        headers: {
          M: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, { S: text }])),
        },
        expiresAt: { N: expiry(timestamp, KEEP_DAYS) },
      };
      try {
        await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
      } catch (error) {
        throw storeError(error);
      }
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #item(id: string) {
    const command = new GetItemCommand({
      TableName: this.#table,
      Key: { id: { S: id } },
      ConsistentRead: true,
    });
    try {
      return (await this.#client.send(command)).Item;
    } catch (error) {
      throw storeError(error);
    }
  }
}

const encoder = new TextEncoder();

function expiry(at: number, days: number): string {
  return String(Math.ceil(at / 1000) + days * 86_400);
}

/** A ledger that cannot be used stops every delivery: always to be tried again, the operator can put it right. */
function storeError(error: unknown): OutsideError {
  const name = error instanceof Error ? error.name : "Error";
  return new OutsideError("dynamodb_unavailable", `DynamoDB: ${name}: ${messageOf(error)}`, {
    retryable: true,
    cause: error,
  });
}
