import { ChannelError } from "./channel.ts";

/** What an HTTP service answered, as far as it decides what happens next. */
export interface HttpAnswer {
  /** For codes and messages: "webhook", "slack". */
  readonly service: string;
  readonly status: number;
  /** The Retry-After header: seconds, or a date. */
  readonly retryAfter?: string | null | undefined;
  /** The beginning of the body, for the message; must have no secret. */
  readonly body?: string;
  /** Epoch ms, for a Retry-After that is a date. */
  readonly now: number;
  /** What a 429 concerns; `recipient` by default. */
  readonly throttled?: ChannelError["concerns"];
  /** What a 5xx concerns; `provider` by default. */
  readonly unavailable?: ChannelError["concerns"];
  /** Statuses that speak of our account or key, which the operator can put right: the message may be sent then. */
  readonly ours?: readonly number[];
}

/** A wait longer than this is not believed. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * The error of an answer that is no success. 408, 425, 429 and 5xx may be tried again; anything else, redirects too, is
 * a refusal for good.
 */
export function httpFailure(answer: HttpAnswer): ChannelError {
  const { service, status, throttled = "recipient", unavailable = "provider", ours = [] } = answer;
  const said = answer.body ? `: ${answer.body.slice(0, 200)}` : "";
  const message = `${service} answered ${status}${said}`;
  const retryAfterMs = waitOf(answer);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (ours.includes(status)) {
    return new ChannelError(`${service}_not_allowed`, message, { end: "not_taken", concerns: "provider" });
  }
  if (status === 429 || status === 503 && retryAfterMs !== undefined) {
    const concerns = status === 429 ? throttled : unavailable;
    return new ChannelError(`${service}_throttled`, message, { end: "not_taken", concerns, ...wait });
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new ChannelError(`${service}_unavailable`, message, {
      end: "not_taken",
      concerns: unavailable,
      ...wait,
    });
  }
  return new ChannelError(`${service}_refused`, message, { end: "refused", concerns: "recipient" });
}

/** The error of an address that a channel does not call. */
export function badAddress(service: string, reason: string): ChannelError {
  return new ChannelError(`${service}_refused`, reason, { end: "refused", concerns: "recipient" });
}

function waitOf({ retryAfter, now }: HttpAnswer): number | undefined {
  if (!retryAfter) return undefined;
  const wait = /^\d+(?:\.\d+)?$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(0, Math.ceil(wait)), LONGEST_WAIT_MS) : undefined;
}

/**
 * The error of a call that did not reach the other side: to be tried again, unless this process may not call at all
 * (`tickbell start` is given loopback only).
 */
export function notReached(service: string, error: unknown): ChannelError {
  // The cause's words may have the address with its secrets: only its kind is said.
  const { name = "error", code } = error instanceof Error ? error as Error & { code?: unknown } : {};
  if (name === "NotCapable" || code === "EPERM" || code === "EACCES") {
    const reason = `this process may not call ${service}: it needs Deno's --allow-net for it`;
    return new ChannelError(`${service}_not_allowed`, reason, { end: "refused", concerns: "recipient" });
  }
  const kind = typeof code === "string" ? code : name;
  const reason = `${service} cannot be reached (${kind})`;
  return new ChannelError(`${service}_unreachable`, reason, { end: "not_taken", concerns: "provider" });
}
