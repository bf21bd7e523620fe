import { expect } from "expect";
import { VirtualClock } from "../core/clock.ts";
import { OutsideError } from "../core/errors.ts";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { until } from "../../tests/support/until.ts";
import type { EventLog, NewRecord } from "../ports/event_log.ts";
import { Projection, type ProjectionReader } from "./projection.ts";
import { systemClock } from "../core/clock.ts";

const record = (key: string, value: string): NewRecord => ({ topic: "control", key, value, timestamp: 1 });

/** Keeps JSON numbers by key. */
class Numbers implements ProjectionReader<number> {
  readonly all = new Map<string, number>();

  decode({ value }: { value: Uint8Array | null }): number | undefined {
    return value === null ? undefined : JSON.parse(new TextDecoder().decode(value)) as number;
  }

  apply(said: number, { key }: { key: string }): void {
    this.all.set(key, said);
  }
}

function following(log: EventLog) {
  const numbers = new Numbers();
  const projection = new Projection({ log, topic: "control", readers: [numbers] });
  const stop = new AbortController();
  const running = projection.follow({ clock: systemClock, random: Math.random, signal: stop.signal });
  return {
    numbers,
    projection,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

Deno.test("a projection is ready when what was there is applied, and follows what comes", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  await log.append([record("a", "1"), record("b", "2")]);
  await using followed = following(log);
  await followed.projection.ready;
  expect([...followed.numbers.all]).toEqual([["a", 1], ["b", 2]]);
  const [position] = await log.append([record("a", "3")]);
  await followed.projection.until(position!, systemClock);
  expect(followed.numbers.all.get("a")).toBe(3);
});

Deno.test("a record that cannot be read is counted with its reason, and stops nothing", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  await log.append([record("a", "{not json"), record("b", "2")]);
  await using followed = following(log);
  await followed.projection.ready;
  const [position] = await log.append([record("c", "}"), record("d", "4")]);
  await followed.projection.until({ partition: 0, offset: position!.offset + 1 }, systemClock);
  expect([...followed.numbers.all]).toEqual([["b", 2], ["d", 4]]);
  expect(followed.projection.unreadable).toBe(2);
  expect(followed.projection.lastUnreadable).toMatchObject({ topic: "control", key: "c" });
  expect(followed.projection.failure).toBeUndefined();
});

Deno.test("a log that is away is reported as a failure until it is back", async () => {
  await using opened = await temporaryLog();
  const { log } = opened;
  await log.append([record("a", "1")]);
  let away = true;
  const bounds: EventLog["bounds"] = (topic, partition) =>
    away
      ? Promise.reject(new OutsideError("log_away", "nobody answers", { retryable: true }))
      : log.bounds(topic, partition);
  const flaky = new Proxy(log, {
    get: (target, name) => {
      const value = name === "bounds" ? bounds : Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await using followed = following(flaky);
  await until(() => followed.projection.failure !== undefined, "the failure");
  expect(followed.projection.failure).toBe("the topic control is not read: nobody answers");
  away = false;
  await followed.projection.ready;
  await until(() => followed.projection.failure === undefined, "the end of the failure");
});

Deno.test("a projection that stands still fails whoever waits for it, and says so", async () => {
  const clock = new VirtualClock(0);
  const still = {
    partitions: () => Promise.resolve(1),
    bounds: () => Promise.resolve({ start: 0, end: 0 }),
    // deno-lint-ignore require-yield
    read: async function* ({ signal }: { signal?: AbortSignal }) {
      const ended = Promise.withResolvers<void>();
      signal?.addEventListener("abort", () => ended.resolve(), { once: true });
      await ended.promise;
    },
  } as unknown as EventLog;
  const projection = new Projection({ log: still, topic: "control", readers: [] });
  const stop = new AbortController();
  const running = projection.follow({ clock, random: Math.random, signal: stop.signal });
  await projection.ready;
  const waiting = projection.until({ partition: 0, offset: 0 }, clock).catch((thrown) => thrown.code);
  await clock.advance(10_000);
  expect(await waiting).toBe("not_read_back");
  expect(projection.failure).toBe("the topic control is not read: stands at 0 of partition 0, 0 was written");
  stop.abort();
  await running;
});
