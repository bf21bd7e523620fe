import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";
import { FrameBuffer } from "./frame_buffer.ts";

Deno.test("a full buffer drops the oldest and says how many, a closed one is read to its end", async () => {
  const buffer = new FrameBuffer(new VirtualClock(7), 3);
  for (let frame = 0; frame < 5; frame++) {
    buffer.push({ type: "frame", bytes: new Uint8Array([frame]), receivedAt: frame });
  }
  buffer.close();
  buffer.push({ type: "frame", bytes: new Uint8Array([9]), receivedAt: 9 });
  const events: SourceEvent[] = [];
  for await (const batch of buffer.batches()) events.push(...batch);
  expect(events[0]).toEqual({
    type: "gap",
    reason: "2 frames were dropped: the log does not keep up",
    at: 7,
  });
  expect(events.slice(1).map((event) => event.type === "frame" && event.receivedAt)).toEqual([2, 3, 4]);
});
