import type { Standing } from "../../alerts/consent.ts";
import type { Verdict } from "../../alerts/delivery_machine.ts";
import { type QuietHours, quietUntil } from "../../alerts/gate.ts";
import { type Delivery, isNotice, type LedgerFault } from "../../alerts/ledger.ts";

/**
 * What keeps a new delivery from being called, whatever went out before it: a reason not to make it, its recipient's consent,
 * quiet hours.
 *
 * @returns the verdict, which is empty for a notice: those go out uncounted; undefined where it is for the counts (the day's
 * quota, the storm breaker) to decide.
 */
export function keptBack(
  delivery: Delivery,
  given: {
    readonly hush: LedgerFault | undefined;
    readonly fault?: LedgerFault | undefined;
    readonly standing: Standing;
    /** When to look whether its recipient has agreed, where nobody wakes it, epoch ms. */
    readonly lookAt?: number;
    readonly quietHours: QuietHours | undefined;
    readonly now: number;
  },
): Verdict | undefined {
  const { hush, fault, standing, lookAt, quietHours, now } = given;
  if (hush !== undefined) return { hush };
  if (fault !== undefined) return { fault };
  if (isNotice(delivery)) return {};
  if (standing !== "confirmed") return { consent: lookAt === undefined ? {} : { lookAt } };
  const until = quietHours && quietUntil(quietHours, now);
  return until === undefined ? undefined : { digest: { until, why: "quiet" } };
}
