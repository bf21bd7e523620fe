import { OutsideError } from "../core/errors.ts";

/** What an HTTP service answered, as far as it decides what happens next. */
export interface HttpAnswer {
  /** For codes and messages: "webhook", "slack". */
  readonly service: string;
  readonly status: number;
  /** The Retry-After header: seconds, or a date. */
  readonly retryAfter?: string | null;
  /** The beginning of the body, for the message; must hold no secret. */
  readonly body?: string;
  /** Epoch ms, for a Retry-After that is a date. */
  readonly now: number;
}

/** A wait longer than this is not believed. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * The error of an answer that is no success. 408, 425, 429 and 5xx may be tried again; anything else, redirects too, is
 * a refusal for good.
 */
export function httpFailure(answer: HttpAnswer): OutsideError {
  const { service, status } = answer;
  const told = answer.body ? `: ${answer.body.slice(0, 200)}` : "";
  const retryAfterMs = waitOf(answer);
  const throttled = status === 429 || status === 503 && retryAfterMs !== undefined;
  const retryable = throttled || status === 408 || status === 425 || status >= 500;
  const code = throttled
    ? `${service}_throttled`
    : retryable
    ? `${service}_unavailable`
    : `${service}_refused`;
  return new OutsideError(code, `${service} answered ${status}${told}`, {
    retryable,
    ...(retryable && retryAfterMs !== undefined ? { retryAfterMs } : {}),
  });
}

function waitOf({ retryAfter, now }: HttpAnswer): number | undefined {
  if (!retryAfter) return undefined;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), LONGEST_WAIT_MS) : undefined;
}

/**
 * The error of a call that got no answer: to be tried again, unless this process may not call at all (`tickbell start`
 * is given loopback only).
 */
export function noAnswer(service: string, error: unknown): OutsideError {
  // The cause's words may hold the address with its secrets: only its kind is told.
  const { name = "error", code } = error instanceof Error ? error as Error & { code?: unknown } : {};
  if (name === "NotCapable" || code === "EPERM" || code === "EACCES") {
    return new OutsideError(
      `${service}_not_allowed`,
      `this process may not call ${service}: it needs Deno's --allow-net for it`,
      { retryable: false },
    );
  }
  const kind = typeof code === "string" ? code : name;
  return new OutsideError(`${service}_unreachable`, `${service} cannot be reached (${kind})`, {
    retryable: true,
  });
}
