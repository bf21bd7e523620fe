import { Buffer } from "node:buffer";
import { expect } from "expect";
import { AnswerBuffers } from "./answer_buffers.ts";
import { encodeBatch } from "./encode_batch.ts";
import type { Fetcher, FetchSource } from "./fetcher.ts";
import type { PassedOver } from "./inbox.ts";
import { InboxSource } from "./inbox_source.ts";
import { toRawBatch } from "./to_batch.ts";

Deno.test("an answer's memory is used again when its batch was worked on, not before", async () => {
  const sources: FetchSource[] = [];
  const fetcher = { add: (source: FetchSource) => sources.push(source), remove: () => {}, wake: () => {} };
  const source = new InboxSource({
    place: { topic: "trades", name: "t", partition: 0 },
    from: 0,
    fetcher: fetcher as unknown as Fetcher,
    passedOver: { standsAt: () => {} } as unknown as PassedOver,
  }, toRawBatch);
  const record = { topic: "trades" as const, key: "005930", value: "x", timestamp: 1 };
  const batch = encodeBatch([record], { producerId: 7n, producerEpoch: 1, baseSequence: 0 });
  const buffers = new AnswerBuffers();
  const records = buffers.take(batch.length);
  batch.copy(records);
  const lease = buffers.leaseOf(records)!;
  const ends = { errorCode: 0, highWatermark: 1, endOffset: 1, aborted: [] };
  sources[0]!.deliver({ topic: "t", partition: 0, ...ends, records, lease }, 0);
  // The fetcher has handed everything over.
  lease.release();
  const taken = await source.take();
  // Another answer comes while the batch is worked on.
  buffers.take(batch.length).fill(0);
  expect(Buffer.from(taken!.batch!.bytes).equals(batch)).toBe(true);
  await source.turn();
  expect(buffers.take(batch.length).buffer).toBe(records.buffer);
  source.close();
});
