import { type Delivery, deliveryKey, readDelivery } from "../../alerts/ledger.ts";
import { newestValues } from "../../books/deliveries.ts";
import type { EventLog } from "../../ports/event_log.ts";

/**
 * What the ledger says of a digest and of its members, whose records stand on the partitions of their symbols.
 *
 * @module
 */

/** Whether the digest that a member was gathered for is written. @throws {OutsideError} when the log cannot be read. */
export async function isListed(
  log: EventLog,
  { recipient, symbol, digestId = "", digestSymbol = symbol }: Delivery,
): Promise<boolean> {
  const key = deliveryKey(digestId, recipient);
  const partition = await log.partitionOf("deliveries", digestSymbol);
  return (await newestValues(log, partition, (other) => other === key)).get(key) != null;
}

/**
 * The alerts of a digest whose own deliveries are not gathered for it any more: its record came so late that whoever has
 * them now had found none, and let them wait for another message.
 *
 * @throws {OutsideError} when the log cannot be read.
 */
export async function regatheredOf(log: EventLog, digest: Delivery): Promise<ReadonlySet<string>> {
  const places = new Map<number, Map<string, string>>();
  for (const { id, symbol } of digest.alerts ?? []) {
    const partition = await log.partitionOf("deliveries", symbol);
    const keys = places.get(partition) ?? new Map<string, string>();
    places.set(partition, keys.set(deliveryKey(id, digest.recipient), id));
  }
  const regathered = new Set<string>();
  for (const [partition, keys] of places) {
    for (const [key, value] of await newestValues(log, partition, (other) => keys.has(other))) {
      const member = readDelivery(value);
      if (member !== undefined && member.digestId !== digest.id) regathered.add(keys.get(key) as string);
    }
  }
  return regathered;
}
