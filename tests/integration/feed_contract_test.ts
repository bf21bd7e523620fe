/** What the feed's reader promises of KIS's frames: every TR that is read, of every width since 2022, all values equal. */
import { expect } from "expect";
import { FRAME_KINDS } from "../../src/market/kis/fields.ts";
import { lostValues } from "../support/frame_values.ts";

const FRAMES = await Deno.readTextFile(new URL("../fixtures/kis_widths.txt", import.meta.url));
const NOON = Date.parse("2026-11-30T12:00:00+09:00");

Deno.test("every value of a frame of every TR and width stands in what is read of it", () => {
  const counts = [...FRAMES.matchAll(/^0\|\w{8}\|(\d{3})\|/gm)].map(([, count]) => Number(count));
  expect(counts.length).toBeGreaterThan(30);
  expect(lostValues(FRAMES, NOON)).toEqual({
    lost: [],
    records: counts.reduce((sum, count) => sum + count, 0),
  });
});

Deno.test("every TR that is read is among them", () => {
  const trs = new Set(FRAMES.split("\n").map((line) => line.split("|")[1]));
  expect(Object.keys(FRAME_KINDS).filter((trId) => !trs.has(trId))).toEqual([]);
});
