import { digestGroupOf } from "../../alerts/digest_cause.ts";
import { DigestSize } from "../../alerts/digest_size.ts";
import type { DeliveryEvent } from "../../alerts/delivery_machine.ts";
import { newDigest } from "../../alerts/ledger.ts";
import { Entry, type EntryOptions } from "./entry.ts";

/**
 * Gathers what waits in the store into digests.
 *
 * No write covers two deliveries. So, as the notifier that runs all the time does it: every member first becomes
 * `gathered`, with the digest's id; then the digest's own delivery is written; then the members become `digested`. Who
 * finds a member `gathered` long ago looks whether the digest is there: it lists the member, or the member waits again.
 */
export async function gatherDigest(
  members: readonly Entry[],
  options: EntryOptions,
): Promise<Gathered | undefined> {
  const at = options.clock.now();
  const deliveries = members.map(({ delivery }) => delivery);
  const why = deliveries[0]?.why ?? "storm";
  const { id, symbol } = newDigest(deliveries, { at, why });
  const gathered = await steps(members, { type: "gathered", at, digestId: id, digestSymbol: symbol });
  if (gathered.length === 0) return undefined;
  const digest = { ...newDigest(gathered.map(({ delivery }) => delivery), { at, why }), id, symbol };
  const entry = new Entry(options, { delivery: digest, version: 0 });
  if (await entry.step({ type: "admitted", at, place: false }) === undefined) return undefined;
  await steps(gathered, { type: "listed", at });
  return { digest: entry, members: gathered.length };
}

/** A digest that is to be sent, and how many alerts it lists. */
export interface Gathered {
  readonly digest: Entry;
  readonly members: number;
}

/** What waits, by tenant, recipient and cause, in pieces that one digest may list. */
export function digestChunks(
  waiting: readonly Entry[],
  options: EntryOptions,
): readonly (readonly Entry[])[] {
  const groups = new Map<string, { size: DigestSize; chunks: Entry[][] }>();
  for (const entry of waiting) {
    const key = digestGroupOf(entry.delivery);
    const group = groups.get(key) ?? { size: new DigestSize(options.policy), chunks: [[]] };
    groups.set(key, group);
    if (!group.size.add(entry.delivery)) group.chunks.push([]);
    group.chunks.at(-1)?.push(entry);
  }
  return [...groups.values()].flatMap(({ chunks }) => chunks);
}

/** Takes every member a step on; those that nobody else had taken. */
async function steps(members: readonly Entry[], event: DeliveryEvent): Promise<readonly Entry[]> {
  const taken = await Promise.all(members.map((member) => member.step(event)));
  return members.filter((_, index) => taken[index]?.write);
}
