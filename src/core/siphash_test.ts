import { expect } from "expect";
import { SipHash } from "./siphash.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Tags of the inputs "", 00, 00 01, 00 01 02 under the key 00 … 0f: vectors_sip128 of https://github.com/veorq/SipHash. */
const VECTORS = [
  "a3817f04ba25a8e66df67214c7550293",
  "da87c1d86b99af44347659119b22fc45",
  "8177228da4a45dc7fca38bdef60affe4",
  "9c70b60c5267a94e5f33b6b02985ed51",
];

Deno.test("SipHash-2-4-128 gives the published tags", () => {
  const hash = new SipHash(KEY);
  for (const [length, tag] of VECTORS.entries()) expect(hex(hash.raw(KEY.subarray(0, length)))).toBe(tag);
});

Deno.test("a tag changes with every part, with where one ends, and with the key", () => {
  const tagOf = (parts: readonly (string | Uint8Array | null)[], key = KEY) => {
    const hash = new SipHash(key);
    for (const part of parts) {
      if (typeof part === "string") hash.text(part);
      else hash.bytes(part);
    }
    return hash.tag();
  };
  const tags = [
    tagOf(["ab", "c"]),
    tagOf(["a", "bc"]),
    tagOf(["ab", null]),
    tagOf(["ab", new Uint8Array()]),
    tagOf(["ab"]),
    tagOf(["ab", "c"], KEY.toReversed()),
  ];
  expect(new Set(tags).size).toBe(tags.length);
  expect(tagOf(["ab", "c"])).toBe(tags[0]);
  expect(tags[0]).toMatch(/^[\w-]{22}$/);
  expect(() => new SipHash(KEY.subarray(1))).toThrow("16 bytes");
  expect(() => new SipHash(KEY).bytes(new Uint8Array(3_000_000))).toThrow("at once");
});
