/** Bytes of a UUID. */
export const UUID_BYTES = 16;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const TEXT_LENGTH = 36;
/** Behind so many bytes stands a hyphen. */
const HYPHEN_BEHIND: readonly number[] = [4, 6, 8, 10];

/** Writes a UUID as bytes. @returns false, with nothing that counts written: it is none in lower case, or that of zeros. */
export function writeUuid(into: Uint8Array, at: number, text: string): boolean {
  if (text.length !== TEXT_LENGTH) return false;
  let any = 0;
  let from = 0;
  for (let index = 0; index < UUID_BYTES; index++) {
    if (HYPHEN_BEHIND.includes(index) && text.charCodeAt(from++) !== 0x2d) return false;
    const [high, low] = [digitOf(text.charCodeAt(from++)), digitOf(text.charCodeAt(from++))];
    if (high < 0 || low < 0) return false;
    any |= into[at + index] = high << 4 | low;
  }
  return any !== 0;
}

/** The UUID that stands there; undefined: zeros, or nothing. */
export function readUuid(bytes: Uint8Array, at: number): string | undefined {
  let text = "";
  let any = 0;
  for (let index = 0; index < UUID_BYTES; index++) {
    const byte = bytes[at + index] ?? 0;
    any |= byte;
    if (HYPHEN_BEHIND.includes(index)) text += "-";
    text += HEX[byte];
  }
  return any === 0 ? undefined : text;
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}
