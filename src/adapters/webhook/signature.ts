import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * The signature of a webhook call: `v1=` and the HMAC-SHA256, in hexadecimal, of the timestamp, a dot and the body.
 *
 * @param timestamp Unix seconds, as in the Tickbell-Timestamp header.
 */
export function signWebhook(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/**
 * Whether a call is ours and fresh, for those who receive webhooks: the same check in any language.
 *
 * @param now Unix seconds; calls older or newer than `toleranceSeconds` are refused.
 */
export function verifyWebhook(
  secret: string,
  call: { readonly timestamp: string; readonly signature: string; readonly body: string },
  now: number,
  toleranceSeconds = 300,
): boolean {
  const age = Math.abs(now - Number(call.timestamp));
  if (!/^\d+$/.test(call.timestamp) || age > toleranceSeconds) return false;
  const expected = Buffer.from(signWebhook(secret, call.timestamp, call.body));
  const given = Buffer.from(call.signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
