import { fromBase64Url, toBase64Url } from "./base64url.ts";

/**
 * Signed links: who has the link may do what it says, nobody else can make one, and nothing has to be stored. A link of
 * one purpose is none of another: each purpose has a key of its own, made of the one secret.
 *
 * @module
 */

/** What links are for: the page of an alert, an address's consent, its stop, signing in. */
const LINK_PURPOSES = ["alert", "confirm", "address", "sign-in"] as const;
export type LinkPurpose = typeof LINK_PURPOSES[number];

/** What a link says. */
export interface LinkClaims {
  readonly purpose: LinkPurpose;
  readonly tenant: string;
  /** As `recipientMark` has it: an address that is a secret stands in no link. */
  readonly recipient: string;
  /** What it is about: an alert's id; a ticket that may be used once; "" for the address itself. */
  readonly subject: string;
  /** Epoch ms; null: never. */
  readonly expiresAt: number | null;
}

/** Why a token is not taken: it is not whole or not ours; or it was ours, and its time is over. */
export type LinkFault = "bad" | "old";

/** How long links work, ms; an address's own stop works for ever. */
export const LINK_MS: Readonly<Record<LinkPurpose, number | null>> = {
  alert: 30 * 86_400_000,
  confirm: 14 * 86_400_000,
  address: null,
  "sign-in": 15 * 60_000,
};

/** Half of SHA-256: 128 bits cannot be guessed, and links stay short. */
const MAC_BYTES = 16;
const encoder = new TextEncoder();

/**
 * The token of a link: claims and a MAC, both in base64url, with a dot between.
 *
 * @param secret at least 16 characters: `--link-secret`.
 */
export async function signLink(claims: LinkClaims, secret: string): Promise<string> {
  const { purpose, tenant, recipient, subject, expiresAt } = claims;
  const payload = encoder.encode(JSON.stringify([tenant, recipient, subject, expiresAt]));
  return `${toBase64Url(payload)}.${toBase64Url(await macOf(payload, { purpose, secret }))}`;
}

/**
 * What a token says.
 *
 * @param given.now epoch ms.
 */
export async function readLink(
  token: string,
  given: { readonly purpose: LinkPurpose; readonly secret: string; readonly now: number },
): Promise<LinkClaims | LinkFault> {
  const [payloadText, macText, ...rest] = token.split(".");
  const payload = fromBase64Url(payloadText);
  const mac = fromBase64Url(macText);
  if (payload === undefined || mac === undefined || rest.length > 0) return "bad";
  if (!isSame(mac, await macOf(payload, given))) return "bad";
  const [tenant, recipient, subject, expiresAt] = JSON.parse(new TextDecoder().decode(payload)) as [
    string,
    string,
    string,
    number | null,
  ];
  if (expiresAt !== null && expiresAt <= given.now) return "old";
  return { purpose: given.purpose, tenant, recipient, subject, expiresAt };
}

async function macOf(
  payload: Uint8Array<ArrayBuffer>,
  { purpose, secret }: { readonly purpose: LinkPurpose; readonly secret: string },
): Promise<Uint8Array> {
  const bytes = encoder.encode(`tickbell link v1 ${purpose}\n${secret}`);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, payload), 0, MAC_BYTES);
}

/** Takes the same time wherever they differ. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let differing = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) differing |= (one[at] ?? 0) ^ other[at]!;
  return differing === 0;
}
