import { expect } from "expect";
import { MAX_UNITS } from "../src/market/decimal.ts";
import { MAX_DEPTH, MAX_EVENT_TIME } from "../src/market/decode_trade.ts";
import { engineModule } from "../tests/support/engine_module.ts";
import * as layout from "./layout.ts";

Deno.test("the module imports nothing and exports what src/engine/module.ts names", async () => {
  const module = await engineModule();
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  expect(WebAssembly.Module.exports(module).map(({ name }) => name).sort()).toEqual([
    "addLane",
    "addMeasure",
    "addSymbolCode",
    "advanceTo",
    "beginLoad",
    "clearExtra",
    "closeCandles",
    "countAlert",
    "endLoad",
    "fillFromItems",
    "forgetWindows",
    "insertRule",
    "keep",
    "lookBackAddress",
    "markKeyed",
    "matchesAddress",
    "memory",
    "open",
    "putRule",
    "reachMinute",
    "rejectsAddress",
    "removeRule",
    "reserveInput",
    "reserveRules",
    "restoreCandle",
    "restoreFired",
    "run",
    "runStatus",
    "sessionsAddress",
    "setArmedAt",
    "setClass",
    "setDay",
    "setExtra",
    "setMarkets",
    "setReference",
    "start",
    "stateAddress",
    "takeCandles",
    "takeRule",
    "warmUp",
    "warmUpTo",
    "writeLateCandles",
  ]);
});

Deno.test("the layout's limits are those of the market's vocabulary", () => {
  expect(layout.MAX_UNITS).toBe(MAX_UNITS);
  expect(layout.MAX_EVENT_TIME).toBe(MAX_EVENT_TIME);
  expect(layout.MAX_DEPTH).toBe(MAX_DEPTH);
  expect(layout.MAX_EXACT).toBe(Number.MAX_SAFE_INTEGER);
  expect(layout.SEGMENT_SIZE * layout.TEMPLATE_SEGMENTS).toBe(layout.TEMPLATE_SIZE);
});
