/**
 * Whether a log, and what came to people, is what it has to be: an oracle over the trades, the rules and what was
 * acknowledged, that knows nothing of how the roles work.
 *
 * @module
 */
import { decodeAlert } from "../../src/alerts/codec.ts";
import { decodeDelivery, type Delivery, deliveryKey } from "../../src/alerts/ledger.ts";
import { isRecipientKey } from "../../src/alerts/recipient_settings.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { deliveryDigest } from "../../src/ports/mail.ts";
import { allRecords } from "../support/temporary_log.ts";
import type { Expected } from "./world.ts";

/** What was found; every list is to be empty. */
export interface Findings {
  readonly trades: number;
  readonly alerts: number;
  /** Messages that came, whole and however often. */
  readonly messages: number;
  /** Deliveries whose outcome is not known, kept back by policy instead of sent twice. */
  readonly held: number;
  readonly missingTrades: readonly string[];
  /** Trades that the price store does not have. */
  readonly tradesNotStored: readonly string[];
  readonly missingAlerts: readonly string[];
  readonly wrongAlerts: readonly string[];
  /** Deliveries whose message came more than once. */
  readonly sentTwice: readonly string[];
  /** Deliveries without an end, and alerts without a delivery. */
  readonly neverEnded: readonly string[];
  /** Deliveries that the ledger calls sent, whose message never came. */
  readonly lostMessages: readonly string[];
  readonly missingRules: readonly string[];
}

/** The findings that are faults. */
export function faultsOf(findings: Findings): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(findings).filter(([, value]) => Array.isArray(value) && value.length > 0),
  );
}

/** What is checked. */
export interface Checked {
  readonly log: EventLog;
  readonly trades: readonly Trade[];
  /** Trades that were read before retention deleted them. */
  readonly seen: ReadonlySet<string>;
  /** Trades of the price store; absent: the run has none that is examined. */
  readonly stored?: ReadonlySet<string>;
  readonly expected: Expected;
  /** How often each message came, by the digest of its delivery's id. */
  readonly came: ReadonlyMap<string, number>;
  readonly missingRules: readonly string[];
}

/** What a trade is known by. */
export function tradeName({ symbol, eventTime }: Pick<Trade, "symbol" | "eventTime">): string {
  return `${symbol} ${eventTime}`;
}

/** Reads it all. */
export async function check(checked: Checked): Promise<Findings> {
  const { log, trades, expected: { must, may }, came, missingRules, stored } = checked;
  const alerts = await allRecords(log, "alerts");
  const ids = new Set(alerts.map(({ value }) => decodeAlert(value as Uint8Array).id));
  const { open, ended } = await deliveriesOf(log, ids);
  const there = new Set(checked.seen);
  for (const { key, timestamp } of await allRecords(log, "trades")) {
    there.add(tradeName({ symbol: key, eventTime: timestamp }));
  }
  const messages = await compareMessages(ended, checked);
  return {
    trades: trades.length,
    alerts: ids.size,
    messages: [...came.values()].reduce((sum, count) => sum + count, 0),
    held: ended.filter(({ state }) => state === "dead").length,
    missingTrades: trades.map(tradeName).filter((name) => !there.has(name)),
    tradesNotStored: stored === undefined ? [] : trades.map(tradeName).filter((name) => !stored.has(name)),
    missingAlerts: [...must].filter((id) => !ids.has(id)),
    wrongAlerts: [...ids].filter((id) => !may.has(id)),
    sentTwice: messages.twice,
    neverEnded: open,
    lostMessages: messages.lost,
    missingRules,
  };
}

/** A delivery that has come to its end. */
interface Ended {
  readonly key: string;
  readonly state: Delivery["state"];
}

/** The newest record of each delivery; of those without an end, and of alerts without one, their names. */
async function deliveriesOf(
  log: EventLog,
  ids: ReadonlySet<string>,
): Promise<{ open: string[]; ended: Ended[] }> {
  const latest = new Map<string, Delivery>();
  for (const { key: name, value } of await allRecords(log, "deliveries")) {
    // What is known of recipients stands there too.
    if (value === null || isRecipientKey(name)) continue;
    const delivery = decodeDelivery(value);
    latest.set(deliveryKey(delivery.id, delivery.recipient), delivery);
  }
  const known = new Set([...latest.values()].map(({ id }) => id));
  const hasEnded = ({ state }: Delivery) => state === "sent" || state === "dead";
  return {
    open: [
      ...[...latest].filter(([, delivery]) => !hasEnded(delivery)).map(([key, { state }]) =>
        `${key} (${state})`
      ),
      ...[...ids].filter((id) => !known.has(id)),
    ],
    ended: [...latest].filter(([, delivery]) => hasEnded(delivery)).map(([key, { state }]) => ({
      key,
      state,
    })),
  };
}

/** Compares what came with what the ledger says; who holds what has no answer sends nothing twice. */
async function compareMessages(ended: readonly Ended[], { came }: Checked) {
  const found = { twice: [] as string[], lost: [] as string[] };
  for (const { key, state } of ended) {
    const times = came.get(await deliveryDigest(key)) ?? 0;
    if (state === "sent" && times === 0) found.lost.push(key);
    if (times > 1) found.twice.push(key);
  }
  return found;
}

/** Whose commits say how far a topic is worked on. */
export const COMMITTERS = { trades: ["stream", "consumer"], alerts: ["notifier"] } as const;

/** What is still to be done, in words; undefined when nothing is. */
export async function undone(log: EventLog): Promise<string | undefined> {
  const parts: string[] = [];
  for (const topic of ["trades", "alerts"] as const) {
    for (const group of COMMITTERS[topic]) {
      let lag = 0;
      for (let partition = 0; partition < await log.partitions(topic); partition++) {
        const { start, end } = await log.bounds(topic, partition);
        lag += Math.max(0, end - ((await log.committed(group, topic, partition))?.offset ?? start));
      }
      if (lag > 0) parts.push(`${lag} records of ${topic} for the ${group}`);
    }
  }
  const { open } = await deliveriesOf(log, new Set());
  if (open.length > 0) parts.push(`${open.length} deliveries, ${open[0]} among them`);
  return parts.length === 0 ? undefined : parts.join(", ");
}
