import { expect } from "expect";
import { openSqliteLog } from "../../adapters/sqlite/event_log.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
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
const clock: Clock = {
  ...systemClock,
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
    const shaky = seen(centre, {
      append: async (records) => {
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

Deno.test("while the centre is away the box says so and since when", () =>
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

/** A log of which something else is seen than what it does. */
function seen(log: EventLog, over: Partial<EventLog>): EventLog {
  const own: Partial<EventLog> = {
    partitions: (topic) => log.partitions(topic),
    bounds: (topic, partition) => log.bounds(topic, partition),
    read: (options) => log.read(options),
    append: (records) => log.append(records),
    health: () => log.health(),
  };
  return Object.assign(Object.create(log) as EventLog, own, over);
}

/** The box's log after its first records were deleted, so many of each partition. */
function shrunk(box: EventLog, gone: (partition: number) => number): EventLog {
  return seen(box, {
    bounds: async (topic, partition) => ({
      ...await box.bounds(topic, partition),
      start: gone(partition),
    }),
  });
}

Deno.test("what the disk budget took before it was sent is counted once, however often the line is cut", () =>
  withRig(async (rig) => {
    const { box, centre, start } = rig;
    await box.append(trades(0, 100));
    const first = start({ topics: ["trades"] });
    await until(() => isSame(rig));
    await first.stop();
    const sent = await Promise.all([0, 1].map((partition) => box.bounds("trades", partition)));
    await box.append(trades(100, 100));
    let cuts = 6;
    const upstream = seen(centre, {
      append: (records) =>
        cuts-- > 0
          ? Promise.reject(new OutsideError("cut", "the line is cut", { retryable: true }))
          : centre.append(records),
    });
    const log = shrunk(box, (partition) => sent[partition]!.end + 10);
    const { forwarder, health } = start({ log, upstream, topics: ["trades"] });
    await until(async () => (await all(centre, "trades")).length === 180);
    expect(forwarder.lost).toBe(20);
    expect(health.components().upstream).toMatchObject({ state: "degraded" });
  }));

Deno.test("what the disk budget took before the centre was ever reached is counted", () =>
  withRig(async ({ box, centre, start }) => {
    let gone = 0;
    let tries = 0;
    const prepare = () => {
      if (tries++ === 4) gone = 5;
      return tries > 5
        ? Promise.resolve()
        : Promise.reject(new OutsideError("kafka_unreachable", "no broker answers", { retryable: true }));
    };
    await box.append(trades(0, 100));
    const { forwarder } = start({ log: shrunk(box, () => gone), prepare, topics: ["trades"] });
    await until(async () => (await all(centre, "trades")).length === 90);
    expect(forwarder.lost).toBe(10);
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

Deno.test("a rule of the centre that cannot be read here is counted until it can be, stops nothing, and the one before it stays", () =>
  withRig(async ({ box, centre, start }) => {
    const has = (wanted: string) =>
      until(async () =>
        (await Promise.all([0, 1].map((partition) => standing(box, partition))))
          .flat().some(({ id, version }) => `${id}/${version}` === wanted)
      );
    const one = ruleOf({ id: "one", symbol: "100000", value: "100" });
    const two = ruleOf({ id: "two", symbol: "100000", value: "100" });
    await put(centre, one);
    const first = start({ topics: [] });
    await has("one/1");
    await first.stop();
    const [at] = partitionsOf(one, PARTITIONS);
    const unread = {
      topic: "rules",
      key: "one",
      placement: placedOn(at!, PARTITIONS),
      timestamp: 0,
    } as const;
    await centre.append([{ ...unread, value: '{"of":"a newer centre"}' }]);
    await put(centre, two);
    const { health } = start({ topics: [] });
    const upstream = () => health.components().upstream;
    await has("two/1");
    await has("one/1");
    await until(() => upstream()?.state === "degraded");
    expect(upstream()?.detail).toContain("1 of the centre's rules cannot be read here, the last one: ");
    await put(centre, { ...one, version: 3 });
    await has("one/3");
    await until(() => upstream()?.state === "ready");
  }));

Deno.test("while the centre's rules cannot be read the box says so, though its records are sent on", () =>
  withRig(async ({ box, centre, start }) => {
    let broken = true;
    const unread = seen(centre, {
      read: (options) => {
        if (!broken || options.topic !== "rules") return centre.read(options);
        throw new OutsideError("not_allowed", "no right to read it", { retryable: true });
      },
    });
    const one = ruleOf({ id: "one", symbol: "100000", value: "100" });
    await put(centre, one);
    await box.append(trades(0, 3));
    const { forwarder, health } = start({ upstream: unread });
    const upstream = () => health.components().upstream;
    await until(() => forwarder.sent >= 3 && upstream()?.detail?.includes("rules are not read") === true);
    expect(upstream()).toMatchObject({ state: "degraded" });
    broken = false;
    await until(() => upstream()?.state === "ready");
    expect((await all(box, "rules")).length).toBe(1);
  }));
