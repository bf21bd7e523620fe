import { encodeAlert } from "../../alerts/codec.ts";
import type { Delivery, LedgerFault } from "../../alerts/ledger.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import type { NewRecord } from "../../ports/event_log.ts";

/** The dead letters of a delivery: one for each alert, so that each can be redriven by itself. */
export function deliveryLetters(delivery: Delivery, fault: LedgerFault, at: number): NewRecord[] {
  return (delivery.alerts ?? []).map((alert) =>
    deadLetter({
      key: alert.symbol,
      bytes: new TextEncoder().encode(encodeAlert(alert)),
      ...fault,
      role: "notifier",
      origin: delivery.origin,
      at,
      headers: { recipient: delivery.recipient, alert: alert.id },
    })
  );
}

/** Why a recipient whose channel is not configured gets nothing. */
export function noChannel(channel: string): LedgerFault {
  return { code: "no_channel", reason: `no ${channel} channel is configured` };
}
