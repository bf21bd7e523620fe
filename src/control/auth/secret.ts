import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** SHA-256 of a text: enough for secrets of 256 random bits, which no dictionary has. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether a secret has a hash, in a time that does not depend on where they differ. */
export function secretMatches(secret: string, hash: string): boolean {
  const own = createHash("sha256").update(secret).digest();
  const wanted = Buffer.from(hash, "hex");
  return own.length === wanted.length && timingSafeEqual(own, wanted);
}

/** 256 random bits as text that may stand in a URL. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** An id of `length` characters that are not taken for one another. */
export function randomId(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join("");
}
