import { Buffer } from "node:buffer";
import { createDecipheriv } from "node:crypto";

/** A key pair as KIS acknowledges it: both are text whose UTF-8 bytes are used. */
export interface Cipher {
  readonly key: string;
  readonly iv: string;
}

/**
 * The payload of an encrypted frame: base64 of AES-256-CBC with PKCS#7 padding. Undefined when it cannot be decrypted
 * with this key.
 */
export function decrypt(payload: string, cipher: Cipher): string | undefined {
  try {
    const decipher = createDecipheriv("aes-256-cbc", Buffer.from(cipher.key), Buffer.from(cipher.iv));
    return decipher.update(payload, "base64", "utf8") + decipher.final("utf8");
  } catch {
    return undefined;
  }
}
