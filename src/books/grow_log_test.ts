import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { recipientKey, RECIPIENTS_PLACEMENT } from "../alerts/recipient_settings.ts";
import { encodeRule } from "../rules/codec.ts";
import { symbolsOf } from "../rules/rule.ts";
import { copiesOf, partitionsOf, placedOn } from "../rules/placements.ts";
import { allRecords, temporaryLog } from "../../tests/support/temporary_log.ts";
import { ruleOf } from "../../tests/support/rules.ts";
import { growLog } from "./grow_log.ts";
import { Gatherer } from "../../tests/support/gather.ts";
import type { RecordBatch } from "../ports/event_log.ts";

const SYMBOLS = ["005930", "000660", "035720", "005380", "051910", "207940", "068270", "105560"];
const PARTITIONS = 5;

Deno.test("everything goes to its symbol's partition, what is unread goes on, and nothing is handled twice", async () => {
  await using old = await temporaryLog(2);
  await using grown = await temporaryLog(PARTITIONS);
  const from = old.log;
  const to = grown.log;
  const single = SYMBOLS.map((symbol) => ruleOf({ value: "1", id: `r${symbol}`, symbol }));
  const several = ruleOf({
    value: "1",
    id: "several",
    symbol: null,
    symbols: [...SYMBOLS].sort().slice(0, 3),
  });
  const deleted = ruleOf({ value: "1", id: "deleted", symbol: "005930" });
  const ruleRecord = (rule: typeof deleted, placement: string, headers = {}) => ({
    topic: "rules" as const,
    key: rule.id,
    placement,
    value: encodeRule(rule),
    timestamp: 1,
    headers,
  });
  await from.append([
    ...single.map((rule) => ruleRecord(rule, rule.symbol as string)),
    ruleRecord(several, several.id),
    ...copiesOf(several, 2).map((partition) => ruleRecord(several, placedOn(partition, 2), { copy: "1" })),
    ruleRecord(deleted, "005930"),
    { topic: "rules", key: deleted.id, placement: "005930", value: null, timestamp: 2 },
  ]);
  const alert = (symbol: string, at: number) => {
    const value = encodeAlert({ ...alertFixture(), symbol, id: `${symbol}@${at}`, eventTime: at } as never);
    return { topic: "alerts" as const, key: symbol, value, timestamp: at };
  };
  await from.append(SYMBOLS.map((symbol) => alert(symbol, 10)));
  await from.append(SYMBOLS.map((symbol) => ({
    topic: "deliveries",
    key: `${symbol}@10 kim`,
    placement: symbol,
    value: JSON.stringify({ symbol }),
    timestamp: 11,
  })));
  const settings = recipientKey("kim@example.com");
  await from.append([
    { topic: "deliveries", key: settings, placement: RECIPIENTS_PLACEMENT, value: "{}", timestamp: 1 },
    { topic: "spent", key: "r005930", placement: "005930", value: "{}", timestamp: 1 },
    { topic: "spent", key: "several:000660", placement: "000660", value: "{}", timestamp: 1 },
  ]);
  await from.append(SYMBOLS.map((key) => ({ topic: "trades", key, value: "evaluated", timestamp: 20 })));
  const done = new Gatherer<RecordBatch>({ commits: true });
  for (const [group, topic] of [["stream", "trades"], ["notifier", "alerts"]] as const) {
    const count = done.batches.length;
    const member = await from.join(done.options(group, [topic]));
    await done.until(() => done.batches.slice(count).flatMap(({ records }) => records).length === 8, topic);
    await member.leave();
  }
  await from.append(
    SYMBOLS.flatMap((key) =>
      [30, 31].map((at) => ({ topic: "trades" as const, key, value: `left ${at}`, timestamp: at }))
    ),
  );
  await from.append(SYMBOLS.map((symbol) => alert(symbol, 40)));

  const taken = await growLog(from, to);
  expect(Object.fromEntries(taken)).toMatchObject({ alerts: 16, deliveries: 9, trades: 16, spent: 2 });
  const rules = (await allRecords(to, "rules")).filter(({ value }) => value !== null);
  for (const rule of [...single, several]) {
    const places = rules.filter(({ key }) => key === rule.id).map(({ partition }) => partition);
    expect([rule.id, places.sort()]).toEqual([rule.id, [...new Set(partitionsOf(rule, PARTITIONS))].sort()]);
    expect(symbolsOf(rule).length).toBeGreaterThan(0);
  }
  expect(rules.some(({ key }) => key === deleted.id)).toBe(false);
  for (const topic of ["alerts", "trades"] as const) {
    for (const { key, partition } of await allRecords(to, topic)) {
      expect([key, partition]).toEqual([key, await to.partitionOf(topic, key)]);
    }
  }
  const trades = await allRecords(to, "trades");
  for (const symbol of SYMBOLS) {
    const own = trades.filter(({ key }) => key === symbol);
    expect(own.map(({ value }) => new TextDecoder().decode(value ?? undefined))).toEqual([
      "left 30",
      "left 31",
    ]);
  }
  for (const { key, partition } of await allRecords(to, "deliveries")) {
    const placement = key === settings ? RECIPIENTS_PLACEMENT : key.slice(0, 6);
    expect(partition).toBe(await to.partitionOf("deliveries", placement));
  }
  for (const { key, partition } of await allRecords(to, "spent")) {
    expect(partition).toBe(await to.partitionOf("spent", key.slice(-6)));
  }
  const notifier = new Gatherer<RecordBatch>({ commits: true });
  const member = await to.join(notifier.options("notifier", ["alerts"]));
  await notifier.until(
    () => notifier.batches.flatMap(({ records }) => records).length === 8,
    "the alerts left",
  );
  await member.leave();
  expect(notifier.batches.flatMap(({ records }) => records).every(({ timestamp }) => timestamp === 40)).toBe(
    true,
  );
});
