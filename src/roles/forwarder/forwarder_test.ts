import { expect } from "expect";
import { openSqliteLog } from "../../adapters/sqlite/event_log.ts";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import type { Topic } from "../../ports/topics.ts";
import { encodeRule } from "../../rules/codec.ts";
import { partitionsOf, placedOn } from "../../rules/placements.ts";
import { RuleHistory } from "../../rules/rule_history.ts";
import type { Rule } from "../../rules/rule.ts";
import { Health } from "../../telemetry/health.ts";
import { ruleOf } from "../../../tests/support/rules.ts";
import { until } from "../../../tests/support/until.ts";
import { Forwarder, type ForwarderOptions } from "./forwarder.ts";
import { BOX_OFFSET_HEADER } from "./place.ts";

const PARTITIONS = 2;
/** So little time that a test does not notice it. */
const clock = {
  now: () => systemClock.now(),
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 5), signal),
};

interface Rig {
  readonly box: EventLog;
  readonly centre: EventLog;
  /** Forwards until `stop`; the centre as it is seen from the box may be another. */
  start(
    over?: Partial<ForwarderOptions>,
  ): { readonly forwarder: Forwarder; readonly health: Health; stop(): Promise<void> };
}

async function withRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  const open = () => openSqliteLog({ path: ":memory:", partitions: PARTITIONS, clock: systemClock });
  const [box, centre] = [await open(), await open()];
  const stops: (() => Promise<void>)[] = [];
  try {
    await body({
      box,
      centre,
      start: (over = {}) => {
        const health = new Health();
        const stop = new AbortController();
        const options = {
          log: box,
          upstream: centre,
          prepare: () => Promise.resolve(),
          clock,
          random: () => 0,
          health,
        };
        const forwarder = new Forwarder({ ...options, ...over });
        const running = forwarder.run(stop.signal);
        const end = async () => {
          stop.abort();
          await running;
        };
        stops.push(end);
        return { forwarder, health, stop: end };
      },
    });
  } finally {
    for (const stop of stops) await stop();
    await box.close();
    await centre.close();
  }
}

function trades(from: number, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, each) => ({
    topic: "trades" as const,
    key: String(100_000 + (from + each) % 7),
    value: `trade ${from + each}`,
    timestamp: 1_795_395_600_000 + from + each,
    headers: { ingest: String(each) },
  }));
}

async function all(log: EventLog, topic: Topic) {
  const found = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { start, end } = await log.bounds(topic, partition);
    for await (const { records } of log.read({ topic, partition, from: start, to: end })) {
      for (const { key, value, headers, offset } of records) {
        found.push({ partition, key, value: value && new TextDecoder().decode(value), headers, offset });
      }
    }
  }
  return found;
}

/** What of a topic must be the same in both logs, in order of each partition. */
async function contents(log: EventLog, topic: Topic) {
  return (await all(log, topic)).map(({ partition, key, value }) => ({ partition, key, value }));
}

async function isSame({ box, centre }: Rig): Promise<boolean> {
  const [here, there] = [await contents(box, "trades"), await contents(centre, "trades")];
  return here.length === there.length;
}

Deno.test("everything is sent on once, in order and with where it stood, over a restart of the box too", () =>
  withRig(async (rig) => {
    const { box, centre, start } = rig;
    await box.append(trades(0, 1_200));
    await box.append([{
      topic: "alerts",
      key: "100000",
      value: "an alert",
      timestamp: 1,
      headers: { mailer: "box" },
    }]);
    const first = start();
    await until(() => isSame(rig));
    await first.stop();
    await box.append(trades(1_200, 50));
    const { forwarder, health } = start();
    await until(() => isSame(rig));
    expect(await contents(centre, "trades")).toEqual(await contents(box, "trades"));
    expect((await all(centre, "trades")).map(({ headers }) => Number(headers[BOX_OFFSET_HEADER]))).toEqual(
      (await all(box, "trades")).map(({ offset }) => offset),
    );
    await until(async () => (await all(centre, "alerts")).length === 1);
    expect((await all(centre, "alerts"))[0]?.headers).toMatchObject({
      mailer: "box",
      [BOX_OFFSET_HEADER]: "0",
    });
    await until(() => forwarder.behind === 0);
    expect(health.components().upstream).toEqual({ state: "ready", detail: "forwarding, 0 records behind" });
  }));

Deno.test("an append that fails, before or after it was written, loses nothing and sends nothing twice", () =>
  withRig(async (rig) => {
    const { box, centre, start } = rig;
    await box.append(trades(0, 3_000));
    let appends = 0;
    const shaky: EventLog = Object.assign(Object.create(centre) as EventLog, {
      partitions: (topic: Topic) => centre.partitions(topic),
      bounds: (topic: Topic, partition: number) => centre.bounds(topic, partition),
      read: (options: Parameters<EventLog["read"]>[0]) => centre.read(options),
      append: async (records: readonly NewRecord[]) => {
        const way = appends++ % 3;
        if (way === 0) throw new OutsideError("cut", "the line is cut", { retryable: true });
        const positions = await centre.append(way === 1 ? records.slice(0, records.length / 2) : records);
        if (way === 1) throw new OutsideError("cut", "the answer was lost", { retryable: true });
        return positions;
      },
    });
    start({ upstream: shaky, topics: ["trades"] });
    await until(() => isSame(rig));
    expect(await contents(centre, "trades")).toEqual(await contents(box, "trades"));
    expect(appends).toBeGreaterThan(6);
  }));

Deno.test("while the centre is away the box says so and since when; what the disk budget took is counted", () =>
  withRig(async (rig) => {
    const { box, centre, start } = rig;
    let away = true;
    const prepare = () =>
      away
        ? Promise.reject(new OutsideError("kafka_unreachable", "no broker answers", { retryable: true }))
        : Promise.resolve();
    await box.append(trades(0, 100));
    const { forwarder, health } = start({ prepare, topics: ["trades"] });
    await until(() => health.components().upstream?.detail.includes("no broker answers") === true);
    expect(health.components().upstream?.state).toBe("degraded");
    await until(() => health.components().upstream?.detail.includes("100 records behind") === true);
    away = false;
    await until(() => isSame(rig));
    await until(() => health.components().upstream?.state === "ready");
    expect([forwarder.lost, (await all(centre, "trades")).length]).toEqual([0, 100]);
  }));

/** The rules that a log's partition has in force. */
async function standing(log: EventLog, partition: number): Promise<readonly Rule[]> {
  const history = new RuleHistory();
  const { start, end } = await log.bounds("rules", partition);
  for await (const { records } of log.read({ topic: "rules", partition, from: start, to: end })) {
    for (const record of records) history.apply(record);
  }
  return [...history.rules()];
}

async function put(log: EventLog, rule: Rule, deleted = false): Promise<void> {
  await log.append(
    partitionsOf(rule, PARTITIONS).map((partition, index) => ({
      topic: "rules" as const,
      key: rule.id,
      placement: placedOn(partition, PARTITIONS),
      value: deleted ? null : encodeRule(rule),
      timestamp: 1,
      headers: { base: String(rule.version - 1), ...(index === 0 ? {} : { copy: String(rule.version) }) },
    })),
  );
}

Deno.test("the box has the centre's rules: made, changed, deleted there; also what was deleted while it was away; its own stay", () =>
  withRig(async ({ box, centre, start }) => {
    const ids = async () =>
      (await Promise.all([0, 1].map((partition) => standing(box, partition))))
        .map((rules) => rules.map(({ id, version }) => `${id}/${version}`).sort());
    const one = ruleOf({ id: "one", symbol: "100000", value: "100" });
    const many = ruleOf({ id: "many", symbol: null, market: "*", value: "100" });
    const own = ruleOf({ id: "own", symbol: "100000", value: "100" });
    await put(box, own);
    await put(centre, one);
    await put(centre, many);
    const first = start({ topics: [] });
    const has = (wanted: string, count: number) =>
      until(async () => (await ids()).flat().filter((id) => id === wanted).length === count);
    await has("one/1", 1);
    await has("many/1", 2);
    await put(centre, { ...one, version: 2, note: "changed" });
    await has("one/2", 1);
    await first.stop();
    await put(centre, { ...many, version: 2 }, true);
    start({ topics: [] });
    await has("many/1", 0);
    await has("own/1", 1);
    await has("one/2", 1);
  }));
