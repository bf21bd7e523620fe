import { expect } from "expect";
import { seededRandom } from "../../core/backoff.ts";
import { VirtualClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import type { EventLog, NewRecord, Position } from "../../ports/event_log.ts";
import { DueQueue } from "../../core/due_queue.ts";
import { LedgerWriter } from "./ledger_writer.ts";
import { TokenBucket } from "../../core/token_bucket.ts";

Deno.test("what is due comes out in the order of its time", () => {
  const random = seededRandom(3);
  const queue = new DueQueue<{ due: number }>();
  const times = Array.from({ length: 500 }, () => Math.floor(random() * 1_000));
  for (const due of times) queue.push({ due });
  queue.keep((item) => item.due % 2 === 0);
  const out: number[] = [];
  expect(queue.takeDue(-1)).toBeUndefined();
  for (let item = queue.takeDue(1_000); item; item = queue.takeDue(1_000)) out.push(item.due);
  expect(out).toEqual(times.filter((due) => due % 2 === 0).sort((one, other) => one - other));
  expect(queue.nextDue).toBeUndefined();
});

Deno.test("a token bucket gives its rate, a second's worth at once, and changes its rate", () => {
  const bucket = new TokenBucket(10, 0);
  const taken = (now: number) => {
    let count = 0;
    while (bucket.take(now)) count++;
    return count;
  };
  expect(taken(0)).toBe(10);
  expect(bucket.waitMs(0)).toBe(100);
  expect(taken(500)).toBe(5);
  expect(taken(60_000)).toBe(10);
  bucket.setRate(Infinity, 60_000);
  expect([bucket.take(60_000), bucket.waitMs(60_000)]).toEqual([true, 0]);
  bucket.setRate(2, 61_000);
  expect(taken(61_000)).toBe(2);
  expect(taken(62_000)).toBe(2);
});

/** A log that keeps what is appended, and fails as often as it is asked. */
class AppendLog {
  readonly appends: string[][] = [];
  failures = 0;

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    await Promise.resolve();
    if (this.failures-- > 0) throw new OutsideError("away", "the log is away", { retryable: true });
    this.appends.push(records.map((record) => record.key));
    return records.map((record) => ({ topic: "deliveries", partition: 0, offset: Number(record.key) }));
  }
}

function writer() {
  const log = new AppendLog();
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  const options = { clock, random: seededRandom(1), signal: stop.signal };
  return { log, clock, stop, writer: new LedgerWriter({ log: log as unknown as EventLog, ...options }) };
}

const record = (key: number): NewRecord => ({
  topic: "deliveries",
  key: String(key),
  value: "",
  timestamp: 0,
});

Deno.test("records that come while others are written go into one append, and each caller gets its own places", async () => {
  const { log, writer: ledger } = writer();
  const written = await Promise.all([1, 2, 3, 4].map((key) => ledger.write([record(key), record(key + 10)])));
  expect(log.appends).toEqual([["1", "11"], ["2", "12", "3", "13", "4", "14"]]);
  expect(written.map((positions) => positions?.map(({ offset }) => offset))).toEqual([[1, 11], [2, 12], [
    3,
    13,
  ], [4, 14]]);
});

Deno.test("a log that is away is waited for, in order; what is given up answers undefined", async () => {
  const { log, clock, stop, writer: ledger } = writer();
  log.failures = 3;
  const writing = ledger.write([record(1)]);
  for (let turn = 0; turn < 10; turn++) await clock.advance(5_000);
  expect((await writing)?.[0]?.offset).toBe(1);
  log.failures = Infinity;
  const lost = ledger.write([record(2)]);
  await clock.advance(100);
  stop.abort();
  expect(await lost).toBeUndefined();
});
