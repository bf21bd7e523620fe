import { expect } from "expect";
import { systemClock } from "../core/clock.ts";
import { OutsideError } from "../core/errors.ts";
import { encodeTrade } from "../market/encode_trade.ts";
import type { EventLog, NewRecord } from "../ports/event_log.ts";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { tradeOf } from "../../tests/support/trades.ts";
import { until } from "../../tests/support/until.ts";
import { MarketHub } from "./market_hub.ts";

function record(price: number): NewRecord {
  return { topic: "trades", key: "005930", value: encodeTrade({ ...tradeOf(), price }), timestamp: 1 };
}

const NO_TRADES: readonly NewRecord[] = ["{not json", '{"kind":"time","eventTime":1}', "7"].map((value) => ({
  topic: "trades",
  key: "005930",
  value,
  timestamp: 1,
}));

Deno.test("what is no trade is passed over, live and when it is read again", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  const hub = new MarketHub({ log, clock: systemClock });
  const prices: number[] = [];
  const stop = hub.listen((trades) => prices.push(...trades.map(({ price }) => price)));
  try {
    await hub.ready();
    const begun = [...hub.positions];
    await log.append([record(70_000), ...NO_TRADES, record(70_100)]);
    await until(() => prices.length === 2, "two trades");
    const again: number[] = [];
    const ended = new AbortController().signal;
    for await (const { trades } of hub.between(begun, hub.positions, ended)) {
      again.push(...trades.map(({ price }) => price));
    }
    expect([prices, again]).toEqual([[70_000, 70_100], [70_000, 70_100]]);
  } finally {
    stop();
  }
});

Deno.test("trades that cannot be read are a failure for as long as that lasts, while somebody listens", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  let broken = true;
  const failing: EventLog = Object.assign(
    Object.create(log),
    {
      partitions: (topic) => log.partitions(topic),
      bounds: (topic, partition) => log.bounds(topic, partition),
      read: (options) => {
        if (broken) throw new OutsideError("not_allowed", "no right to read it", { retryable: true });
        return log.read(options);
      },
    } satisfies Partial<EventLog>,
  );
  const hub = new MarketHub({ log: failing, clock: systemClock });
  expect(hub.failure).toBeUndefined();
  let heard = 0;
  const stop = hub.listen((trades) => heard += trades.length);
  try {
    await until(() => hub.failure !== undefined, "the failure");
    expect(hub.failure).toBe("the topic trades is not read: no right to read it");
    broken = false;
    await log.append([record(70_000)]);
    await until(() => heard === 1 && hub.failure === undefined, "the end of the failure");
  } finally {
    stop();
  }
  expect(hub.failure).toBeUndefined();
});
