import type { Clock } from "../../core/clock.ts";
import { type Delivery, deliveryKey, moved } from "../../alerts/ledger.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";
import { deliveryLetters, type UnknownPolicy } from "./deliverer.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import type { OpenDelivery } from "./open_delivery.ts";

const log = logger("notifier");

/** What going on with an earlier notifier's deliveries needs. */
export interface ResumeDeps {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly unknown: UnknownPolicy;
  /** Puts a delivery off until its `due`. */
  readonly later: (open: OpenDelivery) => void;
  /** A delivery waits for a digest. */
  readonly waits: (open: OpenDelivery) => void;
}

/** Goes on with a delivery that an earlier notifier, or an earlier run, left open. */
export async function resume(open: OpenDelivery, ledger: PartitionLedger, deps: ResumeDeps): Promise<void> {
  if (open.state === "calling") return await resumeCalled(open, ledger, deps);
  if (open.state === "gathered") return await resumeGathered(open, ledger, deps);
  if (open.state === "waiting") return deps.waits(open);
  // A failed one waits for its time; a pending one is due.
  deps.later(open);
}

/** An intent without an outcome: nobody knows whether the message went out. */
async function resumeCalled(open: OpenDelivery, ledger: PartitionLedger, deps: ResumeDeps): Promise<void> {
  const delivery = open.delivery as Delivery;
  const at = deps.clock.now();
  if (deps.unknown === "resend") {
    log.warn("the alert {alertId} may have been sent before; it is sent again", { alertId: delivery.id });
    open.due = at;
    return deps.later(open);
  }
  const fault = {
    code: "held",
    reason:
      "the notifier ended between calling the channel and noting its answer: look whether the message " +
      "arrived, and redrive it if it did not",
  };
  await ledger.advance(open, moved(delivery, "dead", { at, ...fault }), deliveryLetters(delivery, fault, at));
}

/** Its digest was being made: it is in the log, and lists this one; or it is not, and this one waits again. */
async function resumeGathered(open: OpenDelivery, ledger: PartitionLedger, deps: ResumeDeps): Promise<void> {
  const delivery = open.delivery as Delivery;
  const { digestId = "", digestSymbol = delivery.symbol } = delivery;
  const at = deps.clock.now();
  if (await isInLog(deps.log, deliveryKey(digestId, delivery.recipient), digestSymbol)) {
    await ledger.advance(open, moved(delivery, "digested", { at, digestId, digestSymbol }));
    return;
  }
  const why = delivery.why ?? "storm";
  open.due = at;
  if (await ledger.advance(open, moved(delivery, "waiting", { at, until: at, why }))) deps.waits(open);
}

async function isInLog(eventLog: EventLog, key: string, placement: string): Promise<boolean> {
  const partition = await eventLog.partitionOf("deliveries", placement);
  const { start, end } = await eventLog.bounds("deliveries", partition);
  for await (const batch of eventLog.read({ topic: "deliveries", partition, from: start, to: end })) {
    if (batch.records.some((record) => record.key === key && record.value !== null)) return true;
  }
  return false;
}
