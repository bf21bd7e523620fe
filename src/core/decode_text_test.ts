import { expect } from "expect";
import fc from "fast-check";
import { compose, decodeText, decodeWhole } from "./decode_text.ts";
import type { InputError } from "./errors.ts";

/** CP949 has no encoder here: the decoder's table turned around. */
const CP949 = new Map<string, readonly number[]>();
for (let lead = 0x81; lead <= 0xfe; lead++) {
  for (let trail = 0x41; trail <= 0xfe; trail++) {
    try {
      const bytes = [lead, trail];
      const text = new TextDecoder("euc-kr", { fatal: true }).decode(new Uint8Array(bytes));
      if ([...text].length === 1) CP949.set(text, bytes);
    } catch {
      // No character stands there.
    }
  }
}

function cp949(text: string): Uint8Array {
  return new Uint8Array([...text].flatMap((character) => CP949.get(character) ?? [character.charCodeAt(0)]));
}

function utf16(text: string, little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let index = 0; index < text.length; index++) view.setUint16(index * 2, text.charCodeAt(index), little);
  return new Uint8Array(view.buffer);
}

async function inPieces(bytes: Uint8Array, size: number): Promise<string> {
  let text = "";
  for await (
    const piece of decodeText((async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })())
  ) text += piece;
  return text;
}

const korean = fc.array(
  fc.oneof(
    fc.constantFrom("삼성전자", "하이닉스", "똠방각하", "메모: ", "\r\n", '"', ",", "{}", "0123 abc "),
    fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCharCode(code)),
  ),
  { minLength: 1, maxLength: 20 },
).map((parts) =>
  `id,symbol,kind,comparator,value,note\nr1,005930,target_price,gte,71950,메모 ${parts.join("")}`
);

Deno.test("the same text comes out of UTF-8, UTF-16 and CP949, with and without a mark, in pieces of any size", () =>
  fc.assert(fc.asyncProperty(korean, fc.integer({ min: 1, max: 9 }), async (text, size) => {
    const utf8 = new TextEncoder().encode(text);
    const forms = {
      utf8,
      marked: new Uint8Array([0xef, 0xbb, 0xbf, ...utf8]),
      little: new Uint8Array([0xff, 0xfe, ...utf16(text, true)]),
      big: new Uint8Array([0xfe, 0xff, ...utf16(text, false)]),
      unmarked: utf16(text, true),
      cp949: cp949(text),
    };
    for (const [name, bytes] of Object.entries(forms)) {
      expect([name, decodeWhole(bytes)]).toEqual([name, text]);
      expect([name, size, await inPieces(bytes, size)]).toEqual([name, size, text]);
    }
  })));

Deno.test("decomposed Korean is composed wherever a piece ends; other characters stay as they are", async () => {
  const decomposed = new TextEncoder().encode("삼성전자 café 金".normalize("NFD") + "\uf90a");
  for (let size = 1; size < 12; size++) {
    expect(await inPieces(decomposed, size)).toBe("삼성전자 café 金\uf90a");
  }
  expect(compose("\u1100")).toBe("\u1100");
});

Deno.test("what is no text, and UTF-8 that is damaged, is refused and never read as other words", () => {
  const refused: Record<string, Uint8Array> = {
    zeros: new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 8, 0]),
    latin: new TextEncoder().encode("caf_ au lait, cr_me").map((byte) => byte === 0x5f ? 0xe9 : byte),
    damaged: new TextEncoder().encode("삼성전자 매수 하이닉스").map((byte, at) => at === 7 ? 0x20 : byte),
    cut: new TextEncoder().encode("삼성전자 매수").slice(0, -1),
  };
  for (const [name, bytes] of Object.entries(refused)) {
    let code: string | undefined;
    try {
      decodeWhole(bytes);
    } catch (thrown) {
      code = (thrown as InputError).code;
    }
    expect([name, code]).toEqual([name, "not_utf8"]);
  }
  expect(() => decodeWhole(new Uint8Array([...new TextEncoder().encode("가\n나\n"), 0xff, 0x41]))).toThrow(
    "UTF-8",
  );
});

Deno.test("nothing and a lone mark are an empty text", () => {
  expect(decodeWhole(new Uint8Array())).toBe("");
  expect(decodeWhole(new Uint8Array([0xef, 0xbb, 0xbf]))).toBe("");
});

Deno.test("a letter with tens of thousands of marks is composed in no time", () => {
  const begun = performance.now();
  const text = `a${"\u0301\u0316".repeat(60_000)}`;
  expect(compose(text).length).toBeGreaterThan(100_000);
  expect(compose("e\u0301")).toBe("\u00e9");
  expect(performance.now() - begun).toBeLessThan(2_000);
});
