import { backoffMs, type Random } from "../../core/backoff.ts";
import type { ConnectionEnd } from "./connection.ts";
import type { KisTimings } from "./environment.ts";

/** What a session remembers of its tries. */
export interface Attempts {
  /** Connections in a row that did not last. */
  readonly failures: number;
  /** Times in a row that the server called the app key in use. */
  readonly inUse: number;
  /** Whether a new approval key was asked for since a registration was accepted last. */
  readonly renewed: boolean;
}

/** Before the first try. */
export const NO_ATTEMPTS: Attempts = { failures: 0, inUse: 0, renewed: false };

/** How a connection ended. */
export interface Ended {
  readonly end: ConnectionEnd;
  /** Whether the server accepted a registration on it. */
  readonly accepted: boolean;
  /** From the first step of the connection to its end, ms. */
  readonly lastedMs: number;
}

/** What a session does after its connection has ended. */
export interface NextStep {
  readonly attempts: Attempts;
  /** How long it waits at least before it connects again, ms; a session that rests waits for the market's hours too. */
  readonly waitMs: number;
  /** It waits for what a person or the server must mend; others take its symbols. */
  readonly rests: boolean;
  /** A person is to know. */
  readonly alarm: boolean;
  /** The approval key is to be asked for anew. */
  readonly renews: boolean;
}

/**
 * What to do after a connection has ended, by its cause.
 *
 * - The app key is in use (OPSP8996): a connection that broke off keeps its key at KIS's for up to about 100 s, ours of a
 *   moment ago or that of the process before this one. So it is tried again by a schedule of its own with an alarm at the
 *   first refusal, and after the schedule's end the session rests.
 * - The connection went silent: the server has not noticed yet, so the key waits before it is used again.
 * - The app key or its secret is wrong, or a second approval key in a row is refused: the session rests.
 * - Anything else: backoff with full jitter.
 *
 * A session that rests is tried once each `restMs`, so that nobody need start the producer again.
 */
export function afterEnd(
  before: Attempts,
  { end, accepted, lastedMs }: Ended,
  { timings, random }: { readonly timings: KisTimings; readonly random: Random },
): NextStep {
  const known = accepted ? { ...before, inUse: 0, renewed: false } : before;
  const rest = (attempts: Attempts, alarm: boolean): NextStep => ({
    attempts,
    waitMs: timings.restMs,
    rests: true,
    alarm,
    renews: false,
  });
  if (end.code === "stop") return rest(known, true);
  if (end.code === "renew_approval" && known.renewed) return rest(known, true);
  if (end.code === "in_use") {
    const attempts = { ...known, inUse: known.inUse + 1 };
    const waitMs = timings.inUseWaitsMs[known.inUse];
    const ends = known.inUse === timings.inUseWaitsMs.length;
    if (waitMs === undefined) return rest(attempts, ends);
    return { attempts, waitMs, rests: false, alarm: known.inUse === 0, renews: false };
  }
  const failures = lastedMs >= timings.healthyMs ? 0 : known.failures + 1;
  const backoff = backoffMs(Math.max(0, failures - 1), timings.backoff, random);
  const renews = end.code === "renew_approval";
  return {
    attempts: { failures, inUse: known.inUse, renewed: known.renewed || renews },
    waitMs: end.code === "silent" ? Math.max(timings.afterSilenceMs, backoff) : backoff,
    rests: false,
    alarm: false,
    renews,
  };
}
