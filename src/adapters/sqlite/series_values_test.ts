import { expect } from "expect";
import fc from "fast-check";
import { decodeValues, encodeValues } from "./series_values.ts";

const scalar = fc.oneof(
  fc.nat({ max: 200 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -1e9, max: 1e9 }).map((hundredths) => hundredths / 100),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("regular", "20", "Y", "\ud800", "\u0000", "코스피", "x".repeat(400)),
);
const value = fc.oneof(
  scalar,
  fc.array(fc.array(scalar, { maxLength: 3 }), { maxLength: 10 }),
  fc.array(fc.nat(), { minLength: 60, maxLength: 70 }),
  fc.dictionary(fc.string(), scalar),
);

Deno.test("values come back as JSON would bring them back, whatever they are", () => {
  fc.assert(fc.property(fc.array(value, { maxLength: 40 }), (values) => {
    const text = encodeValues(values);
    expect(text).not.toContain("\0");
    expect(text.isWellFormed()).toBe(true);
    expect(decodeValues(text)).toEqual(JSON.parse(JSON.stringify(values)));
    expect(decodeValues(`ab${text}`, 2)).toEqual(decodeValues(text));
  }));
});

Deno.test("a trade's values take half of what their JSON does", () => {
  const values = [
    0,
    "000250",
    1_796_088_131_000,
    173_900,
    "2",
    500,
    0.29,
    0,
    0,
    0,
    92,
    0,
    0,
    173_400,
    173_300,
  ];
  values.push("N", "B", "3", 0, 0, 173_400, 0, 0, 0, 0, 0, "10", "regular");
  expect(encodeValues(values).length).toBeLessThan(JSON.stringify(values).length / 2);
});
