/**
 * The signed link that pauses a rule: who has the mail can stop it, nobody else can, and nothing has to be stored.
 *
 * @module
 */

import { CHANNEL_KINDS, channelOf } from "../rules/channels.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";

/** What a stop link says. */
export interface StopRequest {
  readonly ruleId: string;
  readonly tenant: string;
  /** As {@link recipientMark} has it. */
  readonly recipient: string;
}

const encoder = new TextEncoder();

/**
 * A recipient as a link may have it: where the address is a secret only a mark of it, for the link stands in the very
 * channel that everybody there can read.
 */
export async function recipientMark(recipient: string): Promise<string> {
  const channel = channelOf(recipient);
  if (!CHANNEL_KINDS[channel].secret) return recipient;
  const hash = await crypto.subtle.digest("SHA-256", encoder.encode(recipient));
  return `${channel}#${toBase64Url(new Uint8Array(hash, 0, 12))}`;
}

/** The recipient among some that a link's mark means; the mark itself when it is none of them. */
export async function markedRecipient(mark: string, recipients: readonly string[]): Promise<string> {
  for (const recipient of recipients) if (await recipientMark(recipient) === mark) return recipient;
  return mark;
}

/**
 * The token of a stop link: the request and its HMAC-SHA256, both in base64url, with a dot between.
 *
 * @param secret at least 16 characters.
 */
export async function signUnsubscribe(request: StopRequest, secret: string): Promise<string> {
  const payload = encoder.encode(JSON.stringify([request.ruleId, request.tenant, request.recipient]));
  const mac = await crypto.subtle.sign("HMAC", await keyOf(secret, "sign"), payload);
  return `${toBase64Url(payload)}.${toBase64Url(new Uint8Array(mac))}`;
}

/** The request of a token; undefined when it was not made with this secret. Takes the same time for any wrong one. */
export async function verifyUnsubscribe(token: string, secret: string): Promise<StopRequest | undefined> {
  const [payloadText, macText, ...rest] = token.split(".");
  const payload = fromBase64Url(payloadText);
  const mac = fromBase64Url(macText);
  if (payload === undefined || mac === undefined || rest.length > 0) return undefined;
  if (!await crypto.subtle.verify("HMAC", await keyOf(secret, "verify"), mac, payload)) return undefined;
  const [ruleId, tenant, recipient] = JSON.parse(new TextDecoder().decode(payload)) as string[];
  if (ruleId === undefined || tenant === undefined || recipient === undefined) return undefined;
  return { ruleId, tenant, recipient };
}

/** The keys of one secret for several uses are not the same key. */
async function keyOf(secret: string, use: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = encoder.encode(`tickbell unsubscribe v1\n${secret}`);
  return await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}
