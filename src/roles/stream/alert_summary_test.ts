import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { AlertSummary } from "./alert_summary.ts";

Deno.test("what fires is one line a second, with the kinds and the slowest", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { kept: (record) => void records.push(record) },
    loggers: [
      { category: ["tickbell"], sinks: ["kept"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  try {
    const summary = new AlertSummary();
    const alert = alertFixture();
    summary.flush(10_000);
    expect(records).toEqual([]);
    summary.note(alert, 5);
    summary.note({ ...alert, id: "slow" }, 70);
    summary.flush(10_000);
    summary.note({ ...alert, id: "next" }, 1);
    summary.flush(10_999);
    expect(records.map(({ properties }) => properties)).toEqual([
      { alerts: 2, kinds: { [alert.kind]: 2 }, slowestId: "slow", slowestMs: 70 },
    ]);
    summary.flush(10_999, 0);
    expect(records[1]?.properties).toMatchObject({ alerts: 1, slowestId: "next" });
  } finally {
    await reset();
  }
});
