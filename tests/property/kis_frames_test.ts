import { expect } from "expect";
import fc from "fast-check";
import { Engine } from "../../src/engine/engine.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { writeTrade } from "../../src/market/kis/trade_record.ts";
import type { Trade } from "../../src/market/trade.ts";
import { Oracle } from "../../src/rules/evaluate.ts";
import { engineModule } from "../support/engine_module.ts";
import { readFrames } from "../support/kis_frames.ts";
import { checkProperty } from "../support/property.ts";
import { rule, trade } from "../support/trade_gen.ts";

const UTF8 = new TextEncoder();

/** The fields that the engine reads, and what KIS would never or hardly ever write there. */
const odd = fc.record({
  field: fc.constantFrom(0, 1, 2, 3, 4, 5, 12, 33, 35, 43),
  value: fc.constantFrom(
    "",
    "0",
    "-0",
    "+5",
    "-5",
    "+",
    "-",
    "00012",
    "123456789012345",
    "1234567890123456",
    "2000000000",
    "2000000001",
    "1.5",
    "0.05",
    "-0.560",
    "0.561",
    "20000000.00",
    "20000000.01",
    "5.",
    ".5",
    "1e2",
    "000000",
    "235959",
    "240000",
    "126000",
    "20240229",
    "20230229",
    "20251301",
    "19691231",
    "19700102",
    "20991231",
    "21000101",
    "Y",
    "N",
    "y",
    "A",
    "AB1",
    "ABCD",
    "6",
    "한",
    "005930",
    "Q500001",
    "Q50000A",
    "00593a",
    "0059300",
    " 5",
    "5 ",
  ),
});

const record: fc.Arbitrary<string> = fc.tuple(
  trade.filter((each) => each.price > 0 && each.session !== ""),
  fc.option(odd, { freq: 3 }),
  fc.array(fc.constantFrom("", "7", "text"), { maxLength: 2 }),
).map(([each, change]) => {
  // Fields that the engine does not read stay within what the feed's reader takes.
  const plain = { eventTime: Math.floor(each.eventTime / 1000) * 1000, accVolume: 1, accValue: 1 };
  const volume = Math.min(each.volume, 999_999_999_999_999);
  const fields = writeTrade({ ...each, ...plain, volume }).split("^");
  if (change !== null) fields[change.field] = change.value;
  return fields.join("^");
});

const frame: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      id: fc.constantFrom("H0STCNT0", "H0UNCNT0", "H0NXCNT0"),
      records: fc.array(record, { minLength: 1, maxLength: 4 }),
      more: fc.constantFrom("", "", "^", "^a^^b"),
      end: fc.constantFrom("\n", "\n", "\r\n", "\n\n"),
      head: fc.constantFrom("0", "0", "0", "0", "1"),
      miscount: fc.constantFrom(0, 0, 0, 0, 1, -1),
    }).map(({ id, records, more, end, head, miscount }) => {
      const count = String(records.length + miscount).padStart(3, "0");
      return `${head}|${id}|${count}|${records.map((each) => each + more).join("^")}${end}`;
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "\n",
      '{"header":{"tr_id":"PINGPONG"}}\n',
      "garbage\n",
      "0|H0STCNT0|001|\n",
      "0|H0STCNT0|\n",
    ),
  },
);

const rules = fc.array(rule, { maxLength: 20 });
const options = { windowMs: 1000, matchCapacity: 2, rejectCapacity: 1 };

Deno.test("KIS frames give what the feed's reader and the oracle give", async () => {
  const module = await engineModule();
  const property = fc.property(fc.array(frame, { maxLength: 5 }), rules, (frames, rules) => {
    const text = frames.join("");
    const engine = new Engine(module, options);
    const oracle = new Oracle(options);
    for (const each of [engine, oracle]) each.load(rules);
    const given = engine.evaluate({ framing: "kis", bytes: UTF8.encode(text), fromOffset: 0 });
    const { items } = readFrames(text);
    const trades = items.flatMap((item, offset) =>
      "trade" in item ? [{ offset, value: UTF8.encode(encodeTrade(item.trade as Trade)) }] : []
    );
    const wanted = oracle.evaluate(trades);
    const refused = items.flatMap((item, offset) => "trade" in item ? [] : [offset]);
    const { late, halted, expected } = wanted;
    expect(given).toMatchObject({ trades: trades.length, late, halted, expected, nextOffset: items.length });
    expect(given.rejected.map((each) => each.offset)).toEqual(refused);
    const key = (match: { offset: number; rule: { id: string } }) => `${match.offset} ${match.rule.id}`;
    const sort = (matches: typeof given.matches) => matches.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
    expect(sort(given.matches)).toEqual(sort(wanted.matches));
  });
  checkProperty(property, 200);
});

Deno.test("damaged KIS frames are never read past their end", async () => {
  const module = await engineModule();
  const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0x5e, 0x7c, 0x0a, 0x30, 0x39, 0xff)), {
    maxLength: 4,
  });
  const property = fc.property(
    fc.array(frame, { maxLength: 3 }),
    edits,
    fc.nat(),
    rules,
    (frames, edits, cut, rules) => {
      const whole = UTF8.encode(frames.join(""));
      const bytes = whole.slice(
        0,
        whole.length === 0 ? 0 : whole.length - (cut % 3 === 0 ? cut % whole.length : 0),
      );
      for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      const fresh = new Engine(module, options);
      const poisoned = new Engine(module, options);
      for (const byte of [0x5e, 0x39]) {
        const poison = new Uint8Array(bytes.length + 300).fill(byte);
        poisoned.evaluate({ framing: "kis", bytes: poison, fromOffset: 0 });
      }
      for (const each of [fresh, poisoned]) each.load(rules);
      const given = fresh.evaluate({ framing: "kis", bytes, fromOffset: 0 });
      expect(poisoned.evaluate({ framing: "kis", bytes, fromOffset: 0 })).toEqual(given);
    },
  );
  checkProperty(property, 200);
});
