import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../core/clock.ts";
import { TokenBucket } from "../../core/token_bucket.ts";
import { HttpProblem } from "./problem.ts";
import type { ControlContext, ControlEnv } from "./route.ts";

/** Addresses that are remembered; those that were not heard of for the longest are forgotten first. */
const MOST_ADDRESSES = 10_000;

/** A token bucket for each address that asks; IPv6 by its /64, which is one customer's. */
export class AddressLimits {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: { clock: Clock; perSecond: number }) {
    this.#clock = options.clock;
    this.#perSecond = options.perSecond;
  }

  /** Takes one out of the address's bucket; false when it is empty. An address that is not known is not limited. */
  take(address: string | undefined): boolean {
    return address === undefined || this.#bucket(address).take(this.#clock.monotonic());
  }

  /** Whether there is one in the address's bucket, without taking it. */
  has(address: string | undefined): boolean {
    return address === undefined || this.#bucket(address).waitMs(this.#clock.monotonic()) === 0;
  }

  #bucket(address: string): TokenBucket {
    const name = networkOf(address);
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#perSecond, this.#clock.monotonic());
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > MOST_ADDRESSES) {
      this.#buckets.delete(this.#buckets.keys().next().value as string);
    }
    return bucket;
  }
}

/**
 * Limits how often an address may use a public route that costs something.
 *
 * @throws {HttpProblem} from the handler: 429 for an address that asks too often.
 */
export function limitAddress(limits: AddressLimits): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    if (!limits.take(c.get("address"))) throw tooMany();
    await next();
  };
}

/**
 * Refuses an address that has guessed too often, before anything is compared; `failed` counts a guess.
 *
 * @throws {HttpProblem} 429
 */
export function refuseGuessers(limits: AddressLimits, c: ControlContext): void {
  if (!limits.has(c.get("address"))) throw tooMany();
}

function tooMany(): HttpProblem {
  return new HttpProblem(
    429,
    "too_many_from_address",
    "Too many requests of this kind from this address: wait",
    {
      headers: { "Retry-After": "1" },
    },
  );
}

function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const parts = head.split(":").filter(Boolean);
  const rest = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const whole = [...parts, ...Array(Math.max(0, 8 - parts.length - rest.length)).fill("0"), ...rest];
  return whole.slice(0, 4).join(":");
}
