import type { Delivery } from "../alerts/ledger.ts";
import type { RecipientSettings } from "../alerts/recipient_settings.ts";
import type { Template } from "../alerts/template.ts";
import type { Silence } from "../alerts/silences.ts";
import type { WebhookEndpoint } from "../alerts/webhook_endpoint.ts";
import type { NewRecord } from "./event_log.ts";

/** A delivery as a store has it. */
export interface StoredDelivery {
  readonly delivery: Delivery;
  /** Counts its changes: what a change must know to be taken. */
  readonly version: number;
}

/**
 * The ledger where there is no event log to write: one record a delivery, changed only by who has seen its newest
 * state. For the Lambda; the notifier that runs all the time keeps its ledger in the event log.
 *
 * All methods throw an {@link OutsideError} that may be tried again when the store cannot be reached.
 */
export interface DeliveryStore {
  /** The newest state, read consistently; undefined when there is none. */
  get(id: string, recipient: string): Promise<StoredDelivery | undefined>;
  /**
   * Writes the next state if the stored one is still of `version` (0: there is none).
   *
   * @returns whether it was written.
   */
  put(delivery: Delivery, version: number): Promise<boolean>;
  /** Deliveries that are due by `dueAt`, the oldest first; one that has just changed may be missing or come again. */
  due(now: number, limit: number): Promise<readonly StoredDelivery[]>;
  /** What is known of a recipient, by everybody or by a tenant; undefined when nothing is. */
  recipient(recipient: string, tenant?: string): Promise<RecipientSettings | undefined>;
  /** The silences that were in force or to come when they were last copied here. */
  silences(): Promise<readonly Silence[]>;
  /** The webhook endpoints as they were when they were last copied here. */
  webhooks(): Promise<readonly WebhookEndpoint[]>;
  /** The tenants' templates as they were last copied here. */
  templates(): Promise<readonly Template[]>;
  /**
   * Counts a tenant's message in a minute or a day.
   *
   * @returns how many that makes.
   */
  count(message: CountedMessage): Promise<number>;
  /** How many were counted so far. */
  counted(message: CountedMessage): Promise<number>;
  /** Keeps dead letters. Writing one again changes nothing. */
  bury(letters: readonly NewRecord[]): Promise<void>;
}

/** What the event log has not been given yet: a delivery's newest state, or a dead letter, as the log's record. */
export interface StoreNews {
  /** The store's name of it. */
  readonly id: string;
  /** A delivery's version; undefined for a dead letter, which never changes. */
  readonly version: number | undefined;
  readonly record: NewRecord;
}

/** The other side of the store: whoever has the event log copies outcomes out of it and settings into it. */
export interface DeliveryStoreMirror {
  /** Takes or keeps the right to copy until `until`, epoch ms; false when another one has it. */
  lease(owner: string, now: number, until: number): Promise<boolean>;
  /** Some of what is to be copied. */
  news(limit: number): Promise<readonly StoreNews[]>;
  /** It stands in the event log; what has changed since then is news still. */
  copied(news: StoreNews): Promise<void>;
  /** Recipients' settings as they were copied. */
  recipients(): Promise<readonly RecipientSettings[]>;
  putRecipient(settings: RecipientSettings): Promise<void>;
  removeRecipient(recipient: string, tenant?: string): Promise<void>;
  /** Takes up a delivery that is to be made, unless it is there. */
  begin(delivery: Delivery): Promise<void>;
  putSilences(silences: readonly Silence[]): Promise<void>;
  putWebhooks(endpoints: readonly WebhookEndpoint[]): Promise<void>;
  putTemplates(templates: readonly Template[]): Promise<void>;
}

/** What messages are counted by. */
export interface CountedMessage {
  readonly tenant: string;
  /** "": all of the tenant's. */
  readonly recipient: string;
  /** Minutes since the epoch, or a day such as 20261130. */
  readonly period: number | string;
}
