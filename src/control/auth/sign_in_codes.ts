import type { Clock } from "../../core/clock.ts";
import { hashSecret, randomId } from "./secret.ts";

/** How long a code is good, in ms. */
const CODE_MS = 3_600_000;
/** Codes that are good at once; the oldest end first. */
const MOST_CODES = 100;

/**
 * One-time codes that open the console, for who can read what the process prints: used once, good for an hour, known to
 * this process alone.
 */
export class SignInCodes {
  readonly #clock: Clock;
  readonly #codes = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new code: 80 bits of chance. */
  make(): string {
    const code = randomId(16);
    this.#codes.set(hashSecret(code), this.#clock.monotonic() + CODE_MS);
    if (this.#codes.size > MOST_CODES) this.#codes.delete(this.#codes.keys().next().value as string);
    return code;
  }

  /** Whether the code is good; it is not any more afterwards. */
  take(code: string): boolean {
    const hash = hashSecret(code);
    const until = this.#codes.get(hash);
    this.#codes.delete(hash);
    return until !== undefined && this.#clock.monotonic() < until;
  }
}
