import { expect } from "expect";
import { makeAlert } from "../../src/alerts/make_alert.ts";
import { alertMessage } from "../../src/alerts/message.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { decodeFrame, joinFrame } from "../../src/market/kis/frame.ts";
import { writeStatus } from "../../src/market/kis/status_record.ts";
import { writeTrade } from "../../src/market/kis/trade_record.ts";
import { LISTING } from "../../src/market/listing.ts";
import { encodeMarketEvent, type StatusEvent } from "../../src/market/market_event.ts";
import type { Trade } from "../../src/market/trade.ts";
import { Engine } from "../../src/engine/engine.ts";
import { engineModule } from "../support/engine_module.ts";
import { frameRecords } from "../../src/engine/frame_records.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { Oracle } from "../../src/rules/evaluate.ts";
import { DEFAULT_WINDOW_MS, type Match } from "../../src/rules/evaluation.ts";
import { parseRule } from "../../src/rules/parse_rule.ts";
import { RECIPES } from "../../src/rules/recipes.ts";
import { referenceOf } from "../support/references.ts";
import { tradeOf } from "../support/trades.ts";

/** 10:00 in Seoul on a trading day. */
const T0 = Date.parse("2026-11-23T10:00:00+09:00");
const BASE = 50_000;

const MINUTE = 60_000;

/** Trades so many minutes apart. */
function minutes(count: number, apart: number, trade: (at: number) => Partial<Trade>): Partial<Trade>[] {
  return Array.from({ length: count }, (_, at) => ({ eventTime: T0 + at * apart * MINUTE, ...trade(at) }));
}

/** What happens to a recipe's symbol: a trade, or a change of its status. */
type Step = Partial<Trade> | { readonly status: Pick<StatusEvent, "halted" | "vi"> };

/** For each recipe what does not fire it, what then does, and what the mail says of it. */
const STEPS: Readonly<
  Record<string, { readonly quiet: readonly Step[]; readonly fires: Step; readonly says: string }>
> = {
  "target": {
    quiet: [{ price: 69_900 }, { price: 70_000 }],
    fires: { price: 70_100 },
    says: "현재가가 70,000원 초과",
  },
  "stop-loss": {
    quiet: [{ price: 60_500 }, { price: 60_000 }],
    fires: { price: 59_900 },
    says: "현재가가 60,000원 미만",
  },
  "rise": { quiet: [{ rate: 4.99 }], fires: { rate: 5 }, says: "상승률이 5% 이상" },
  "fall": { quiet: [{ rate: -2.99 }], fires: { rate: -3 }, says: "하락률이 3% 이상" },
  "either-way": { quiet: [{ rate: 4.9 }], fires: { rate: -5.1 }, says: "등락률(상승·하락 모두)이 5% 이상" },
  "surge-with-value": {
    quiet: [{ price: 52_500, accValue: 9_999_999_999 }, { price: 52_400, accValue: 10_000_000_000 }],
    fires: { price: 52_500, accValue: 10_000_000_001 },
    says: "측정값: 시가 대비 등락률 5%, 거래대금 100억원",
  },
  "gap": { quiet: [{ open: 51_400 }], fires: { open: 51_500 }, says: "시가 갭이 3% 이상" },
  "from-day-high": {
    quiet: [{ price: 48_600, high: 50_000 }],
    fires: { price: 48_500, high: 50_000 },
    says: "당일 고가 대비 등락률이 -3% 이하",
  },
  "from-day-low": {
    quiet: [{ price: 52_400, low: 50_000 }],
    fires: { price: 52_500, low: 50_000 },
    says: "당일 저가 대비 등락률이 5% 이상",
  },
  "new-day-high": {
    quiet: [{ price: 50_000 }, { price: 50_000 }],
    fires: { price: 50_100 },
    says: "당일 신고가",
  },
  "new-year-high": { quiet: [{ price: 60_000 }], fires: { price: 60_100 }, says: "52주 신고가" },
  "from-year-high": {
    quiet: [{ price: 48_100 }],
    fires: { price: 48_000 },
    says: "52주 고가 대비 등락률이 -20% 이하",
  },
  "average": { quiet: [{ price: 49_900 }], fires: { price: 50_100 }, says: "20일 이동평균 이격률이 0% 초과" },
  "upper-limit": {
    quiet: [{ price: 64_900, sign: "2" }],
    fires: { price: 65_000, sign: "1" },
    says: "상한가 도달",
  },
  "limit-left": { quiet: [{ sign: "1" }], fires: { sign: "2" }, says: "상한가 풀림" },
  "vi": {
    quiet: [{ price: 54_900 }],
    fires: { status: { vi: "Y", halted: "N" } },
    says: "VI 발동",
  },
  "resumed": {
    quiet: [{ price: 50_000 }, { status: { vi: "N", halted: "Y" } }],
    fires: { status: { vi: "N", halted: "N" } },
    says: "거래 재개",
  },
  "volume": {
    quiet: [{ previousVolumeRate: 299.9 }],
    fires: { previousVolumeRate: 300 },
    says: "전일 동시간 대비 거래량이 300% 이상",
  },
  "strength": {
    quiet: [{ rate: 2.5, strength: 149 }, { rate: 1.9, strength: 160 }],
    fires: { rate: 2, strength: 150 },
    says: "측정값: 체결강도 150%",
  },
  "large-trade": {
    quiet: [{ price: 50_000, volume: 9_999 }],
    fires: { price: 50_000, volume: 10_000 },
    says: "체결 대금이 5억원 이상",
  },
  "surge-in-minutes": {
    quiet: minutes(40, 1, () => ({ price: 50_000, volume: 100 })),
    fires: { eventTime: T0 + 40 * MINUTE, price: 51_500, volume: 2_500 },
    says: "측정값: 5분간 변동률 3%, 5분간 거래량 배수 5.8배",
  },
  "rsi-low": {
    quiet: minutes(120, 1, (at) => ({ price: at % 2 === 0 ? 50_000 : 50_100 })),
    fires: { eventTime: T0 + 120 * MINUTE, price: 48_000 },
    says: "1분봉 RSI(14)",
  },
  "minute-average": {
    quiet: minutes(24, 5, () => ({ price: 49_900 })),
    fires: { eventTime: T0 + 120 * MINUTE, price: 50_100 },
    says: "5분봉 20 이동평균 이격률이 0% 초과",
  },
  "any-of-kosdaq": { quiet: [{ rate: 9.99 }], fires: { rate: 10 }, says: "상승률이 10% 이상" },
  "watch-list": { quiet: [{ rate: -4.9 }], fires: { rate: -5 }, says: "하락률이 5% 이상" },
};

const directory = new SymbolDirectory(LISTING);
const utf8 = new TextEncoder();

for (const { id, ko, rule } of RECIPES) {
  Deno.test(`the recipe ${id} fires on the frame that meets it, and its mail says so: ${ko}`, async () => {
    const draft = parseRule({ ...rule, recipients: ["kim@example.com"] });
    const symbol = draft.symbol ?? (draft.market === null ? "005930" : "247540");
    const stored: Rule = {
      ...draft,
      id,
      tenant: "default",
      version: 1,
      armed: 1,
      armedAt: T0 - 1,
      createdAt: T0 - 1,
      updatedAt: T0 - 1,
    };
    const reference = referenceOf(symbol, {
      date: "20261123",
      market: draft.market === "KOSDAQ" ? "KOSDAQ" : "KOSPI",
      listedOn: "20260101",
      candles: Array.from({ length: 30 }, (_, index) => ({
        date: `202610${String(index + 1).padStart(2, "0")}`,
        open: BASE,
        high: index === 5 ? 60_000 : 55_000,
        low: 45_000,
        close: BASE,
        volume: 1,
      })),
    });
    const engine = new Engine(await engineModule());
    const oracle = new Oracle();
    for (const each of [engine, oracle]) {
      each.setReference(reference);
      each.put(stored);
    }
    const { quiet, fires, says } = STEPS[id]!;
    const run = (step: Step, at: number): readonly Match[] => {
      const record = { offset: at, value: utf8.encode(recordOf(step, symbol, timeOf(step, at))) };
      const batch = { framing: "records", bytes: frameRecords([record]), fromOffset: at } as const;
      const { matches } = engine.evaluate(batch);
      expect(matches.length).toBe(oracle.evaluate([record]).matches.length);
      return matches;
    };
    quiet.forEach((step, at) => expect([step, run(step, at).length]).toEqual([step, 0]));
    const [match] = run(fires, quiet.length);
    expect(match?.rule.id).toBe(id);
    const { subject, text } = alertMessage(makeAlert(match!, DEFAULT_WINDOW_MS, directory));
    expect(text).toContain(says);
    expect(subject).toContain(directory.get(symbol)!.name);
    expect(text).not.toMatch(/undefined|NaN/);
  });
}

Deno.test("every recipe is run", () => {
  expect(RECIPES.map(({ id }) => id)).toEqual(Object.keys(STEPS));
  expect(RECIPES.length).toBeGreaterThanOrEqual(20);
});

function timeOf(step: Step, at: number): number {
  return "eventTime" in step ? step.eventTime as number : T0 + at * 1_000;
}

/** The record that the producer writes for a frame of the feed. */
function recordOf(step: Step, symbol: string, at: number): string {
  if ("status" in step) {
    const { halted, vi } = step.status as Pick<StatusEvent, "halted" | "vi">;
    const status: StatusEvent = { kind: "status", symbol, eventTime: at, halted, vi };
    const { statuses } = decodeFrame(utf8.encode(joinFrame("H0STMKO0", [writeStatus(status)])), at);
    return encodeMarketEvent(statuses[0]!);
  }
  const price = step.price ?? Math.round(BASE * (1 + (step.rate ?? 0) / 100));
  const change = price - BASE;
  const trade = tradeOf({
    symbol,
    eventTime: at,
    price,
    change,
    rate: Math.round(change / BASE * 10_000) / 100,
    sign: change > 0 ? "2" : change < 0 ? "5" : "3",
    open: BASE,
    high: Math.max(price, BASE),
    low: Math.min(price, BASE),
    accValue: 1,
    ...step,
  });
  const { trades, refused } = decodeFrame(utf8.encode(joinFrame("H0STCNT0", [writeTrade(trade)])), at);
  expect(refused).toEqual([]);
  return encodeTrade(trades[0]!);
}
