import { expect } from "expect";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { withControl } from "../../tests/support/control.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { alertFixture } from "../alerts/fixture.ts";
import type { EventLog, NewRecord, RecordBatch } from "../ports/event_log.ts";
import { until } from "../../tests/support/until.ts";
import { adoptUnsealed } from "./adopt_unsealed.ts";
import { SEAL_HEADER, SealedLog, Seals } from "./sealed_log.ts";

const key = (fill: number) => new Uint8Array(16).fill(fill);
const OLD = { id: "2025", key: key(1) };
const NEW = { id: "2026", key: key(2) };
const record = (value: string, more: Partial<NewRecord> = {}): NewRecord => ({
  topic: "rules",
  key: "r",
  placement: "005930",
  value,
  timestamp: 1,
  ...more,
});

async function valuesOf(log: EventLog, topic: "rules" | "trades" = "rules"): Promise<string[]> {
  const values: string[] = [];
  const partition = await log.partitionOf(topic, "005930");
  const { start, end } = await log.bounds(topic, partition);
  for await (const batch of log.read({ topic, partition, from: start, to: end })) {
    values.push(...batch.records.map(({ value }) => new TextDecoder().decode(value ?? undefined)));
  }
  return values;
}

Deno.test("records with our seal alone are believed, whatever was forged: value, key, headers, topic, seal", async () => {
  await using opened = await temporaryLog(1);
  const { log } = opened;
  const sealed = new SealedLog(log, new Seals({ keys: [NEW] }));
  await sealed.append([record("good", { headers: { base: "1" } })]);
  let seal = "";
  for await (const batch of log.read({ topic: "rules", partition: 0, from: 0, to: 1 })) {
    seal = batch.records[0]!.headers[SEAL_HEADER]!;
  }
  expect(seal).toMatch(/^2026\.[\w-]{22}$/);
  const headers = { base: "1", [SEAL_HEADER]: seal };
  await log.append([
    record("bad", { key: "k1", headers }),
    record("good", { key: "k2", headers }),
    record("good", { key: "k3", headers: { ...headers, base: "2" } }),
    record("good", { key: "k4" }),
    record("good", { key: "k5", headers: { [SEAL_HEADER]: "2026." } }),
    record("good", { key: "k6", headers: { [SEAL_HEADER]: `other.${seal.slice(5)}` } }),
    record("good", { topic: "deliveries", headers }),
    // A tombstone: it would end the rule.
    record("", { key: "k8", value: null, headers }),
    record("", { key: "k9", value: null }),
  ]);
  expect(await valuesOf(sealed)).toEqual(["good"]);
  expect(sealed.refused).toBe(8);
  expect(sealed.health().detail).toContain("8 records without our seal");
  // The very record, made from another version: its headers count, too.
  await log.append([record("good", { headers: { ...headers, base: "2" } })]);
  expect(await valuesOf(sealed)).toEqual([]);
});

Deno.test("market data is nobody's power, and passes as it is", async () => {
  await using opened = await temporaryLog(1);
  const sealed = new SealedLog(opened.log, new Seals({ keys: [NEW] }));
  await opened.log.append([record("{}", { topic: "trades" })]);
  expect(await valuesOf(sealed, "trades")).toEqual(["{}"]);
  expect(() => sealed.joinRaw({ group: "g", topics: ["rules"], assigned: () => Promise.reject() })).toThrow(
    "decoded",
  );
});

Deno.test("keys follow one another: what the old one sealed is believed while it is named", async () => {
  await using opened = await temporaryLog(1);
  const { log } = opened;
  await new SealedLog(log, new Seals({ keys: [OLD] })).append([record("old", { key: "a" })]);
  const both = new SealedLog(log, new Seals({ keys: [NEW, OLD] }));
  await both.append([record("new", { key: "b" })]);
  expect(await valuesOf(both)).toEqual(["old", "new"]);
  const alone = new Seals({ keys: [NEW] });
  expect(await valuesOf(new SealedLog(log, alone))).toEqual(["new"]);
  // Sealed anew by the new key, the old one's records outlive it; a forged one is not taken up.
  await log.append([
    record("forged", { key: "c", headers: { [SEAL_HEADER]: "2025.AAAAAAAAAAAAAAAAAAAAAA" } }),
  ]);
  expect([...await adoptUnsealed(log, new Seals({ keys: [NEW, OLD] }))][0]).toEqual(["rules", 1]);
  expect((await valuesOf(new SealedLog(log, alone))).sort()).toEqual(["new", "old"]);
});

Deno.test("old topics are adopted: unsealed records are sealed where they stand, in every partition", async () => {
  await using opened = await temporaryLog(3);
  const { log } = opened;
  const symbols = ["005930", "000660", "035720", "068270", "207940"];
  await log.append(
    symbols.map((symbol) =>
      record(symbol, { key: `r-${symbol}`, placement: symbol, headers: { base: "1" } })
    ),
  );
  await log.append([record("k", { topic: "control", key: "key/1" })]);
  const seals = new Seals({ keys: [NEW] });
  const strict = new SealedLog(log, seals);
  const mild = new SealedLog(log, new Seals({ keys: [NEW], acceptUnsealed: true }));
  expect(await valuesOf(strict)).toEqual([]);
  expect(await valuesOf(mild)).toContain("005930");
  expect([...await adoptUnsealed(log, seals)]).toEqual([["rules", 5], ["control", 1], ["deliveries", 0]]);
  expect([...await adoptUnsealed(log, seals)].map(([, count]) => count)).toEqual([0, 0, 0]);
  const found: string[] = [];
  for (const symbol of symbols) {
    const partition = await log.partitionOf("rules", symbol);
    const { start, end } = await log.bounds("rules", partition);
    for await (const batch of strict.read({ topic: "rules", partition, from: start, to: end })) {
      for (const { key: name, headers } of batch.records) {
        if (name === `r-${symbol}`) found.push(`${name} ${headers.base}`);
      }
    }
  }
  expect(found).toEqual(symbols.map((symbol) => `r-${symbol} 1`));
});

Deno.test("whoever can only write to topics makes no alert that a member is handed, and no key that opens the API", async () => {
  await using opened = await temporaryLog(1);
  const { log } = opened;
  const sealed = new SealedLog(log, new Seals({ keys: [NEW] }));
  const forged = alertFixture({ id: "forged@0", symbol: "005930" });
  const real = alertFixture({ id: "real@0", symbol: "005930" });
  await log.append([record(encodeAlert(forged), { topic: "alerts", key: "005930" })]);
  await sealed.append([record(encodeAlert(real), { topic: "alerts", key: "005930" })]);
  const handed: string[] = [];
  const member = await sealed.join({
    group: "notifier",
    topics: ["alerts"],
    assigned: () =>
      Promise.resolve({
        handle: (batch: RecordBatch) => {
          handed.push(...batch.records.map(({ value }) => JSON.parse(new TextDecoder().decode(value!)).id));
          return Promise.resolve();
        },
        revoke: () => Promise.resolve(),
      }),
  });
  await until(() => handed.length > 0, "the alert");
  await member.leave();
  expect(handed).toEqual(["real@0"]);
  await withControl(async (test) => {
    const made = (await test.json("POST", "/v1/keys", { name: "real", scopes: ["admin"] })).body;
    const auth = { authorization: `Bearer ${made.key}` };
    expect((await test.request("GET", "/v1/rules", undefined, auth)).status).toBe(200);
    const { end } = await log.bounds("control", 0);
    for await (const batch of log.read({ topic: "control", partition: 0, from: 0, to: end })) {
      for (const { key: name, value, headers } of batch.records) {
        if (name !== `key/${made.id}`) continue;
        // The same key, revoked by somebody who only has the topic, stays good; nor does another id take its seal.
        await log.append([{ topic: "control", key: name, value: null, timestamp: 1 }]);
        await log.append([{ topic: "control", key: "key/000000000000", value, headers, timestamp: 1 }]);
      }
    }
    await test.json("POST", "/v1/keys", { name: "another", scopes: ["admin"] });
    expect((await test.request("GET", "/v1/rules", undefined, auth)).status).toBe(200);
    expect((await test.json("GET", "/v1/keys")).body.data).toHaveLength(2);
  }, { log: sealed });
});
