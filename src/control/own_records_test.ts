import { expect } from "expect";
import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock, VirtualClock } from "../core/clock.ts";
import type { EventLog, NewRecord, Topic } from "../ports/event_log.ts";
import { ControlBook } from "../books/control_book.ts";
import { encodeSilence } from "../alerts/silences.ts";
import { type Json, withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";
import { hashSecret } from "./auth/secret.ts";

const SECRET = "A".repeat(43);
const key = (id: string, tenant = "default") => ({
  id,
  tenant,
  name: "old",
  scopes: ["admin"],
  hash: hashSecret(SECRET),
  createdAt: 1,
  createdBy: "root",
  expiresAt: null,
  revokedAt: null,
  replaces: null,
});
const old = (recordKey: string, value: unknown, more: Partial<NewRecord> = {}): NewRecord => ({
  topic: "rules",
  key: recordKey,
  value: typeof value === "string" ? value : JSON.stringify(value),
  timestamp: 1,
  ...more,
});
const entry = (n: number) => ({
  id: `${n}`,
  at: n,
  tenant: "default",
  who: "root",
  requestId: "request-1",
  action: "rule.created",
  target: `r${n}`,
  before: null,
  after: { recipients: ["kim@example.com"] },
});
const silence = {
  id: "s1",
  tenant: "default",
  matchers: [{ field: "symbol", value: "005930" }],
  from: 0,
  until: 4_000_000_000_000,
  by: "root",
  comment: "x",
  createdAt: 1,
} as const;

async function keysOf(log: EventLog, topic: Topic): Promise<string[]> {
  const standing = new Map<string, boolean>();
  for (let partition = 0; partition < await log.partitions(topic); partition++) {
    const { start, end } = await log.bounds(topic, partition);
    for await (const batch of log.read({ topic, partition, from: start, to: end })) {
      for (const record of batch.records) standing.set(record.key, record.value !== null);
    }
  }
  return [...standing].filter(([, stands]) => stands).map(([name]) => name).sort();
}

Deno.test("what stood on the rules topic is moved once, and nothing written there later is believed", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 23));
  const log = await openSqliteLog({ path: ":memory:", partitions: 3, clock: systemClock });
  const works = async (
    test: { request: (...given: [string, string, undefined, Json]) => Promise<Response> },
    id: string,
  ) =>
    (await test.request("GET", "/v1/rules", undefined, { authorization: `Bearer tbk_${id}_${SECRET}` }))
      .status;
  try {
    await log.append([
      old("~key/000000000001", key("000000000001")),
      old("~key/000000000002", "{no json"),
      old("~id/mine", "no json either"),
      old("~silence/s1", encodeSilence(silence), { placement: "~silences" }),
      old("~feed/kis", { source: "kis" }, { placement: "~feeds" }),
      old("~audit/2", entry(2)),
      old("~audit/1", entry(1)),
    ]);
    // A notifier that begins before any control does sees the silence where it stood.
    expect((await ControlBook.load(log)).silences.all().map(({ id }) => id)).toEqual(["s1"]);
    await withControl(async (test) => {
      expect(await works(test, "000000000001")).toBe(200);
      expect((await test.json("GET", "/v1/silences")).body.data.map(({ id }: Json) => id)).toEqual(["s1"]);
      const { data } = (await test.json("GET", "/v1/audit")).body;
      expect(data.map(({ target, after }: Json) => [target, after.recipients])).toEqual([
        ["r2", ["kim@example.com"]],
        ["r1", ["kim@example.com"]],
      ]);
      // Whoever can write rules makes himself no key.
      await log.append([old("~key/000000000003", key("000000000003"))]);
      expect(await works(test, "000000000003")).toBe(401);
    }, { log, clock });
    expect(await keysOf(log, "rules")).not.toEqual([]);
    await clock.advance(3_600_000);
    await withControl(async (test) => {
      expect(await works(test, "000000000001")).toBe(200);
      expect(await works(test, "000000000003")).toBe(401);
      expect((await test.json("GET", "/v1/audit?action=rule.created")).body.data).toHaveLength(2);
      // An hour later the housekeeping has left nothing of the old.
      await clock.advance(3_000);
      expect(await keysOf(log, "rules")).toEqual([]);
      expect(await works(test, "000000000001")).toBe(200);
    }, { log, clock });
  } finally {
    await log.close();
  }
});

Deno.test("a record of control's own that cannot be read stops nothing, at a start and while running", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  const junk = (recordKey: string): NewRecord => ({
    topic: "control",
    key: recordKey,
    value: "{no json",
    timestamp: 1,
  });
  const all = ["key/x", "claim/x", "silence/x", "answer/x", "person/x", "moved/rules"].map(junk);
  try {
    await log.append([...all, { ...junk("feed/x"), topic: "status" }, {
      ...junk("default"),
      topic: "audit",
    }]);
    await withControl(async (test) => {
      const rule = {
        symbol: "005930",
        kind: "target_price",
        comparator: "gte",
        value: 1,
        recipients: ["a@b.kr"],
      };
      expect((await test.json("POST", "/v1/rules", { ...rule, id: "mine" })).status).toBe(201);
      await log.append(all);
      expect((await test.json("POST", "/v1/rules", { ...rule, id: "other" })).status).toBe(201);
      expect((await test.json("GET", "/readyz")).status).toBe(200);
      const { components } = (await test.json("GET", "/v1/status")).body;
      expect(components.control).toMatchObject({ state: "degraded" });
      expect(components.control.detail).toContain("records cannot be read");
      expect((await test.json("GET", "/v1/audit")).body.data).toHaveLength(2);
    }, { log });
  } finally {
    await log.close();
  }
});

Deno.test("the audit: persons are pseudonyms on the topic, and a changed entry breaks its chain", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  const rule = {
    symbol: "005930",
    kind: "target_price",
    comparator: "gte",
    value: 1,
    recipients: ["kim@b.kr"],
  };
  try {
    await withControl(async (test) => {
      for (const id of ["a", "b", "c"]) {
        await test.json("POST", "/v1/rules", { ...rule, id, note: "to kim@b.kr" });
      }
      const page = (await test.json("GET", "/v1/audit")).body;
      expect(page.data[0].after).toMatchObject({ recipients: ["kim@b.kr"], note: "to kim@b.kr" });
      expect((await test.json("GET", "/v1/audit:check")).body).toMatchObject({ whole: true, entries: 3 });
      const written: string[] = [];
      const { start, end } = await log.bounds("audit", 0);
      for await (const batch of log.read({ topic: "audit", partition: 0, from: start, to: end })) {
        written.push(...batch.records.map(({ value }) => new TextDecoder().decode(value!)));
      }
      expect(written.join("")).not.toContain("kim@b.kr");
      // Somebody who can write to the topic puts the last entry there again, changed.
      const forged = written[2]!.replace('"c"', '"d"');
      await log.append([{ topic: "audit", key: "default", value: forged, timestamp: 1 }]);
      const fault = await until(
        async () => (await test.json("GET", "/v1/audit:check")).body.faults[0],
        "the fault",
      );
      expect(fault.reason).toBe("follows entry 2");
    }, { log });
  } finally {
    await log.close();
  }
});

Deno.test("no tenant's changes push out another's entries", () =>
  withControl(async (test) => {
    const keyOf = async (tenant: string) => {
      const { body } = await test.json("POST", "/v1/keys", { name: "k", tenant, scopes: ["admin"] });
      return { authorization: `Bearer ${body.key}` };
    };
    const [a, b] = [await keyOf("acme"), await keyOf("bolt")];
    const rule = { symbol: "005930", kind: "target_price", comparator: "gte", recipients: ["a@b.kr"] };
    await test.json("POST", "/v1/rules", { ...rule, value: 1, id: "first" }, a);
    const many = Array.from({ length: 900 }, (_, index) => ({ ...rule, value: index + 1 }));
    for (let round = 0; round < 3; round++) {
      expect((await test.json("POST", "/v1/rules", many, b)).status).toBe(201);
    }
    const mine = (await test.json("GET", "/v1/audit", undefined, a)).body;
    expect(mine.data.map(({ target }: Json) => target)).toEqual(["first"]);
    let cursor: string | null = null;
    let count = 0;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page: Json = (await test.json("GET", `/v1/audit?limit=1000${query}`, undefined, b)).body;
      count += page.data.length;
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(count).toBe(2_700);
  }));

Deno.test("a person is erased: from every tenant's rules, the settings and the audit, whose chain stays whole", () =>
  withControl(async (test) => {
    const { body: key } = await test.json("POST", "/v1/keys", {
      name: "k",
      tenant: "acme",
      scopes: ["admin"],
    });
    const acme = { authorization: `Bearer ${key.key}` };
    const rule = { symbol: "005930", kind: "target_price", comparator: "gte", value: 1 };
    const kim = "Kim@b.kr";
    await test.json(
      "POST",
      "/v1/rules",
      { ...rule, id: "alone", recipients: [kim], note: `for ${kim}` },
      acme,
    );
    await test.json("POST", "/v1/rules", { ...rule, id: "both", recipients: [kim, "lee@b.kr"] });
    await test.json("PUT", "/v1/suppressions/kim%40b.kr", { suppressed: true });
    expect(JSON.stringify((await test.json("GET", "/v1/audit")).body)).toContain(kim);
    expect((await test.json("DELETE", "/v1/people/kim%40b.kr", undefined, acme)).status).toBe(403);

    const erased = await test.json("DELETE", "/v1/people/kim%40b.kr");
    expect([erased.status, erased.body.rules]).toEqual([200, 2]);
    expect(erased.body.pseudonyms).toBeGreaterThan(0);
    expect((await test.json("GET", "/v1/rules/alone", undefined, acme)).status).toBe(404);
    expect((await test.json("GET", "/v1/rules/both")).body.recipients).toEqual(["lee@b.kr"]);
    expect((await test.json("GET", "/v1/suppressions")).body.data).toEqual([]);
    const audit = (await test.json("GET", "/v1/audit")).body;
    expect(JSON.stringify(audit).toLowerCase()).not.toContain("kim@b.kr");
    expect(JSON.stringify(audit)).toContain("lee@b.kr");
    expect(audit.data.find(({ target }: Json) => target === "alone").before.recipients[0]).toMatch(
      /^person:/,
    );
    expect((await test.json("GET", "/v1/audit:check")).body.whole).toBe(true);
    expect((await test.json("DELETE", "/v1/people/kim%40b.kr")).body).toEqual({ rules: 0, pseudonyms: 0 });
  }));
