import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { messageOf, OutsideError } from "../../core/errors.ts";

export interface DynamoOptions {
  /**
   * A table whose key is the text attribute `id`, and `expiresAt` (epoch seconds) its time to live. Two indexes, which
   * have keys only and few items: `queue` by `queue` (text) and `due` (number), and `news` by `news` (text).
   */
  readonly table: string;
  readonly region: string;
  /** Another address of DynamoDB, for tests. */
  readonly endpoint?: string;
  /** By default the AWS environment or the function's role. */
  readonly credentials?: DynamoDBClientConfig["credentials"];
}

/** An item's attributes by name. */
export type Item = Record<string, unknown>;

/** The few calls of DynamoDB that the ledger needs. Every fault is an OutsideError to be tried again. */
export class DynamoTable {
  readonly #table: string;
  readonly #client: DynamoDBDocumentClient;

  constructor(options: DynamoOptions) {
    this.#table = options.table;
    this.#client = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        region: options.region,
        maxAttempts: 3,
        ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
        ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      }),
      { marshallOptions: { removeUndefinedValues: true } },
    );
  }

  /** An item, read consistently. */
  async get(id: string): Promise<Item | undefined> {
    const command = new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true });
    return (await this.#call(() => this.#client.send(command))).Item;
  }

  /** Writes an item; false when the condition does not hold. */
  put(item: Item, condition: Omit<PutCommandInput, "TableName" | "Item"> = {}): Promise<boolean> {
    const command = new PutCommand({ TableName: this.#table, Item: item, ...condition });
    return this.#unless(async () => {
      await this.#client.send(command);
    });
  }

  /** Changes an item; its attributes afterwards, undefined when the condition does not hold. */
  async update(
    id: string,
    change: Omit<UpdateCommandInput, "TableName" | "Key">,
  ): Promise<Item | undefined> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: { id },
      ReturnValues: "ALL_NEW",
      ...change,
    });
    let attributes: Item | undefined;
    const done = await this.#unless(async () => {
      attributes = (await this.#client.send(command)).Attributes;
    });
    return done ? attributes ?? {} : undefined;
  }

  async remove(id: string): Promise<void> {
    const command = new DeleteCommand({ TableName: this.#table, Key: { id } });
    await this.#call(() => this.#client.send(command));
  }

  /** The ids of some items of an index: those of one hash key, in the order of the index. */
  async query(
    index: "queue" | "news",
    given: { readonly hash: string; readonly dueBy?: number; readonly limit: number },
  ): Promise<readonly string[]> {
    const ids: string[] = [];
    let from: Item | undefined;
    do {
      const { hash, dueBy } = given;
      const command: QueryCommand = new QueryCommand({
        TableName: this.#table,
        IndexName: index,
        KeyConditionExpression: `#hash = :hash${dueBy === undefined ? "" : " AND due <= :due"}`,
        ExpressionAttributeNames: { "#hash": index },
        ExpressionAttributeValues: {
          ":hash": hash,
          ...(dueBy === undefined ? {} : { ":due": dueBy }),
        },
        Limit: given.limit - ids.length,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const page = await this.#call(() => this.#client.send(command));
      ids.push(...(page.Items ?? []).map((item) => String(item.id)));
      from = page.LastEvaluatedKey;
    } while (from !== undefined && ids.length < given.limit);
    return ids;
  }

  close(): void {
    this.#client.destroy();
  }

  async #unless(work: () => Promise<void>): Promise<boolean> {
    return await this.#call(async () => {
      try {
        await work();
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }

  /** A ledger that cannot be used stops every delivery: always to be tried again, the operator can put it right. */
  async #call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const name = error instanceof Error ? error.name : "Error";
      throw new OutsideError("dynamodb_unavailable", `DynamoDB: ${name}: ${messageOf(error)}`, {
        retryable: true,
        cause: error,
      });
    }
  }
}
