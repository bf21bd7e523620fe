import { expect } from "expect";
import { Buffer } from "node:buffer";
import { AnswerBuffers } from "./answer_buffers.ts";

Deno.test("memory of an answer is used again once everyone is done with it, and not before", () => {
  const buffers = new AnswerBuffers();
  const answer = buffers.take(300_000);
  expect(answer.length).toBe(300_000);
  const lease = buffers.leaseOf(answer.subarray(7, 9))!;
  lease.hold();
  lease.release();
  expect(buffers.take(1_000).buffer).not.toBe(answer.buffer);
  lease.release();
  const next = buffers.take(200_000);
  expect(next.buffer).toBe(answer.buffer);
  expect(next.length).toBe(200_000);
});

Deno.test("memory that is not theirs has no lease; what is given back twice is there once", () => {
  const buffers = new AnswerBuffers();
  expect(buffers.leaseOf(Buffer.from("x"))).toBeUndefined();
  const answer = buffers.take(10);
  const leases = [buffers.leaseOf(answer)!, buffers.leaseOf(answer)!];
  for (const lease of leases) lease.release();
  expect(buffers.take(10).buffer).toBe(answer.buffer);
  expect(buffers.take(10).buffer).not.toBe(answer.buffer);
});
