import { type Delivery, type Fault, isDigest } from "../../alerts/ledger.ts";
import type { Suppression } from "../../alerts/recipient_settings.ts";
import { type Silence, silenceFor, silenceReason } from "../../alerts/silences.ts";

/**
 * Why a delivery is not to be made now: its recipient is suppressed, or somebody silenced it. Digests are not silenced:
 * what is in them was to be delivered when it came.
 */
export function hushOf(
  delivery: Delivery,
  given: {
    readonly suppression: Suppression | null | undefined;
    readonly silences: Iterable<Silence>;
    readonly now: number;
  },
): Fault | undefined {
  const { suppression, silences, now } = given;
  if (suppression) return { code: suppression.cause, reason: suppression.reason };
  const [alert] = delivery.alerts ?? [];
  if (alert === undefined || isDigest(delivery)) return undefined;
  const silence = silenceFor(silences, { alert, recipient: delivery.recipient, now });
  return silence && silenceReason(silence);
}
