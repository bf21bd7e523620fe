import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import type { SourceEvent } from "../../ports/tick_source.ts";
import { Recorder } from "./recorder.ts";
import { ReplaySource } from "./replay_source.ts";

const encoder = new TextEncoder();
const FRAME = "0|H0STCNT0|001|005930^094751^71950";

function frames(count: number, from = 0): SourceEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    type: "frame",
    bytes: encoder.encode(`${FRAME}^${from + index}`),
    receivedAt: 1_764_115_200_000 + from + index,
  }));
}

async function replayed(path: string): Promise<SourceEvent[]> {
  const source = new ReplaySource({ path, speed: Infinity, clock: new VirtualClock(0) });
  const events: SourceEvent[] = [];
  for await (const batch of source.events(new AbortController().signal)) events.push(...batch);
  return events;
}

Deno.test("what is recorded is replayed byte by byte with its times of arrival", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-record-" });
  const path = `${folder}/day.kis.gz`;
  const recorder = new Recorder({ path, maxBytes: 1 << 30 });
  const sent: SourceEvent[] = frames(3000);
  for (let start = 0; start < sent.length; start += 100) await recorder.write(sent.slice(start, start + 100));
  const garbage: SourceEvent = {
    type: "refused",
    code: "x",
    reason: "x",
    bytes: encoder.encode("gar\nbage"),
    receivedAt: 1_764_115_300_000,
  };
  await recorder.write([{ type: "gap", reason: "lost", at: 1 }, garbage]);
  await recorder.close();
  const events = await replayed(path);
  expect(events.slice(0, 3000)).toEqual(sent);
  expect(events.length).toBe(3001);
  expect(events[3000]).toMatchObject({ type: "frame", bytes: encoder.encode("gar bage") });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("files are rotated by size, none is overwritten, and the folder replays in order", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-record-" });
  const path = `${folder}/day.kis.gz`;
  const recorder = new Recorder({ path, maxBytes: 2_000 });
  for (let part = 0; part < 10; part++) await recorder.write(frames(1000, part * 1000));
  await recorder.close();
  expect(recorder.files.length).toBeGreaterThan(1);
  expect(recorder.files[1]?.path).toBe(`${folder}/day.1.kis.gz`);
  expect(recorder.files.length).toBeLessThanOrEqual(10);
  const events = await replayed(folder);
  expect(events.map((event) => event.type === "frame" ? event.receivedAt - 1_764_115_200_000 : -1)).toEqual(
    Array.from({ length: 10_000 }, (_, index) => index),
  );
  const again = new Recorder({ path, maxBytes: 2_000 });
  await again.write(frames(1));
  await again.close();
  expect(recorder.files.map((file) => file.path)).not.toContain(again.files[0]?.path);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a recording that was killed is replayed up to its last flush, and then says so", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-record-" });
  const path = `${folder}/day.kis.gz`;
  const recorder = new Recorder({ path, maxBytes: 1 << 30 });
  await recorder.write(frames(2500));
  await recorder.close();
  const whole = await Deno.readFile(path);
  await Deno.writeFile(path, whole.subarray(0, whole.length - 12));
  const events = await replayed(path);
  expect(events.length).toBeGreaterThan(2_000);
  expect(events.at(-1)).toMatchObject({ type: "refused", code: "cut_off" });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a folder that cannot be written fails with one clear line", async () => {
  const recorder = new Recorder({ path: "/no/such/folder/day.kis.gz", maxBytes: 1 << 30 });
  const recording = (async () => {
    for (let part = 0; part < 100; part++) {
      await recorder.write(frames(1000));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  await expect(recording).rejects.toThrow("Cannot record to /no/such/folder/day.kis.gz: ");
});
