import { expect } from "expect";
import { readAlert, readMail, readRule, readStatus, timeOf } from "./read.ts";

Deno.test("times are read from ISO 8601 and from epoch ms", () => {
  expect(timeOf("2026-11-23T00:47:51.123Z")).toBe(Date.UTC(2026, 10, 23, 0, 47, 51, 123));
  expect(timeOf("2026-11-23T09:47:51+09:00")).toBe(Date.UTC(2026, 10, 23, 0, 47, 51));
  expect([timeOf(5), timeOf(null), timeOf(undefined), timeOf(""), timeOf("soon")]).toEqual([
    5,
    null,
    null,
    null,
    null,
  ]);
});

Deno.test("what the API leaves out is empty, not missing", () => {
  expect(readRule({ id: "r", expiresAt: null })).toMatchObject({ note: "", labels: {}, expiresAt: null });
  expect(readAlert({ id: "a", name: "삼성전자" })).toMatchObject({ nameEn: "", note: "", deliveries: [] });
  expect(readAlert({ deliveries: [{ recipient: "a@x.com", state: "sent" }] }).deliveries).toEqual([
    { recipient: "a@x.com", state: "sent", attempts: 0, reason: "", at: null },
  ]);
  expect(readMail({ id: "m", to: ["a@x.com", "b@x.com"] })).toMatchObject({
    to: "a@x.com, b@x.com",
    html: "",
  });
  expect(readStatus({})).toEqual({ components: [], source: undefined, gaps: [], events: [], lag: [] });
});

Deno.test("the status is read with its gaps, halts and lag", () => {
  const status = readStatus({
    components: { stream: { state: "ready", detail: "evaluating 2 partitions" } },
    source: {
      name: "kis",
      state: "open",
      detail: "41 symbols",
      refused: [{ symbol: "005930", reason: "full" }],
    },
    gaps: [{ symbol: "*", reason: "reconnected", at: "1970-01-01T00:00:01Z" }],
    events: [{ symbol: "000660", what: "VI 1", at: "1970-01-01T00:00:02Z" }],
    lag: [{ role: "stream", records: 5 }],
  });
  expect(status.components).toEqual([{ name: "stream", state: "ready", detail: "evaluating 2 partitions" }]);
  expect(status.source?.refused).toEqual([{ symbol: "005930", text: "full" }]);
  expect(status.gaps).toEqual([{ symbol: "", text: "reconnected", at: 1_000 }]);
  expect(status.events).toEqual([{ symbol: "000660", text: "VI 1", at: 2_000 }]);
  expect(status.lag).toEqual([{ role: "stream", records: 5 }]);
});
