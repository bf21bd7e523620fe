import type { Trade } from "../market/trade.ts";
import type { ShownAlert } from "./api/types.ts";
import type { Listed } from "./state/market.ts";

/** A trade for tests. */
export function trade(given: Partial<Trade> = {}): Trade {
  return {
    symbol: "005930",
    eventTime: Date.UTC(2026, 10, 23, 0, 47, 51),
    price: 71_950,
    sign: "2",
    change: 1_350,
    rate: 1.91,
    open: 71_000,
    high: 72_300,
    low: 70_600,
    volume: 12,
    accVolume: 8_305_216,
    accValue: 595_403_999_350,
    ask: 72_000,
    bid: 71_900,
    halted: "N",
    ...given,
  };
}

/** A listed symbol for tests. */
export function listed(symbol: string, name: string, nameEn = ""): Listed {
  return { symbol, name, nameEn, market: "KOSPI", type: "stock", basePrice: 70_600 };
}

/** An alert for tests. */
export function alert(given: Partial<ShownAlert> = {}): ShownAlert {
  return {
    id: "r1@1795392000000",
    ruleId: "r1",
    kind: "target_price",
    comparator: "gte",
    value: "71950",
    ruleDirection: null,
    conditions: [{ measure: "price", params: [], comparator: "gte", value: 71_900 }],
    on: "level",
    armed: 1,
    windowEnd: Date.UTC(2026, 10, 23, 1),
    symbol: "005930",
    name: "삼성전자",
    nameEn: "Samsung Electronics",
    price: 71_950,
    rate: 1.91,
    change: 1_350,
    eventTime: Date.UTC(2026, 10, 23, 0, 47, 51),
    recipients: ["kim@example.com", "lee@example.com"],
    note: "",
    deliveries: [],
    ...given,
  };
}
