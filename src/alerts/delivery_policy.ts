import type { BackoffOptions } from "../core/backoff.ts";

/** What is done with a call whose outcome is not known: a crash between intent and outcome, or no answer. */
const UNKNOWN_POLICIES = ["resend", "hold"] as const;
export type UnknownPolicy = typeof UNKNOWN_POLICIES[number];

/** How deliveries are made, wherever they are made: the role and the Lambda go by the same. Times are ms. */
export interface DeliveryPolicy {
  /** Calls of one delivery, at most. */
  readonly maxAttempts: number;
  /** The waits between calls that were not taken: exponential, and up to half as much again at random. */
  readonly retry: BackoffOptions;
  readonly unknown: UnknownPolicy;
  /** `resend`: how long after a call without an answer the one more call comes. */
  readonly unansweredWaitMs: number;
  /** How long a channel's call may take, where the channel does not say itself. */
  readonly callTimeoutMs: number;
  /** An intent without an outcome this old is nobody's any more: twice what a Lambda's call may take. */
  readonly leaseMs: number;
  /** What could not be sent for so long is not sent any more: one note lists it. */
  readonly maxAgeMs: number;
  /** How long such alerts are collected for their note. */
  readonly expiredWaitMs: number;
  /** How long what waited for a recipient to agree is collected for its message. */
  readonly agreedWaitMs: number;
  /** What one digest lists at most; its record must fit into an item of DynamoDB, 400 KB. */
  readonly digestAlerts: number;
  readonly digestBytes: number;
}

/**
 * The policy as it is when nothing is configured: 15 calls whose waits span 20 minutes at least (1, 2, 4, … 128 s, then
 * six of 160 s), and the age of a trading day with its pre-market and after-market.
 */
export const DELIVERY_POLICY: DeliveryPolicy = {
  maxAttempts: 15,
  retry: { baseMs: 1_000, capMs: 160_000 },
  unknown: "resend",
  unansweredWaitMs: 900_000,
  callTimeoutMs: 30_000,
  leaseMs: 120_000,
  maxAgeMs: 12 * 3_600_000,
  expiredWaitMs: 300_000,
  agreedWaitMs: 2_000,
  digestAlerts: 1_000,
  digestBytes: 350_000,
};

/** The wait after a failed call, ms. @param attempt 0 after the first call. @param random in [0, 1). */
export function retryWaitMs(attempt: number, { baseMs, capMs }: BackoffOptions, random: number): number {
  return Math.round(Math.min(capMs, baseMs * 2 ** Math.min(attempt, 40)) * (1 + random / 2));
}

/** The policy with what differs in `given`; other keys of it are left out. */
export function policyOf(given: Partial<DeliveryPolicy>): DeliveryPolicy {
  const keys = Object.keys(DELIVERY_POLICY) as (keyof DeliveryPolicy)[];
  const differing = keys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]);
  return { ...DELIVERY_POLICY, ...Object.fromEntries(differing) };
}
