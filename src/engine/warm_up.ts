import { encodeTrade } from "../market/encode_trade.ts";
import type { Trade } from "../market/trade.ts";
import type { Rule } from "../rules/rule.ts";
import type { Engine } from "./engine.ts";
import { frameRecordBatch, frameRecords } from "./framing.ts";

const BATCHES = 20;
const TRADES = 500;
const BATCH_APART_MS = 60_000;

const RULE: Rule = {
  id: "warm-up",
  symbol: "000000",
  kind: "target_price",
  comparator: "gte",
  value: "1000",
  direction: null,
  recipients: [],
  channels: [],
  locale: "en",
  note: "",
  labels: {},
  tenant: "",
  enabled: true,
  expiresAt: null,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
};

/** Gives an engine rules and trades of no meaning, enough for the machine code to be optimised. */
export function warmUp(engine: Engine): void {
  engine.load(Array.from({ length: 100 }, (_, index) => ({ ...RULE, id: `${RULE.id}-${index}` })));
  for (let batch = 0; batch < BATCHES; batch++) {
    const trades = Array.from({ length: TRADES }, (_, index) => tradeAt(batch, index));
    const values = trades.map((trade) => new TextEncoder().encode(encodeTrade(trade)));
    engine.evaluate({ framing: "records", bytes: frameRecords(values), fromOffset: 0 });
    engine.evaluate({ framing: "record-batch-v2", bytes: frameRecordBatch(values), fromOffset: 0 });
    engine.put({ ...RULE, value: String(1000 + batch) });
  }
}

function tradeAt(batch: number, index: number): Trade {
  const price = 900 + ((batch * 37 + index * 7) % 200);
  return {
    symbol: index % 2 === 0 ? RULE.symbol : "000001",
    eventTime: batch * BATCH_APART_MS + index,
    price,
    sign: "2",
    change: price - 1000,
    rate: Math.round((price - 1000) / 10),
    open: 1000,
    high: 1100,
    low: 900,
    volume: index,
    accVolume: index * index,
    accValue: index * 1_000_000,
    ask: price + 1,
    bid: price,
    halted: "N",
  };
}
