import { backoffMs, type BackoffOptions, type Random } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { OutsideError } from "./errors.ts";

/** How {@link retry} goes about it. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly waits: BackoffOptions;
  /** No try begins once it is aborted. */
  readonly signal: AbortSignal;
  /** Whether it is worth another try; by default for a retryable {@link OutsideError} alone. */
  readonly again?: (thrown: unknown) => boolean;
  /** Is given each failure before the wait; the first has attempt 0. */
  readonly failed?: (thrown: unknown, attempt: number) => void;
}

/**
 * Runs a task until it succeeds, with waits between the tries; a wait is at least as long as the other side asked for.
 *
 * @returns what the task resolved with; undefined when the signal was aborted first. The task may have been done then all
 *   the same.
 * @throws What the task threw, when that is not worth another try.
 */
export async function retry<T>(task: () => Promise<T>, options: RetryOptions): Promise<T | undefined> {
  const { clock, random, waits, signal, again = isRetryable } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await task();
    } catch (thrown) {
      if (!again(thrown)) throw thrown;
      options.failed?.(thrown, attempt);
      const asked = thrown instanceof OutsideError ? thrown.retryAfterMs ?? 0 : 0;
      await clock.sleep(Math.max(asked, backoffMs(attempt, waits, random)), signal);
    }
  }
  return undefined;
}

/** Whether something thrown is an outside system's failure that may pass. */
function isRetryable(thrown: unknown): boolean {
  return thrown instanceof OutsideError && thrown.retryable;
}
