import type { Alert } from "../../src/alerts/alert.ts";
import { decodeDelivery, type Delivery, deliveryKey } from "../../src/alerts/ledger.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { newestValues } from "../../src/books/deliveries.ts";

/** What has become of an alert for one recipient. */
export interface AlertOutcome {
  readonly recipient: string;
  /**
   * - `sent`; `digested`: listed in a digest that was sent;
   * - `queued`: to be sent, being sent, tried again, or waiting for a digest;
   * - `expired`: it could not be sent in time, and a note that was sent lists it;
   * - `suppressed`, `dead_lettered`: not sent, with code and reason.
   */
  readonly outcome: "queued" | "sent" | "digested" | "expired" | "suppressed" | "dead_lettered";
  /** The ledger's record itself; for one in a digest, of the alert, not of the digest. */
  readonly delivery: Delivery;
}

/**
 * What has become of an alert, by recipient. Empty when the notifier has not taken it up yet. Reads the symbol's
 * partition of the deliveries topic, which is compacted: newest records only.
 */
export async function outcomesOf(
  log: EventLog,
  alert: Pick<Alert, "id" | "symbol">,
): Promise<readonly AlertOutcome[]> {
  const found = await newest(log, alert.symbol, (key) => key.startsWith(`${alert.id}|`));
  const outcomes: AlertOutcome[] = [];
  for (const delivery of found) {
    outcomes.push({ recipient: delivery.recipient, outcome: await outcomeOf(log, delivery), delivery });
  }
  return outcomes;
}

async function outcomeOf(log: EventLog, delivery: Delivery): Promise<AlertOutcome["outcome"]> {
  switch (delivery.state) {
    case "sent":
      return "sent";
    case "suppressed":
      return "suppressed";
    case "dead":
      return "dead_lettered";
    case "expired":
    case "digested": {
      const key = deliveryKey(delivery.digestId ?? "", delivery.recipient);
      const [digest] = await newest(log, delivery.digestSymbol ?? delivery.symbol, (other) => other === key);
      if (digest === undefined || digest.state === "sent") return delivery.state;
      return await outcomeOf(log, digest);
    }
    default:
      return "queued";
  }
}

async function newest(log: EventLog, symbol: string, wanted: (key: string) => boolean): Promise<Delivery[]> {
  const found = await newestValues(log, await log.partitionOf("deliveries", symbol), wanted);
  return [...found.values()].filter((value) => value !== null).map(decodeDelivery);
}
