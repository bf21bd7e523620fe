/** A secret's fields. */
export type SecretValue = Readonly<Record<string, string>>;

/** 32 random bytes, in letters that need no quoting anywhere. */
export function random(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}
