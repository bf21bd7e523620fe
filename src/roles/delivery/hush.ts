import {
  type Consent,
  type ConsentPolicy,
  isListed,
  REFUSED_DOMAIN,
  stoppedFault,
} from "../../alerts/consent.ts";
import { type Delivery, isDigest, type LedgerFault } from "../../alerts/ledger.ts";
import type { Suppression } from "../../alerts/recipient_settings.ts";
import { type Silence, silenceFor, silenceReason } from "../../alerts/silences.ts";
import { endpointFault, type FindEndpoint } from "../../alerts/webhook_endpoint.ts";

/**
 * Why a delivery is not to be made now: its recipient is suppressed, has stopped the tenant's messages, or is of a domain
 * that nothing is sent to (by rules that stood before, too), an endpoint that is not there or paused, or somebody silenced it. Digests are not silenced: what is in them was to be delivered when it
 * came. A link to sign in is what its recipient has just asked for: a stop is not meant for it.
 */
export function hushOf(
  delivery: Delivery,
  given: {
    readonly suppression: Suppression | null | undefined;
    readonly consent: Consent | undefined;
    readonly policy: ConsentPolicy;
    readonly silences: Iterable<Silence>;
    readonly endpoints: FindEndpoint;
    readonly now: number;
  },
): LedgerFault | undefined {
  const { suppression, consent, policy, silences, endpoints, now } = given;
  const { recipient, notice } = delivery;
  const fault = endpointFault(delivery, endpoints);
  if (fault !== undefined) return fault;
  if (isListed(recipient, policy.refused)) {
    return { code: REFUSED_DOMAIN.code, reason: `the address ${REFUSED_DOMAIN.reason}` };
  }
  if (suppression) return { code: suppression.cause, reason: suppression.reason };
  if (consent?.state === "stopped" && notice?.kind !== "sign-in") return stoppedFault(recipient);
  const [alert] = delivery.alerts ?? [];
  if (alert === undefined || isDigest(delivery)) return undefined;
  const silence = silenceFor(silences, { alert, recipient, now });
  return silence && silenceReason(silence);
}
