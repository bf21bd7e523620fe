import type { EventLog } from "../../src/ports/event_log.ts";
import { type Json, type TestControl, withControl } from "./control.ts";
import { type SimulatedDay, simulatedDay, type SimulatedDayOptions } from "./simulated_day.ts";
import { runUntilDone } from "./stream_restarts.ts";

/** When the day's trading begins, epoch ms. */
export const OPENING = Date.parse("2026-11-26T09:00:00+09:00");
const PATH = "/v1/reports/2026-11-26";

/** Plays a day through a stream that is killed in its middle, on a log of one partition, and answers its report. */
export async function reportOf(
  log: EventLog,
  options: Omit<SimulatedDayOptions, "from">,
  before: (test: TestControl) => Promise<void> = () => Promise.resolve(),
): Promise<{ day: SimulatedDay; report: Json; page: string }> {
  const day = simulatedDay({ from: OPENING, ...options });
  const half = Math.floor(day.records.length / 2);
  await log.append(day.records.slice(0, half));
  await runUntilDone(log, true);
  await log.append(day.records.slice(half));
  await runUntilDone(log);
  let report: Json;
  let page = "";
  await withControl(async (test) => {
    await before(test);
    report = (await test.json("GET", PATH)).body;
    page = await (await test.request("GET", PATH, undefined, { accept: "text/html" })).text();
  }, { log });
  return { day, report, page };
}
