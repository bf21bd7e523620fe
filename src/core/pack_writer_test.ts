import fc from "fast-check";
import { expect } from "expect";
import { packHeaders, PackWriter } from "./pack_writer.ts";
import { unpack } from "./record_pack.ts";

const record = fc.record({
  key: fc.string({ unit: "grapheme", maxLength: 200 }),
  value: fc.string({ unit: "grapheme", maxLength: 3_000 }),
  timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 200 })),
});

Deno.test("what is written into packs is read of them again, in its order", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), (records) => {
      const writer = new PackWriter();
      for (const each of records) writer.add({ ...each, headers: packHeaders(each.headers) });
      const decoder = new TextDecoder();
      const read = writer.take().flatMap((pack) => {
        const times = unpack(pack).map(({ timestamp }) => timestamp);
        expect(Math.min(...times)).toBe(pack.oldestTimestamp);
        expect(Math.max(...times)).toBe(pack.newestTimestamp);
        return unpack(pack);
      });
      expect(read.map(({ value, headers = {}, ...rest }) => ({
        ...rest,
        value: decoder.decode(value!),
        headers: { ...headers },
      }))).toEqual(records.map((each) => ({ ...each, headers: { ...each.headers } })));
      expect(writer.take()).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a pack stays under what a broker takes; what is larger by itself is a pack of its own", () => {
  const writer = new PackWriter();
  const headers = packHeaders({});
  const value = "가".repeat(100_000);
  for (let each = 0; each < 7; each++) writer.add({ key: "k", value, timestamp: each, headers });
  writer.add({ key: "k", value: "나".repeat(400_000), timestamp: 9, headers });
  const packs = writer.take();
  expect(packs.map(({ count }) => count)).toEqual([2, 2, 2, 1, 1]);
  for (const { bytes } of packs.slice(0, -1)) expect(bytes.length).toBeLessThan(1_000_000);
});
