import { expect } from "expect";
import type { ApiAlert, ApiDelivery, ApiRule } from "../../control/client/types.ts";
import { readAlert, readDeadLetter, readMail, readRule, readStatus, readTrial } from "./read.ts";

const AT = "1970-01-01T00:00:01.000Z";

const alert: ApiAlert = {
  id: "r@0",
  ruleId: "r",
  ruleVersion: 1,
  armed: 1,
  tenant: "default",
  kind: "target_price",
  comparator: "gte",
  value: "71900",
  ruleDirection: null,
  conditions: [{ measure: "price", comparator: "gte", value: "71900" }],
  on: "level",
  repeat: null,
  symbol: "005930",
  name: "삼성전자",
  direction: "up",
  price: 71_900,
  rate: 1.8,
  change: 1_300,
  volume: 1,
  eventTime: AT,
  windowStart: AT,
  windowEnd: AT,
  recipients: ["a@example.com"],
  channels: ["mail"],
  locale: "ko",
  note: "",
};

Deno.test("a rule's times are read, and that it has no end", () => {
  const rule = { id: "r", conditions: [], armedAt: AT, createdAt: AT, expiresAt: null } as unknown as ApiRule;
  expect(readRule(rule)).toMatchObject({ id: "r", createdAt: 1_000, expiresAt: null });
  expect(readRule({ ...rule, expiresAt: AT }).expiresAt).toBe(1_000);
});

Deno.test("an alert is read with its deliveries and without", () => {
  expect(readAlert(alert)).toMatchObject({ eventTime: 1_000, nameEn: "", deliveries: [] });
  const delivery: ApiDelivery = {
    recipient: "a@example.com",
    channel: "mail",
    state: "sent",
    attempts: 1,
    at: AT,
  };
  expect(readAlert({ ...alert, nameEn: "Samsung", deliveries: [delivery] })).toMatchObject({
    nameEn: "Samsung",
    deliveries: [{ recipient: "a@example.com", state: "sent", attempts: 1, reason: "", at: 1_000 }],
  });
});

Deno.test("mails, dead letters and trials are read with their times", () => {
  expect(readMail({ id: "m", to: "a@example.com", subject: "s", at: AT }).at).toBe(1_000);
  const nothing = { key: "", size: 1, recipient: null, redrivenAt: null };
  const letter = { id: "1", at: AT, code: "c", reason: "r", role: "stream", ...nothing };
  expect(readDeadLetter({ ...letter, origin: "trades/0/5" })).toMatchObject({ at: 1_000, redrivable: true });
  expect(readDeadLetter({ ...letter, origin: "kis" }).redrivable).toBe(false);
  const trial = { from: AT, to: AT, trades: 5, complete: true, engine: "wasm" as const, warnings: [] };
  const fire = { at: AT, symbol: "005930", windowStart: AT, price: 1, rate: 1, change: 1 };
  expect(readTrial({ ...trial, fires: 1, alerts: [fire] })).toMatchObject({
    trades: 5,
    fires: 1,
    times: [1_000],
  });
  expect(readTrial({ ...trial, fires: 0, alerts: [] }).times).toEqual([]);
});

Deno.test("the status is read with its gaps, halts and lag", () => {
  const status = readStatus({
    ready: true,
    components: { stream: { state: "ready", detail: "evaluating 2 partitions" } },
    source: {
      name: "kis",
      state: "open",
      detail: "41 symbols",
      refused: [{ symbol: "005930", reason: "full" }],
      symbols: [
        { symbol: "000660", venue: "UN", since: AT, lastAt: AT, silent: null },
        { symbol: "005935", venue: "KRX", since: AT, lastAt: null, silent: "it is halted" },
      ],
    },
    gaps: [{ symbol: "*", reason: "reconnected", at: "1970-01-01T00:00:01Z" }],
    events: [{ symbol: "000660", what: "VI 1", at: "1970-01-01T00:00:02Z" }],
    lag: [{ role: "stream", records: 5 }],
    selfCheck: { since: AT, rounds: 2, trades: 70, missed: 0, unexpected: 0 },
    rules: 1,
    now: AT,
  });
  expect(status.components).toEqual([{ name: "stream", state: "ready", detail: "evaluating 2 partitions" }]);
  expect(status.source?.refused).toEqual([{ symbol: "005930", text: "full" }]);
  expect(status.source?.silent).toEqual([{ symbol: "005935", text: "it is halted", at: 1_000 }]);
  expect(status.gaps).toEqual([{ symbol: "", text: "reconnected", at: 1_000 }]);
  expect(status.events).toEqual([{ symbol: "000660", text: "VI 1", at: 2_000 }]);
  expect(status.lag).toEqual([{ role: "stream", records: 5 }]);
  expect(status.selfCheck).toMatchObject({ since: 1_000, trades: 70, missed: 0 });
});
