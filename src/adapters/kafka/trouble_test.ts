import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect } from "expect";
import { Trouble } from "./trouble.ts";

Deno.test("each new trouble is logged once until it is over; the newest one is reported", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { kept: (record) => void records.push(record) },
    loggers: [
      { category: ["tickbell"], sinks: ["kept"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  try {
    const trouble = new Trouble();
    const levels = () => records.map(({ level }) => level);
    trouble.over("reads");
    expect(levels()).toEqual([]);
    for (const what of ["refused", "refused", "password", "refused"]) {
      trouble.happened("reads", new Error(what), "connecting");
    }
    expect(trouble.reason).toBe("connecting: refused");
    expect(records.map(({ properties }) => properties.reason)).toEqual([
      "connecting: refused",
      "connecting: password",
    ]);
    trouble.over("reads");
    expect(trouble.reason).toBeUndefined();
    trouble.happened("reads", new Error("refused"), "connecting");
    expect(levels()).toEqual(["warning", "warning", "info", "warning"]);
    // However many there are, the log is not flooded.
    for (let number = 0; number < 1000; number++) {
      trouble.happened("reads", new Error(`${number}`), "connecting");
    }
    expect(records.length).toBeLessThan(30);
    expect(trouble.reason).toBe("connecting: 999");
    const before = records.length;
    trouble.forget("reads");
    expect([trouble.reason, records.length]).toEqual([undefined, before]);
  } finally {
    await reset();
  }
});

Deno.test("what works says nothing about another subject", () => {
  const trouble = new Trouble();
  trouble.happened("appends", new Error("no space left"), "appending");
  trouble.happened("reads", new Error("cut"), "reading");
  trouble.over("reads");
  expect(trouble.reason).toBe("appending: no space left");
  trouble.over("reads");
  trouble.over("appends");
  expect(trouble.reason).toBeUndefined();
});
