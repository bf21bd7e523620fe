import { configure, type LogRecord, reset } from "@logtape/logtape";
import { expect } from "expect";
import { Trouble } from "./link.ts";

Deno.test("each new trouble is logged once until it is over; the newest one is told", async () => {
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
    trouble.over();
    expect(levels()).toEqual([]);
    for (const what of ["refused", "refused", "password", "refused"]) {
      trouble.happened(new Error(what), "connecting");
    }
    expect(trouble.told).toBe("connecting: refused");
    expect(records.map(({ properties }) => properties.told)).toEqual([
      "connecting: refused",
      "connecting: password",
    ]);
    trouble.over();
    expect(trouble.told).toBeUndefined();
    trouble.happened(new Error("refused"), "connecting");
    expect(levels()).toEqual(["warning", "warning", "info", "warning"]);
    // However many there are, the log is not flooded.
    for (let number = 0; number < 1000; number++) trouble.happened(new Error(`${number}`), "connecting");
    expect(records.length).toBeLessThan(30);
    expect(trouble.told).toBe("connecting: 999");
  } finally {
    await reset();
  }
});
