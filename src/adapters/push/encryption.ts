/**
 * Web push: a message encrypted for one subscription (RFC 8291, `aes128gcm` of RFC 8188), and the token that says who
 * sends it (RFC 8292, VAPID). WebCrypto only.
 *
 * @module
 */

/** A subscription's keys, base64url: its public key, and its authentication secret. */
export interface SubscriptionKeys {
  readonly p256dh: string;
  readonly auth: string;
}

/** Our side of one message; made anew for each. For tests it is given. */
export interface SenderSide {
  readonly keys: CryptoKeyPair;
  /** 16 bytes. */
  readonly salt: Uint8Array<ArrayBuffer>;
}

const encoder = new TextEncoder();
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
/** The one record's size: what push services take. */
const RECORD_BYTES = 4_096;
/** Bytes of a message: the record less its header (86 bytes), tag (16) and delimiter. */
export const MOST_BYTES = RECORD_BYTES - 86 - 16 - 1;

/** The body of a push: salt, record size, our public key, and the message in one encrypted record. */
export async function encryptPush(
  message: Uint8Array,
  subscription: SubscriptionKeys,
  side?: SenderSide,
): Promise<Uint8Array<ArrayBuffer>> {
  const { keys, salt } = side ?? await newSide();
  const theirs = fromBase64Url(subscription.p256dh);
  const ours = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const public_ = await crypto.subtle.importKey("raw", theirs, CURVE, false, []);
  const shared = new Uint8Array(
    await crypto.subtle.deriveBits({ name: "ECDH", public: public_ }, keys.privateKey, 256),
  );
  const info = joined(encoder.encode("WebPush: info\0"), theirs, ours);
  const secret = await derived(shared, { salt: fromBase64Url(subscription.auth), info, bytes: 32 });
  const keyBytes = await derived(secret, {
    salt,
    info: encoder.encode("Content-Encoding: aes128gcm\0"),
    bytes: 16,
  });
  const iv = await derived(secret, { salt, info: encoder.encode("Content-Encoding: nonce\0"), bytes: 12 });
  const key = await crypto.subtle.importKey("raw", keyBytes, "AES-GCM", false, ["encrypt"]);
  // 2: the last record.
  const plain = joined(message, new Uint8Array([2]));
  const record = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain));
  const header = new Uint8Array(5);
  new DataView(header.buffer).setUint32(0, RECORD_BYTES);
  header[4] = ours.length;
  return joined(salt, header, ours, record);
}

/** A pair of VAPID keys. */
export interface VapidKeys {
  /** base64url: what a page subscribes with. */
  readonly publicKey: string;
  /** base64url, 32 bytes. */
  readonly privateKey: string;
}

/** The Authorization header for one push service. @param given.expires Unix seconds, a day from now at most. */
export async function vapidHeader(
  keys: VapidKeys,
  given: { readonly origin: string; readonly subject: string; readonly expires: number },
): Promise<string> {
  const { origin: aud, subject: sub, expires: exp } = given;
  const text = [{ typ: "JWT", alg: "ES256" }, { aud, exp, sub }]
    .map((part) => toBase64Url(encoder.encode(JSON.stringify(part)))).join(".");
  const key = await importPrivate(keys);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, encoder.encode(text));
  return `vapid t=${text}.${toBase64Url(new Uint8Array(signature))}, k=${keys.publicKey}`;
}

/** Makes a pair of keys. */
export async function newVapidKeys(): Promise<VapidKeys> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { d = "" } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { publicKey: toBase64Url(raw), privateKey: d };
}

/** @throws {DOMException} when the keys are no pair of the curve. */
async function importPrivate({ publicKey, privateKey: d }: VapidKeys): Promise<CryptoKey> {
  const raw = fromBase64Url(publicKey);
  const [x, y] = [toBase64Url(raw.subarray(1, 33)), toBase64Url(raw.subarray(33))];
  const jwk = { kty: "EC", crv: "P-256", x, y, d };
  return await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}

async function newSide(): Promise<SenderSide> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]) as CryptoKeyPair;
  return { keys, salt: crypto.getRandomValues(new Uint8Array(16)) };
}

async function derived(
  secret: Uint8Array<ArrayBuffer>,
  given: { salt: Uint8Array<ArrayBuffer>; info: Uint8Array<ArrayBuffer>; bytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const { salt, info, bytes } = given;
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, bytes * 8),
  );
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes as base64url without padding (RFC 4648, 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The bytes of base64url. @throws {DOMException} for text that is none. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}
