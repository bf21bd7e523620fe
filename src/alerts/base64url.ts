/**
 * base64url without padding. Uint8Array's own toBase64 is not there in Node 22, where the Lambda runs.
 *
 * @module
 */

/** Bytes as base64url. */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The bytes of a text; undefined when it is no base64url, or longer than 4,000 characters. */
export function fromBase64Url(text: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (text === undefined || !/^[A-Za-z0-9_-]{1,4000}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(
      atob(text.replace(/-/g, "+").replace(/_/g, "/")),
      (letter) => letter.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
}
