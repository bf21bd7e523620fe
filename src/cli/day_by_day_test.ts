import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { encodeReference } from "../market/reference_codec.ts";
import type { SourceEvent, TickSource } from "../ports/tick_source.ts";
import { DayByDay } from "./day_by_day.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function trade(name: string): SourceEvent {
  return { type: "trade", bytes: bytes(name), receivedAt: 0 };
}

function reference(symbol: string, date: string): SourceEvent {
  return { type: "reference", bytes: bytes(encodeReference(referenceOf(symbol, { date }))), receivedAt: 0 };
}

function sourceOf(batches: readonly (readonly SourceEvent[])[]): TickSource {
  return {
    name: "replay",
    async *events() {
      yield* batches;
    },
    status: () => ({ state: "open", detail: "" }),
  };
}

Deno.test("what is known of another day is handed over when all before it has been evaluated, and nothing else waits", async () => {
  const source = sourceOf([
    [reference("005930", "20261123"), reference("000660", "20261123"), trade("a")],
    [trade("b"), reference("005930", "20261124"), trade("c")],
    [reference("000660", "20261124"), { type: "reference", bytes: bytes("{}"), receivedAt: 0 }, trade("d")],
  ]);
  const seen: (string | number)[] = [];
  const evaluated = () => {
    seen.push("wait");
    return Promise.resolve();
  };
  for await (const batch of new DayByDay(source, evaluated).events(AbortSignal.timeout(10_000))) {
    seen.push(batch.length);
  }
  expect(seen).toEqual(["wait", 3, 1, "wait", 2, 3]);
});

Deno.test("whoever stops while it waits hands nothing more over", async () => {
  const stop = new AbortController();
  const source = sourceOf([[trade("a"), reference("005930", "20261124"), trade("b")]]);
  const evaluated = () => {
    stop.abort();
    return Promise.resolve();
  };
  const seen: number[] = [];
  for await (const batch of new DayByDay(source, evaluated).events(stop.signal)) seen.push(batch.length);
  expect(seen).toEqual([1]);
});
