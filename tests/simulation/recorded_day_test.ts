import { expect } from "expect";
import { Recorder } from "../../src/adapters/replay/recorder.ts";
import { ReplaySource } from "../../src/adapters/replay/replay_source.ts";
import { SimulatedMarket } from "../../src/adapters/simulator/market.ts";
import { systemClock } from "../../src/core/clock.ts";
import { LISTING } from "../../src/market/listing.ts";
import type { SourceEvent } from "../../src/ports/tick_source.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { allRecords, temporaryLog } from "../support/temporary_log.ts";

const START = Date.parse("2026-11-23T09:00:00+09:00");

/** Ten minutes of a market, recorded. */
async function recordDay(path: string): Promise<number> {
  const market = new SimulatedMarket({ listing: LISTING.slice(0, 50), seed: 3, now: START });
  const recorder = new Recorder({ path, maxBytes: 1 << 30 });
  let frames = 0;
  for (let second = 0; second < 600; second++) {
    const made: string[] = [];
    const now = START + second * 1000 + 137;
    market.frames(10, now, made);
    frames += made.length;
    const event = (frame: string): SourceEvent => ({
      type: "frame",
      bytes: new TextEncoder().encode(frame),
      receivedAt: now,
    });
    await recorder.write(made.map(event));
  }
  await recorder.close();
  return frames;
}

async function replay(path: string) {
  await using temporary = await temporaryLog();
  const source = new ReplaySource({ path, speed: Infinity, clock: systemClock });
  const producer = new Producer({ log: temporary.log, source, clock: systemClock, random: () => 0 });
  await producer.run(new AbortController().signal);
  const records = [
    ...await allRecords(temporary.log, "trades"),
    ...await allRecords(temporary.log, "quotes"),
  ];
  return records.map(({ topic, key, timestamp, value }) =>
    `${topic} ${key} ${timestamp} ${new TextDecoder().decode(value ?? undefined)}`
  );
}

Deno.test("a recorded market replays to the same records every time, order books on their own day", async () => {
  const path = `${await Deno.makeTempDir({ prefix: "tickbell-day-" })}/day.kis.gz`;
  const frames = await recordDay(path);
  const first = await replay(path);
  expect(first.length).toBeGreaterThan(frames);
  expect(await replay(path)).toEqual(first);
  const quotes = first.filter((record) => record.startsWith("quotes"));
  expect(quotes.length).toBeGreaterThan(1000);
  for (const quote of quotes) expect(Math.abs(Number(quote.split(" ")[2]) - START)).toBeLessThan(700_000);
  await Deno.remove(path);
});
