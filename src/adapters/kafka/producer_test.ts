import { until } from "../../../tests/support/until.ts";
import type { Buffer } from "node:buffer";
import { expect } from "expect";
import { packOf } from "../../../tests/support/record_pack.ts";
import { systemClock } from "../../core/clock.ts";
import { type NewRecord, RecordsRefusedError } from "../../ports/event_log.ts";
import { type Topic, TOPICS } from "../../ports/topics.ts";
import type { ProtocolRequest } from "./internals.ts";
import type { Link } from "./link.ts";
import { KafkaProducer } from "./producer.ts";
import type { ProducedPartition } from "./produce_request.ts";
import { WireReader } from "./wire.ts";

const NAMES = {
  ...Object.fromEntries(TOPICS.map((topic) => [topic, topic])) as Record<Topic, string>,
  trades: "t",
};

interface Sent {
  readonly partition: number;
  readonly sequence: number;
  readonly producerId: number;
  readonly count: number;
  readonly batch: Uint8Array;
}

/** What a scripted broker does with a request: an answer per partition, or a thrown error. */
type Script = (sent: readonly Sent[]) => readonly Partial<ProducedPartition>[];

/** A link to one broker that answers as it is asked to, request by request, and then takes everything. */
function scripted(
  scripts: Script[],
  leader: (topic: string) => string | undefined = () => "1",
): { link: Link; requests: Sent[][] } {
  const requests: Sent[][] = [];
  let ids = 0;
  let offset = 0;
  const takeAll: Script = (sent) => sent.map(({ partition }) => ({ partition }));
  const broker = {
    initProducerId: () => Promise.resolve({ producerId: String(++ids), producerEpoch: 0 }),
    connectionPool: {
      send: async ({ request }: ProtocolRequest<readonly ProducedPartition[]>) => {
        const sent = parse((await request.encode()).buffer);
        requests.push(sent);
        await Promise.resolve();
        const answer = (scripts.shift() ?? takeAll)(sent);
        return answer.map((one) => ({
          topic: "t",
          partition: 0,
          errorCode: 0,
          baseOffset: offset++ * 100,
          ...one,
        }));
      },
    },
  };
  const link = {
    leader,
    ready: () => Promise.resolve(),
    works: () => {},
    recover: () => new Promise<void>((resolve) => setTimeout(resolve, 1)),
    persist: <T>(_doing: string, work: () => Promise<T>) => work(),
    cluster: { findBroker: () => Promise.resolve(broker), getNodeIds: () => ["1"] },
  };
  return { link: link as unknown as Link, requests };
}

function parse(body: Buffer): Sent[] {
  const reader = new WireReader(body);
  reader.string();
  reader.int16();
  reader.int32();
  return reader.array(() => {
    reader.string();
    return reader.array(() => {
      const partition = reader.int32();
      const batch = reader.bytes();
      return {
        partition,
        batch: Uint8Array.from(batch),
        producerId: Number(batch.readBigInt64BE(43)),
        sequence: batch.readInt32BE(53),
        count: batch.readInt32BE(57),
      };
    });
  }).flat();
}

function record(partition: number, value = "x"): { record: NewRecord; partition: number } {
  return { record: { topic: "trades", key: "k", value, timestamp: 1 }, partition };
}

Deno.test("appends of one turn share a request; what comes meanwhile makes the next batch, numbered on", async () => {
  const { link, requests } = scripted([]);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  const first = [producer.append([record(0), record(1)]), producer.append([record(0)])];
  await Promise.all(first);
  await producer.append([record(0), record(0)]);
  expect(requests.map((sent) => sent.map(({ partition, sequence, count }) => [partition, sequence, count])))
    .toEqual([
      [[0, 0, 2], [1, 0, 1]],
      [[0, 2, 2]],
    ]);
  expect((await first[1])?.map(({ offset }) => offset % 100)).toEqual([1]);
});

Deno.test("a partition that is missing in the answer is not acknowledged, but sent again as it was", async () => {
  const { link, requests } = scripted([(sent) => sent.slice(0, 1).map(({ partition }) => ({ partition }))]);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  const positions = await producer.append([record(0, "a"), record(1, "b")]);
  expect(positions.map(({ partition }) => partition)).toEqual([0, 1]);
  expect(requests.map((sent) => sent.map(({ partition }) => partition))).toEqual([[0, 1], [1]]);
  expect(requests[1]?.[0]?.batch).toEqual(requests[0]?.[1]?.batch);
});

Deno.test("refused for the moment or not answered at all: the same bytes again, later records after them", async () => {
  const notLeader = 6;
  const { link, requests } = scripted([
    ([one]) => [{ partition: one?.partition ?? 0, errorCode: notLeader }],
    () => {
      throw new Error("the connection broke");
    },
  ]);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  const first = producer.append([record(0, "first")]);
  const second = producer.append([record(0, "second")]).then(() => "second");
  await until(() => requests.length > 0, "the first request");
  const third = producer.append([record(0, "third")]);
  await Promise.all([first, second, third]);
  expect(requests[1]?.[0]?.batch).toEqual(requests[0]?.[0]?.batch);
  expect(requests[2]?.[0]?.batch).toEqual(requests[0]?.[0]?.batch);
  const sequences = requests.flat().map(({ sequence, count }) => [sequence, count]);
  expect(sequences.slice(0, 3)).toEqual([[0, 2], [0, 2], [0, 2]]);
  expect(sequences.slice(3)).toEqual([[2, 1]]);
});

Deno.test("a broker that no longer knows the producer gets the records from a new one, numbered from 0", async () => {
  const outOfOrder = 45;
  const { link, requests } = scripted([
    ([one]) => [{ partition: one?.partition ?? 0 }],
    ([one]) => [{ partition: one?.partition ?? 0, errorCode: outOfOrder }],
  ]);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  await producer.append([record(0)]);
  await producer.append([record(0)]);
  await producer.append([record(0)]);
  expect(requests.flat().map(({ producerId, sequence }) => [producerId, sequence])).toEqual([
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ]);
});

Deno.test("refused for good: the append is rejected, the next one goes on", async () => {
  const notAuthorized = 29;
  const { link } = scripted([([one]) => [{ partition: one?.partition ?? 0, errorCode: notAuthorized }]]);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  await expect(producer.append([record(0)])).rejects.toMatchObject({
    code: "kafka_topic_authorization_failed",
    retryable: false,
  });
  expect(await producer.append([record(0)])).toHaveLength(1);
});

Deno.test("more than fits in memory waits for room, in its order", async () => {
  const { link, requests } = scripted([]);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  const big = "x".repeat(300_000);
  const appends = Array.from({ length: 90 }, (_, at) => producer.append([record(0, `${at} ${big}`)]));
  const positions = await Promise.all(appends);
  const numbers = requests.flat().map(({ sequence }) => sequence);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(positions.length).toBe(90);
});

Deno.test("closing refuses what the brokers did not take, and everything after", async () => {
  const never: Script = () => {
    throw new Error("away");
  };
  const { link } = scripted(Array.from({ length: 10_000 }, () => never));
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock, closeMs: 50 });
  const append = producer.append([record(0)]);
  append.catch(() => {});
  await producer.close();
  await expect(append).rejects.toMatchObject({ code: "log_closed" });
  await expect(producer.append([record(0)])).rejects.toMatchObject({ code: "log_closed" });
});

Deno.test("a batch that is too large for the topic is halved until it is taken, and later ones are no larger", async () => {
  const takes = 400;
  const scripts: Script[] = Array.from(
    { length: 1000 },
    () => (sent: readonly Sent[]) =>
      sent.map(({ partition, batch }) => ({ partition, errorCode: batch.length > takes ? 10 : 0 })),
  );
  const { link, requests } = scripted(scripts);
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  const values = Array.from({ length: 60 }, (_, at) => record(0, `value ${at}`));
  expect(await producer.append(values)).toHaveLength(60);
  const taken = requests.flat().filter(({ batch }) => batch.length <= takes);
  // In order, each once.
  let next = 0;
  for (const { sequence, count } of taken) {
    expect(sequence).toBe(next);
    next += count;
  }
  expect(next).toBe(60);
  const refused = requests.length - taken.length;
  await producer.append(values);
  expect(requests.flat().filter(({ batch }) => batch.length > takes)).toHaveLength(refused);
});

Deno.test("one record that is refused for good is found; the others of its batch and append are written", async () => {
  for (const code of [10, 18, 32, 87]) {
    const scripts: Script[] = Array.from(
      { length: 100 },
      () => (sent: readonly Sent[]) =>
        sent.map(({ partition, batch }) => ({
          partition,
          errorCode: new TextDecoder().decode(batch).includes("bad") ? code : 0,
        })),
    );
    const { link, requests } = scripted(scripts);
    const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
    const other = producer.append([record(0, "other")]);
    const append = producer.append([record(0, "a"), record(0, "bad"), record(0, "c"), record(1, "d")]);
    const error = await append.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RecordsRefusedError);
    expect([...error.refused.keys()]).toEqual([1]);
    expect(error.positions.map((position: unknown) => position !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(await other).toHaveLength(1);
    expect(await producer.append([record(0, "later")])).toHaveLength(1);
    expect(producer.waitedMs).toBe(0);
    expect(requests.length).toBeLessThan(10);
  }
});

Deno.test("a pack is one batch; the record in it that is refused for good is found, the others are written", async () => {
  const code = 87;
  const refusing = (sent: readonly Sent[]) =>
    sent.map(({ partition, batch }) => ({
      partition,
      errorCode: new TextDecoder().decode(batch).includes("bad") ? code : 0,
    }));
  const { link, requests } = scripted(Array.from({ length: 100 }, () => refusing));
  const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock });
  const place = { topic: "trades", partition: 0 } as const;
  const pack = (values: readonly string[]) => packOf(values.map((value) => record(0, value).record));
  const [first, error, later] = await Promise.all([
    producer.appendPack(place, pack(["a", "b", "c"])),
    producer.appendPack(place, pack(["d", "e", "bad", "f"])).catch((thrown) => thrown),
    producer.append([record(0, "later")]),
  ]);
  expect(requests[0]?.map(({ count, sequence }) => [count, sequence])).toEqual([[3, 0]]);
  expect(requests[1]?.map(({ count, sequence }) => [count, sequence])).toEqual([[4, 3]]);
  expect([first.partition, later.length]).toEqual([0, 1]);
  expect(error).toBeInstanceOf(RecordsRefusedError);
  expect([...error.refused.keys()]).toEqual([2]);
  expect(error.positions.map((position: unknown) => position !== undefined)).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(producer.waitedMs).toBe(0);
});

Deno.test("how long the oldest append waits is known", async () => {
  let now = 1_000;
  const clock = { ...systemClock, monotonic: () => now };
  const { promise, resolve } = Promise.withResolvers<void>();
  const { link } = scripted([]);
  const slow = {
    ...link,
    recover: () => promise,
    leader: () => now > 9_000 ? "1" : undefined,
  } as unknown as Link;
  const producer = new KafkaProducer({ link: slow, names: NAMES, clock });
  expect(producer.waitedMs).toBe(0);
  const append = producer.append([record(0)]);
  now = 8_000;
  expect(producer.waitedMs).toBe(7_000);
  now = 10_000;
  resolve();
  await append;
  expect(producer.waitedMs).toBe(0);
});

Deno.test("while a topic is missing, or nobody leads it, what is appended to the others goes on", async () => {
  for (const missing of [true, false]) {
    let there = false;
    const { link, requests } = scripted([], (topic) => {
      if (topic === "t" || there) return "1";
      if (missing) throw new Error("This server does not host this topic-partition");
      return undefined;
    });
    const producer = new KafkaProducer({ link, names: NAMES, clock: systemClock, closeMs: 1 });
    // Its topic is answered for by no script: only that it is sent once it is there is examined.
    const status = { record: { topic: "status", key: "a", value: "x", timestamp: 1 } as const, partition: 0 };
    producer.append([status]).catch(() => {});
    await producer.append([record(0)]);
    await producer.append([record(0)]);
    expect(requests.length).toBe(2);
    there = true;
    await until(() => requests.length > 2, "what waited for its topic");
    await producer.close();
  }
});
