import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";

/**
 * The signature of a webhook call in Tickbell's own header: `v1=` and the HMAC-SHA256, in hexadecimal, of the timestamp,
 * a dot and the body.
 *
 * @param timestamp Unix seconds, as in the Tickbell-Timestamp header.
 */
export function signWebhook(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/**
 * The secret of one endpoint, `whsec_…` as Standard Webhooks has it: derived from ours, so that nobody who receives calls
 * can make one for somebody else, and nothing has to be stored.
 */
export function endpointSecret(secret: string, url: string): string {
  return `whsec_${createHmac("sha256", secret).update(`tickbell endpoint v1\n${url}`).digest("base64")}`;
}

/**
 * The `webhook-signature` header of https://www.standardwebhooks.com: a `v1,` signature by each of the endpoint's
 * secrets, with a blank between, of id, timestamp and body.
 */
export function standardSignature(
  secrets: readonly string[],
  call: { readonly id: string; readonly timestamp: string; readonly body: string },
): string {
  const text = `${call.id}.${call.timestamp}.${call.body}`;
  return secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
  }).join(" ");
}
