import { expect } from "expect";
import fc from "fast-check";
import { Engine } from "../../src/engine/engine.ts";
import { Oracle } from "../../src/rules/evaluate.ts";
import type { Evaluation } from "../../src/rules/evaluation.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { engineModule } from "../support/engine_module.ts";
import { checkProperty } from "../support/property.ts";
import {
  type BatchSpec,
  type ReadBatches,
  readBatches,
  readRecords,
  writeBatch,
} from "../support/record_batches.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";
import { recordBytes, rule } from "../support/trade_gen.ts";

const small: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 6 });
const smallOrNull: fc.Arbitrary<Uint8Array | null> = fc.option(small);
/** Values that leave the framing most of the bytes, so that damage hits it. */
const tiny: fc.Arbitrary<Uint8Array | null> = fc.option(fc.uint8Array({ maxLength: 3 }));
const batch: fc.Arbitrary<Omit<BatchSpec, "baseOffset"> & { gap: number }> = fc.record({
  gap: fc.nat(3),
  records: fc.array(
    fc.record({
      delta: fc.integer({ min: 1, max: 3 }),
      value: fc.oneof(tiny, tiny, recordBytes),
      key: smallOrNull,
      headers: fc.array(fc.tuple(small, smallOrNull), { maxLength: 2 }),
    }),
    { maxLength: 6 },
  ),
  attributes: fc.constantFrom(0, 0, 0, 0, 0, 0, 8, 16, 32, 1, 4),
  lastDelta: fc.nat(3),
});

/** Batches in a row, their offsets rising, with gaps as compaction leaves them. */
const log = fc.tuple(fc.nat(1000), fc.array(batch, { maxLength: 5 })).map(([start, batches]) => {
  let next = start;
  return batches.map(({ gap, records, attributes, lastDelta }) => {
    const baseOffset = next + gap;
    let delta = -1;
    const risen = records.map((record) => ({ ...record, delta: delta += record.delta }));
    const last = Math.max(0, delta + lastDelta);
    next = baseOffset + last + 1;
    return { baseOffset, records: risen, attributes, lastDelta: last };
  });
});

/** What happens to bytes on a bad day. */
const oneDamage = fc.oneof(
  fc.record({ type: fc.constant("cut"), at: fc.nat() }),
  fc.record({ type: fc.constant("flip"), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ type: fc.constant("set"), at: fc.nat(), byte: fc.constantFrom(0, 0x7f, 0x80, 0xff) }),
  fc.record({ type: fc.constant("header"), at: fc.nat(60), byte: fc.nat(255) }),
  // The low bytes of base offset, length, magic, attributes, last delta, count; of the framing `records` the length.
  fc.record({
    type: fc.constant("field"),
    at: fc.constantFrom(7, 8, 9, 11, 16, 22, 26, 60),
    byte: fc.nat(6),
  }),
  // The first bytes after the header: lengths and offset deltas of the first records.
  fc.record({ type: fc.constant("varint"), at: fc.integer({ min: 61, max: 90 }), byte: fc.nat(24) }),
);
const damage = fc.oneof(
  fc.constant([]),
  { weight: 4, arbitrary: fc.array(oneDamage, { minLength: 1, maxLength: 1 }) },
  { weight: 2, arbitrary: fc.array(oneDamage, { minLength: 2, maxLength: 3 }) },
);

Deno.test("record batches, whole and damaged, give what a plain reader and the oracle give", async () => {
  const module = await engineModule();
  const property = fc.property(
    log,
    damage,
    fc.nat(1020),
    fc.array(rule, { maxLength: 20 }),
    (batches, damages, from, rules) => {
      const bytes = damaged(concat(batches.map(writeBatch)), damages);
      const engine = new Engine(module, { windowMs: 1000, matchCapacity: 2, rejectCapacity: 1 });
      const poisoned = new Engine(module, { windowMs: 1000 });
      poison(poisoned, bytes.length);
      for (const each of [engine, poisoned]) each.load(rules);
      const given = engine.evaluate({ framing: "record-batch-v2", bytes, fromOffset: from });
      expect(order(given)).toEqual(order(wanted(readBatches(bytes, from), rules)));
      const again = poisoned.evaluate({ framing: "record-batch-v2", bytes, fromOffset: from });
      expect(order(again)).toEqual(order(given));
    },
  );
  checkProperty(property, 700);
});

Deno.test("framing `records`, whole and damaged, gives what a plain reader gives", async () => {
  const module = await engineModule();
  const records = fc.array(fc.oneof(tiny, recordBytes), { maxLength: 6 });
  const property = fc.property(
    records,
    damage,
    fc.array(rule, { maxLength: 20 }),
    (values, damages, rules) => {
      const bytes = damaged(frameRecords(values.map((value, offset) => ({ offset, value }))), damages);
      const fresh = new Engine(module, { windowMs: 1000 });
      const poisoned = new Engine(module, { windowMs: 1000 });
      poison(poisoned, bytes.length);
      for (const each of [fresh, poisoned]) each.load(rules);
      const given = fresh.evaluate({ framing: "records", bytes, fromOffset: 0 });
      expect(poisoned.evaluate({ framing: "records", bytes, fromOffset: 0 })).toEqual(given);
      expect(order(given)).toEqual(order(wanted(readRecords(bytes), rules)));
    },
  );
  checkProperty(property, 200);
});

/** What a reader's items give: the records by the oracle, the rest refused. */
function wanted({ items, nextOffset }: ReadBatches, rules: readonly Rule[]): Evaluation {
  const oracle = new Oracle({ windowMs: 1000 });
  oracle.load(rules);
  const sum = { trades: 0, passed: 0, late: 0, halted: 0, expected: 0 };
  const matches = [];
  const rejected = [];
  const reason = expect.any(String) as unknown as string;
  for (const item of items) {
    if ("refused" in item) {
      rejected.push({ offset: item.offset, code: item.code, reason, bytes: item.refused });
      continue;
    }
    const one = oracle.evaluate([item]);
    for (const key of ["trades", "passed", "late", "halted", "expected"] as const) sum[key] += one[key];
    matches.push(...one.matches);
    rejected.push(...one.rejected);
  }
  return { ...sum, nextOffset, matches, rejected };
}

/** Leaves the engine's input full of digits: whoever reads past the end finds numbers that go on. */
function poison(engine: Engine, length: number): void {
  engine.evaluate({ framing: "records", bytes: new Uint8Array(length + 200).fill(0x39), fromOffset: 0 });
}

function damaged(
  bytes: Uint8Array,
  damages: readonly { type: string; at: number; bit?: number; byte?: number }[],
) {
  let out = bytes.slice();
  for (const { type, at, bit, byte } of damages) {
    const place = out.length === 0 ? 0 : at % out.length;
    if (type === "cut") out = out.slice(0, place);
    else if (place < out.length) {
      out[place] = type === "flip" ? (out[place] as number) ^ (1 << (bit ?? 0)) : byte ?? 0;
    }
  }
  return out;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function order(evaluation: Evaluation): Evaluation {
  const matches = evaluation.matches.map(({ values: _values, ...match }) => match).sort((a, b) =>
    a.offset - b.offset || a.windowStart - b.windowStart ||
    (a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0)
  );
  return { ...evaluation, matches };
}
