import { expect } from "expect";
import fc from "fast-check";
import { InputError } from "../../src/core/errors.ts";
import { decodeTrade } from "../../src/market/decode_trade.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { type Trade, TRADE_KEYS } from "../../src/market/trade.ts";
import { Engine } from "../../src/engine/engine.ts";
import { engineModule } from "../support/engine_module.ts";
import { checkProperty } from "../support/property.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";
import { everyTrade } from "../support/rules.ts";
import { looseJson, mangled, trade } from "../support/trade_gen.ts";

const UTF8 = new TextEncoder();

const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  trade.map((each) => UTF8.encode(encodeTrade(each))),
  looseJson.map((text) => UTF8.encode(text)),
  mangled(trade.map(encodeTrade)),
  mangled(looseJson),
  mangled(deep()),
  fc.json({ maxDepth: 4 }).map((text) => UTF8.encode(text)),
);

/** Records of one layout, the first one good: the engine learns it and reads the others by it, or must not. */
const family: fc.Arbitrary<Uint8Array[]> = fc.oneof(trade.map(encodeTrade), looseJson).chain((text) =>
  fc.array(mangled(fc.constant(text)), { maxLength: 10 }).map((others) => [UTF8.encode(text), ...others])
);

/**
 * Members in an order of their own, of which one may be missing: more layouts than the engine keeps, and records that
 * begin like one and go on like another.
 */
const ordered: fc.Arbitrary<Uint8Array> = fc.tuple(
  trade,
  fc.constantFrom(0, 3, 5, 9, 12, 14),
  fc.nat(14),
  fc.option(fc.nat(14), { freq: 2 }),
).map(([each, first, swap, missing]) => {
  const members = TRADE_KEYS.map((key) => `${JSON.stringify(key)}:${JSON.stringify(each[key])}`);
  members.unshift(...members.splice(first));
  members.push(...members.splice(swap, 1));
  if (missing !== null) members.splice(missing, 1);
  return UTF8.encode(`{${members.join(",")}}`);
});

const mixed = fc.array(fc.oneof(ordered, mangled(trade.map(encodeTrade))), { maxLength: 60, size: "max" });

/** A trade with a value that nests about as deep as is allowed. */
function deep(): fc.Arbitrary<string> {
  const depth = fc.integer({ min: 60, max: 66 });
  return fc.tuple(trade, depth, fc.boolean()).map(([each, levels, objects]) => {
    const [open, close] = objects ? ['{"a":', "}"] : ["[", "]"];
    const nested = `${open?.repeat(levels)}${objects ? 1 : ""}${close?.repeat(levels)}`;
    return encodeTrade(each).replace("{", `{"nested":${nested},`);
  });
}

Deno.test("the engine takes and refuses the same records as the decoder, and reads the same numbers", async () => {
  const module = await engineModule();
  const rules = ["005930", "000660", "Q500001", "0001A0"].map(everyTrade);
  const property = fc.property(fc.oneof(family, fc.array(bytes, { maxLength: 10 }), mixed), (values) => {
    const engine = new Engine(module);
    for (const [offset, value] of values.entries()) {
      // Rules with new ids: each fires on the next trade of its symbol.
      engine.load(rules.map((rule) => ({ ...rule, id: `${rule.symbol}-${offset}` })));
      const result = engine.evaluate({
        framing: "records",
        bytes: frameRecords([{ offset, value }]),
        fromOffset: 0,
      });
      for (const rule of rules) engine.remove(`${rule.symbol}-${offset}`);
      const wanted = decoded(value);
      if (wanted instanceof InputError) {
        expect(result).toMatchObject({
          trades: 0,
          rejected: [{ code: "bad_trade", reason: wanted.message, bytes: value }],
        });
        continue;
      }
      const expected = Number((wanted.session ?? "0") !== "0" && wanted.halted === "N" && result.late === 0);
      const halted = Number(wanted.halted === "Y" && result.late === 0);
      expect(result).toMatchObject({ trades: 1, expected, halted, rejected: [] });
      const { symbol, eventTime, price, sign, change, rate, volume } = wanted;
      const fires = result.late + halted + expected === 0 && rules.some((rule) => rule.symbol === symbol);
      expect(result.matches).toMatchObject(
        fires ? [{ symbol, eventTime, price, sign, change, rate, volume }] : [],
      );
    }
  });
  checkProperty(property, 400);
});

Deno.test("what is encoded is decoded to the same trade", () => {
  checkProperty(
    fc.property(trade, (each) => {
      const given = Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined));
      expect(decodeTrade(UTF8.encode(encodeTrade(each)))).toEqual(given);
    }),
    500,
  );
});

function decoded(value: Uint8Array): Trade | InputError {
  try {
    return decodeTrade(value);
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown;
    throw thrown;
  }
}
