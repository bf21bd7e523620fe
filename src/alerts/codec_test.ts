import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { decodeAlert, encodeAlert } from "./codec.ts";
import { alertFixture } from "./fixture.ts";
import { alertMessage } from "./message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("an alert of a newer stream, with a measure that is not known here, is read and shown as text", () => {
  const conditions = [{ measure: "later", params: ["5m"], comparator: "gte", value: "3", measured: "3.1" }];
  const alert = alertFixture({ kind: "condition", comparator: null, value: null });
  const bytes = new TextEncoder().encode(JSON.stringify({ ...alert, conditions }));
  expect(alertMessage(decodeAlert(bytes)).text).toContain("later(5m) >= 3");
});

Deno.test("an alert that was written before conditions were kept has its shorthand's", () => {
  const { conditions: _, armed: _armed, on: _on, repeat: _repeat, ...old } = alertFixture();
  const read = decodeAlert(new TextEncoder().encode(JSON.stringify(old)));
  expect(read).toEqual(alertFixture());
});

Deno.test("an alert comes back as it was written", () => {
  const alert = alertFixture();
  expect(decodeAlert(bytes(encodeAlert(alert)))).toEqual(alert);
});

Deno.test("an alert with keys we do not know is read without them", () => {
  const text = JSON.stringify({ ...alertFixture(), colour: "red" });
  expect(decodeAlert(bytes(text))).toEqual(alertFixture());
});

for (
  const [name, record, reason] of [
    ["bytes that are not UTF-8", new Uint8Array([0xff, 0xfe, 0x00]), /not UTF-8/],
    ["a text that is not JSON", bytes('{"id":'), /must be an alert as JSON/],
    ["a JSON value that is not an object", bytes("[1,2]"), /expected object/],
    ["no bytes at all", new Uint8Array(), /as JSON/],
    ["a missing field", bytes(JSON.stringify({ ...alertFixture(), kind: undefined })), /kind:/],
    ["a number as a symbol", bytes(JSON.stringify({ ...alertFixture(), symbol: 5930 })), /symbol:/],
    [
      "a bad recipient",
      bytes(JSON.stringify({ ...alertFixture(), recipients: ["a@b.kr", 7] })),
      /recipients\[1\]/,
    ],
  ] as const
) {
  Deno.test(`${name} is refused with what was wrong`, () => {
    try {
      decodeAlert(record);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(InputError);
      expect((thrown as InputError).code).toBe("bad_alert");
      expect((thrown as Error).message).toMatch(reason);
      return;
    }
    throw new Error("was not refused");
  });
}
