import type { Clock } from "../../core/clock.ts";
import { AssertionError, messageOf, OutsideError } from "../../core/errors.ts";
import { type Channel, ChannelError, type OutgoingMessage } from "../../ports/channel.ts";
import type { DeliveryEvent } from "../../alerts/delivery_machine.ts";

/** How a call ended: taken, or why not. */
export type Outcome = { readonly taken: string } | { readonly error: ChannelError };

/** A call that was given up says within this time how far it had come, ms. */
const LAST_WORD_MS = 250;

/**
 * Calls a channel once. When its time is over, or `stop` is aborted, the call is given up and says whether the message
 * was handed over; one that says nothing may have been.
 *
 * @throws {AssertionError} a bug in the channel.
 */
export async function callChannel(
  channel: Channel,
  message: OutgoingMessage,
  given: { readonly clock: Clock; readonly limitMs: number; readonly stop?: AbortSignal },
): Promise<Outcome> {
  const { clock, limitMs, stop } = given;
  const ended = new AbortController();
  const cancel = new AbortController();
  const call: Promise<Outcome> = channel.send(message, cancel.signal).then(
    ({ providerId }) => ({ taken: providerId }),
    (error) => ({ error: asChannelError(error) }),
  );
  const over = Promise.race([clock.sleep(limitMs, ended.signal), aborted(stop, ended.signal)]);
  try {
    const first = await Promise.race([call, over]);
    if (first !== undefined) return first;
    cancel.abort("given up");
    const last = await Promise.race([call, clock.sleep(LAST_WORD_MS, ended.signal)]);
    const reason = `no answer from ${channel.transport} within ${limitMs} ms`;
    if (last === undefined) return { error: unknownEnd(reason) };
    if ("taken" in last || last.error.code !== "aborted") return last;
    const { end, concerns } = last.error;
    return { error: new ChannelError("timeout", reason, { end, concerns }) };
  } finally {
    // A reason of our own: making the default one, an exception with its stack, costs more than the rest.
    ended.abort("ended");
    cancel.abort("ended");
  }
}

/** What an outcome is to the delivery. */
export function outcomeEvent(
  outcome: Outcome,
  given: { readonly at: number; readonly transport: string; readonly random: number },
): DeliveryEvent {
  const { at, transport, random } = given;
  if ("taken" in outcome) return { type: "accepted", at, providerId: outcome.taken, transport };
  const { end, code, message: reason, retryAfterMs } = outcome.error;
  const fault = { code, reason };
  if (end === "refused") return { type: "refused", at, fault };
  if (end === "unknown") return { type: "timed out", at, fault };
  return { type: "failed", at, fault, random, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function unknownEnd(reason: string): ChannelError {
  return new ChannelError("timeout", reason, { end: "unknown", concerns: "provider" });
}

/** An error a channel did not name is not tried again: nobody knows what it left behind. */
function asChannelError(error: unknown): ChannelError {
  if (error instanceof AssertionError) throw error;
  if (error instanceof ChannelError) return error;
  if (!(error instanceof OutsideError)) {
    const end = { end: "refused", concerns: "recipient", cause: error } as const;
    return new ChannelError("channel_failed", messageOf(error), end);
  }
  const { code, message, retryable, retryAfterMs, cause } = error;
  return new ChannelError(code, message, {
    end: retryable ? "not_taken" : "refused",
    concerns: retryable ? "provider" : "recipient",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause,
  });
}

function aborted(signal: AbortSignal | undefined, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined) return;
    if (signal.aborted) return resolve();
    const done = () => {
      signal.removeEventListener("abort", done);
      ended.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    ended.addEventListener("abort", done, { once: true });
  });
}
