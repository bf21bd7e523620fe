import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../core/clock.ts";
import type { ControlEnv } from "../http/route.ts";
import { accountOf } from "../people/person_policy.ts";
import { HttpProblem } from "../http/problem.ts";

/** What a bucket answers to a request. */
export interface Allowance {
  readonly allowed: boolean;
  /** Requests that may follow at once. */
  readonly remaining: number;
  /** Seconds until the bucket is full again, or until the next request is allowed. */
  readonly resetSeconds: number;
}

/** Token buckets, one a tenant: `perSecond` requests a second, up to `burst` at once. */
export class RateLimiter {
  readonly perSecond: number;
  readonly burst: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(options: { perSecond: number; burst: number; clock: Clock }) {
    this.perSecond = options.perSecond;
    this.burst = options.burst;
    this.#clock = options.clock;
  }

  /** Takes one request out of a tenant's bucket. */
  take(tenant: string): Allowance {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(tenant) ?? { tokens: this.burst, at: now };
    bucket.tokens = Math.min(
      this.burst,
      bucket.tokens + Math.max(0, now - bucket.at) / 1_000 * this.perSecond,
    );
    bucket.at = now;
    this.#buckets.set(tenant, bucket);
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens--;
    const missing = allowed ? this.burst - bucket.tokens : 1 - bucket.tokens;
    return {
      allowed,
      remaining: Math.floor(bucket.tokens),
      resetSeconds: Math.max(1, Math.ceil(missing / this.perSecond)),
    };
  }
}

/**
 * Limits how often a tenant, and who serves himself, may ask, after {@link authenticate}; every answer says what is left.
 *
 * @throws {HttpProblem} 429, from the handler.
 */
export function limitRate(tenants: RateLimiter, persons: RateLimiter): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    const who = c.get("principal")!;
    const [limiter, policy, whose] = who.person === undefined
      ? [tenants, "tenant", "The tenant"] as const
      : [persons, "person", "One person"] as const;
    const { allowed, remaining, resetSeconds } = limiter.take(accountOf(who));
    c.header(
      "RateLimit-Policy",
      `"${policy}";q=${limiter.burst};w=${Math.ceil(limiter.burst / limiter.perSecond)}`,
    );
    c.header("RateLimit-Limit", String(limiter.burst));
    c.header("RateLimit-Remaining", String(remaining));
    c.header("RateLimit-Reset", String(resetSeconds));
    if (!allowed) {
      const detail = `${whose} may make ${limiter.perSecond} requests a second; wait ${resetSeconds} s`;
      throw new HttpProblem(429, "rate_limited", detail, {
        headers: { "Retry-After": String(resetSeconds) },
      });
    }
    await next();
  };
}
