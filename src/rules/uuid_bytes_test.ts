import { expect } from "expect";
import fc from "fast-check";
import { readUuid, UUID_BYTES, writeUuid } from "./uuid_bytes.ts";

Deno.test("a UUID as bytes is the same UUID again; any other text is none", () => {
  fc.assert(fc.property(fc.oneof(fc.uuid(), fc.string({ maxLength: 40 })), (text) => {
    const bytes = new Uint8Array(2 * UUID_BYTES);
    const isOne = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
    expect(writeUuid(bytes, UUID_BYTES, text)).toBe(isOne);
    if (isOne) expect(readUuid(bytes, UUID_BYTES)).toBe(text);
    expect(readUuid(bytes, 0)).toBeUndefined();
  }));
  const bytes = new Uint8Array(UUID_BYTES);
  const uuid = "00000000-0000-4000-8000-00000000000a";
  expect(writeUuid(bytes, 0, uuid)).toBe(true);
  expect(readUuid(bytes, 0)).toBe(uuid);
  expect(writeUuid(bytes, 0, uuid.toUpperCase())).toBe(false);
  expect(writeUuid(bytes, 0, "00000000-0000-0000-0000-000000000000")).toBe(false);
  expect(writeUuid(bytes, 0, uuid.replaceAll("-", "0"))).toBe(false);
});
