import { expect } from "expect";
import { murmur2, partitionOfKey } from "./murmur2.ts";

/** The values of Kafka's own UtilsTest.testMurmur2. */
const PUBLISHED: readonly (readonly [string, number])[] = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
];

Deno.test("murmur2 gives Java's published values", () => {
  for (const [key, hash] of PUBLISHED) {
    expect([key, murmur2(new TextEncoder().encode(key))]).toEqual([key, hash]);
  }
});

Deno.test("a key's partition is the positive hash modulo the count", () => {
  expect(partitionOfKey("foobar", 6)).toBe((-790332482 & 0x7fffffff) % 6);
  expect(partitionOfKey("종목", 1)).toBe(0);
  const positive = (text: string) => murmur2(new TextEncoder().encode(text)) & 0x7fffffff;
  for (
    const [text] of [...PUBLISHED, ["종목"], ["a종목"], [""], ["x".repeat(64)], ["x".repeat(65)], [
      "ab",
    ]] as const
  ) {
    expect([text, partitionOfKey(text!, 1_000)]).toEqual([text, positive(text!) % 1_000]);
  }
});
