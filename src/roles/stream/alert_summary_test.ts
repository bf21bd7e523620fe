import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect } from "expect";
import { ruleOf } from "../../../tests/support/rules.ts";
import { TakenSummary } from "../delivery/taken_summary.ts";
import { AlertSummary } from "./alert_summary.ts";

/** The lines that are written meanwhile. */
async function linesOf(work: (records: readonly LogRecord[]) => void): Promise<void> {
  const records: LogRecord[] = [];
  await configure({
    sinks: { kept: (record) => void records.push(record) },
    loggers: [
      { category: ["tickbell"], sinks: ["kept"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  try {
    work(records);
  } finally {
    await reset();
  }
}

Deno.test("what fires is one line a second, with the kinds and the slowest", async () => {
  await linesOf((records) => {
    const summary = new AlertSummary();
    const fired = (id: string) => ({ rule: ruleOf({ id }), symbol: "005930", windowStart: 60_000 });
    summary.flush(10_000);
    expect(records).toEqual([]);
    summary.note(fired("r1"), 5);
    summary.note(fired("slow"), 70);
    summary.flush(10_000);
    summary.note(fired("next"), 1);
    summary.flush(10_999);
    expect(records.map(({ properties }) => properties)).toEqual([
      { alerts: 2, kinds: { target_price: 2 }, slowestId: "slow@60000", slowestMs: 70 },
    ]);
    summary.flush(10_999, 0);
    expect(records[1]?.properties).toMatchObject({ alerts: 1, slowestId: "next@60000" });
  });
});

Deno.test("what a channel takes is one line a second, and the rest when it closes", async () => {
  await linesOf((records) => {
    const summary = new TakenSummary("smtp");
    for (const [each, now] of [5_000, 5_001, 5_999, 6_000, 6_001].entries()) summary.note(`a${each}`, now);
    summary.close();
    summary.close();
    expect(records.map(({ properties }) => properties)).toEqual([
      { taken: 1, transport: "smtp", lastId: "a0" },
      { taken: 3, transport: "smtp", lastId: "a3" },
      { taken: 1, transport: "smtp" },
    ]);
  });
});
