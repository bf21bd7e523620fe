import { ruleOf } from "../../tests/support/rules.ts";
import { expect } from "expect";
import type { z } from "zod";
import { encodeAlert } from "../../src/alerts/codec.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { encodeDelivery, newDelivery } from "../../src/alerts/ledger.ts";
import { SimulatedMarket } from "../../src/adapters/simulator/market.ts";
import { LISTING } from "../../src/market/listing.ts";
import { Intake } from "../../src/roles/producer/intake.ts";
import { ProducerStats } from "../../src/roles/producer/stats.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { TOPIC_SCHEMAS } from "./asyncapi_schemas.ts";

function schemaOf(topic: string): z.ZodType {
  return TOPIC_SCHEMAS.find((one) => one.topic === topic)?.payload as z.ZodType;
}

function accepts(topic: string, json: string): void {
  expect([topic, schemaOf(topic).safeParse(JSON.parse(json)).error?.issues]).toEqual([topic, undefined]);
}

Deno.test("what the producer publishes is what the document says", async () => {
  const intake = new Intake({ source: "test", maxAheadMs: 120_000 }, new ProducerStats());
  const frames = (await Deno.readTextFile(new URL("../../tests/fixtures/kis_frames.txt", import.meta.url)))
    .split(
      "\n",
    )
    .slice(0, 3);
  const now = Date.parse("2026-11-23T10:00:00+09:00");
  const market = new SimulatedMarket({ listing: LISTING, seed: 1, now });
  for (let second = 0; second < 60; second++) market.frames(20, now + second * 1000, frames);
  let published = 0;
  for (const frame of frames) {
    const bytes = new TextEncoder().encode(frame);
    for (const record of intake.records({ type: "frame", bytes, receivedAt: now }, now)) {
      expect(record.topic).not.toBe("deadletter");
      accepts(record.topic, record.value as string);
      published++;
    }
  }
  expect(published).toBeGreaterThan(1200);
});

Deno.test("a trade with a price as text, or without its time, is not what the document says", () => {
  const trade = { symbol: "005930", eventTime: 1, price: "71950" };
  expect(schemaOf("trades").safeParse(trade).success).toBe(false);
});

Deno.test("rules, alerts and deliveries are what the document says", () => {
  accepts(
    "rules",
    encodeRule(ruleOf({
      id: "a",
      tenant: "default",
      symbol: "Q530036",
      kind: "change_rate",
      comparator: "gte",
      value: "1.9",
      direction: "either",
      recipients: ["a@example.com"],
      channels: ["mail"],
      locale: "ko",
      note: "",
      labels: { team: "x" },
      enabled: true,
      expiresAt: null,
      version: 1,
      createdAt: 1,
      updatedAt: 1,
    })),
  );
  accepts(
    "rules",
    encodeRule(ruleOf({
      symbol: null,
      symbols: ["000660", "005930"],
      kind: "condition",
      comparator: null,
      value: null,
      conditions: [{ measure: "new_high", params: ["52w"], comparator: "gte", value: 1 }],
      on: "crossing",
      repeat: "once",
      sessions: ["regular"],
      maxAlertsPerDay: 200,
      armed: 3,
      armedAt: 5,
    })),
  );
  const alert = alertFixture();
  accepts("alerts", encodeAlert(alert));
  accepts(
    "deliveries",
    encodeDelivery(newDelivery(alert, "kim@example.com", { at: 1, origin: "alerts/0/1" })),
  );
});
