import { expect } from "expect";
import { feedSettings } from "./feed.ts";

Deno.test("holidays are days, with a minus for one that is none; anything else is refused", () => {
  const { schema } = feedSettings.holidays;
  expect(schema.parse("20270503, -20270719")).toEqual(["20270503", "-20270719"]);
  for (const text of ["2026-11-23", "2026-1123", "20261399", "tomorrow"]) {
    expect([text, schema.safeParse(text).success]).toEqual([text, false]);
  }
});
