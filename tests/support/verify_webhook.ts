import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { signWebhook } from "../../src/adapters/webhook/signature.ts";

/**
 * Whether a call is ours and fresh, for those who receive webhooks: the same check in any language. While a secret is
 * changed the header has a signature by each, with a comma between.
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
  return call.signature.split(",").some((one) => {
    const given = Buffer.from(one);
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}
