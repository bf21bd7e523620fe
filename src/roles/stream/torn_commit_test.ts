import { expect } from "expect";
import { allRecords, temporaryLog } from "../../../tests/support/temporary_log.ts";
import { engineModule } from "../../../tests/support/engine_module.ts";
import { tradeOf } from "../../../tests/support/trades.ts";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { frameRecords } from "../../engine/frame_records.ts";
import { SymbolDirectory } from "../../market/directory.ts";
import { encodeTrade } from "../../market/encode_trade.ts";
import { decodeCandle } from "../../market/minute_candle_codec.ts";
import type { Committed, EventLog, JoinOptions, Membership, RawBatch } from "../../ports/event_log.ts";
import { Stream } from "./stream.ts";
import { within } from "../../../tests/support/gather.ts";

const NINE = Date.parse("2026-11-23T09:00:00+09:00");
const values = [10_000, 50_000, 70_000, 80_000, 130_000].map((after, each) =>
  new TextEncoder().encode(encodeTrade(tradeOf({ eventTime: NINE + after, volume: 1 + each })))
);

/** The trade at an offset, as a batch of its own. */
function batchAt(offset: number): RawBatch {
  const bytes = frameRecords([{ offset, value: values[offset]! }]);
  return {
    topic: "trades",
    partition: 0,
    framing: "records",
    bytes,
    fromOffset: offset,
    nextOffset: offset + 1,
  };
}

/** A stream's work on the partition, from where the last one was committed. */
async function workOn(log: EventLog, committed: Committed | null) {
  const given = Promise.withResolvers<JoinOptions<RawBatch>>();
  const left = Promise.withResolvers<void>();
  const membership: Membership = { assignments: [], done: left.promise, leave: () => left.promise };
  const joinRaw = (options: JoinOptions<RawBatch>) => {
    given.resolve(options);
    return Promise.resolve(membership);
  };
  const stream = new Stream({
    log: over(log, { joinRaw }),
    module: await engineModule(),
    directory: new SymbolDirectory([]),
    clock: systemClock,
    random: Math.random,
    // The first batch is committed, and what is left when it ends.
    commitMs: 3_600_000,
  });
  const running = stream.run(new AbortController().signal);
  const stop = new AbortController();
  let newest = committed;
  const commit = (position: Committed) => {
    newest = position;
    return Promise.resolve();
  };
  const task = await (await within(given.promise, "the stream to join")).assigned({
    topic: "trades",
    partition: 0,
    committed,
    signal: stop.signal,
    commit,
  });
  return {
    task,
    stop,
    async end(): Promise<Committed | null> {
      await task.revoke();
      left.resolve();
      await running;
      return newest;
    },
  };
}

function over(log: EventLog, members: Partial<EventLog>): EventLog {
  return new Proxy(log, {
    get(target, name) {
      const value = Reflect.get(members, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

for (const retryable of [true, false]) {
  const how = retryable ? "was taken away" : "failed";
  Deno.test(`a minute that could not be written before the partition ${how} is whole when the next one writes it`, async () => {
    await using temporary = await temporaryLog(1);
    const { log } = temporary;
    // What a restart reads again of the minute that forms.
    await log.append(values.map((value) => ({ topic: "trades", key: "005930", value, timestamp: NINE })));
    let stop = new AbortController();
    const appendPack: EventLog["appendPack"] = () => {
      stop.abort();
      return Promise.reject(new OutsideError("away", "the candles' leader is away", { retryable }));
    };
    const first = await workOn(over(log, { appendPack }), null);
    for (const offset of [0, 1]) await first.task.handle(batchAt(offset));
    stop = first.stop;
    await first.task.handle(batchAt(2)).catch(() => {});
    const committed = await first.end();
    const second = await workOn(log, committed);
    for (let offset = committed?.offset ?? 0; offset < values.length; offset++) {
      await second.task.handle(batchAt(offset));
    }
    await second.end();
    const candles = (await allRecords(log, "candles")).map(({ value }) => decodeCandle(value!));
    expect(candles.map(({ start, volume }) => [start, volume])).toEqual([[NINE, 3], [NINE + 60_000, 7]]);
  });
}
