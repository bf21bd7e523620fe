import type { DeliveryState } from "../../alerts/ledger.ts";
import type { ShownAlert } from "../api/types.ts";

/** How a delivery stands, for its colour. */
export type DeliveryTone = "done" | "open" | "bad" | "quiet";

/** The ledger's final states; a test keeps them equal. Its own function would bring zod into the page. */
const FINAL: readonly DeliveryState[] = ["sent", "dead", "suppressed", "digested", "expired"];

/** How a delivery's state is coloured. */
export function toneOf(state: DeliveryState): DeliveryTone {
  if (state === "sent" || state === "digested") return "done";
  if (state === "dead" || state === "failed" || state === "expired") return "bad";
  return state === "suppressed" ? "quiet" : "open";
}

/** Whether nothing more happens to a delivery in this state by itself. */
export function isFinal(state: DeliveryState): boolean {
  return FINAL.includes(state);
}

/** Whether every recipient's delivery is at its end. */
export function isSettled(alert: ShownAlert): boolean {
  const ended = alert.deliveries.filter((delivery) => isFinal(delivery.state)).length;
  return ended >= alert.recipients.length;
}
