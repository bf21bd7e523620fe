import { type Delivery, type Fault, isDigest } from "../../alerts/ledger.ts";
import type { Suppression } from "../../alerts/recipient_settings.ts";
import { type Silence, silenceFor, silenceReason } from "../../alerts/silences.ts";

import { endpointFault, type FindEndpoint } from "../../alerts/webhook_endpoint.ts";

/**
 * Why a delivery is not to be made now: its recipient is suppressed, an endpoint that is
 * not there or paused, or somebody silenced it. Digests are not silenced:
 * what is in them was to be delivered when it came.
 */
export function hushOf(
  delivery: Delivery,
  given: {
    readonly suppression: Suppression | null | undefined;
    readonly silences: Iterable<Silence>;
    readonly endpoints: FindEndpoint;
    readonly now: number;
  },
): Fault | undefined {
  const { suppression, silences, endpoints, now } = given;
  const fault = endpointFault(delivery, endpoints);
  if (fault !== undefined) return fault;
  if (suppression) return { code: suppression.cause, reason: suppression.reason };
  const [alert] = delivery.alerts ?? [];
  if (alert === undefined || isDigest(delivery)) return undefined;
  const silence = silenceFor(silences, { alert, recipient: delivery.recipient, now });
  return silence && silenceReason(silence);
}
