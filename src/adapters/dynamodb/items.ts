import { InputError } from "../../core/errors.ts";
import { z } from "zod";
import { dueAt } from "../../alerts/delivery_machine.ts";
import { DELIVERY_POLICY } from "../../alerts/delivery_policy.ts";
import { decodeDelivery, type Delivery, deliveryKey, encodeDelivery, isFinal } from "../../alerts/ledger.ts";
import {
  decodeRecipient,
  encodeRecipient,
  recipientKey,
  type RecipientSettings,
} from "../../alerts/recipient_settings.ts";
import type { StoredDelivery, StoreNews } from "../../ports/delivery_store.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import type { Item } from "./table.ts";

/**
 * The table's items, by their `id`:
 *
 *     ALERT_ID|RECIPIENT      a delivery: delivery (JSON), state, version
 *     dead|ORIGIN|RECIPIENT   a dead letter: key, bytes, at, headers
 *     recipient|ADDRESS       a recipient's settings, copied: settings (JSON)
 *     recipient| TENANT ADDRESS  those of a tenant
 *     silences                the silences, copied: silences (JSON)
 *     templates               the tenants' templates, copied: templates (JSON)
 *     webhooks                the webhook endpoints, copied: webhooks (JSON)
 *     storm|TENANT|ADDRESS|PERIOD  how many messages in a minute or a day: count
 *     lease                   who copies, until when: owner, until
 *
 * `queue` and `due` stand in every delivery that is not at its end ("digest") and in recipients ("recipient"), `news` in what the
 * event log has not been given yet.
 *
 * @module
 */

/** How long what is at its end is remembered; dead letters, and what is open, longer. */
const REMEMBER_DAYS = 7;
const KEEP_DAYS = 90;
/** DynamoDB's items take at most 400 KB. */
const LETTER_BYTES = 350_000;
/** The one value of `news`. */
export const NEWS = "1";

const encoder = new TextEncoder();

const deliveryItemSchema = z.object({ delivery: z.string(), version: z.number() });
const letterSchema = z.object({
  key: z.string(),
  bytes: z.instanceof(Uint8Array),
  at: z.number(),
  headers: z.record(z.string(), z.string()),
});

/** The item of a delivery that was changed `version` times. */
export function deliveryItem(delivery: Delivery, version: number): Item {
  const due = dueAt(delivery, DELIVERY_POLICY);
  return {
    id: deliveryKey(delivery.id, delivery.recipient),
    delivery: encodeDelivery(delivery),
    state: delivery.state,
    version,
    news: NEWS,
    ...(due === undefined ? {} : { queue: "digest", due }),
    expiresAt: expiry(delivery.at, isFinal(delivery.state) ? REMEMBER_DAYS : KEEP_DAYS),
  };
}

/** @throws {InputError} code `bad_delivery`. */
export function readDelivery(item: Item | undefined): StoredDelivery | undefined {
  const { data } = deliveryItemSchema.safeParse(item);
  return data && { delivery: decodeDelivery(encoder.encode(data.delivery)), version: data.version };
}

/** The item of a dead letter, as `deadLetter` makes it. */
export function letterItem({ key, value, timestamp, headers = {} }: NewRecord): Item {
  const bytes = typeof value === "string" ? encoder.encode(value) : value ?? new Uint8Array();
  const cut: Record<string, string> = bytes.length > LETTER_BYTES
    ? { cutFromBytes: String(bytes.length) }
    : {};
  return {
    id: `dead|${headers.origin}|${headers.recipient ?? ""}`,
    key,
    bytes: bytes.subarray(0, LETTER_BYTES),
    at: timestamp,
    headers: { ...headers, ...cut },
    news: NEWS,
    expiresAt: expiry(timestamp, KEEP_DAYS),
  };
}

/**
 * A delivery or a dead letter as the event log's record; undefined when it is neither, or is there already. A delivery
 * that cannot be read is a dead letter.
 */
export function readNews(id: string, item: Item | undefined): StoreNews | undefined {
  if (item?.news === undefined) return undefined;
  let stored: StoredDelivery | undefined;
  try {
    stored = readDelivery(item);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const record = deadLetter({
      key: id,
      bytes: encoder.encode(String(item.delivery)),
      code: error.code,
      reason: error.message,
      role: "notifier",
      origin: `dynamodb/${id}`,
      at: Date.now(),
    });
    return { id, version: Number(item.version), record };
  }
  if (stored !== undefined) {
    const { delivery, version } = stored;
    const value = encodeDelivery(delivery);
    const place = { key: id, placement: delivery.symbol, timestamp: delivery.at };
    return { id, version, record: { topic: "deliveries", value, ...place } };
  }
  const { data } = letterSchema.safeParse(item);
  if (data === undefined) return undefined;
  const { key, bytes: value, at: timestamp, headers } = data;
  return { id, version: undefined, record: { topic: "deadletter", key, value, timestamp, headers } };
}

/** A recipient's settings as an item of the table. */
export function recipientItem(settings: RecipientSettings): Item {
  return {
    id: recipientKey(settings.recipient, settings.tenant),
    settings: encodeRecipient(settings),
    queue: "recipient",
    due: settings.updatedAt,
  };
}

/** Settings that cannot be read, of something newer or broken, are none. */
export function readRecipient(item: Item | undefined): RecipientSettings | undefined {
  const { settings } = item ?? {};
  return typeof settings === "string" ? readable(() => decodeRecipient(encoder.encode(settings))) : undefined;
}

/** What control's records come to, each kind copied as one item: its id, and the attribute that has the list as JSON. */
export type CopiedKind = "silences" | "webhooks" | "templates";

/** All of a kind that control copies to the Lambda, as one item. */
export function copiedItem(kind: CopiedKind, all: readonly unknown[]): Item {
  return { id: kind, [kind]: JSON.stringify(all) };
}

/** Those of a kind that can be read: one that cannot was written by something newer. */
export function readCopied<T>(
  item: Item | undefined,
  kind: CopiedKind,
  decode: (bytes: Uint8Array) => T,
): readonly T[] {
  const text = item?.[kind];
  const all: unknown = typeof text === "string" ? JSON.parse(text) : [];
  if (!Array.isArray(all)) return [];
  return all.map((one) => readable(() => decode(encoder.encode(JSON.stringify(one)))))
    .filter((one) => one !== undefined);
}

/** What is read; undefined for what cannot be. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** An item's end, epoch seconds. */
export function expiry(at: number, days: number): number {
  return Math.ceil(at / 1000) + days * 86_400;
}
