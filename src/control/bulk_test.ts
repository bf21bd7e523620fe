import { draftOf, writtenDraft } from "../rules/parse_rule.ts";
import type { Rule } from "../rules/rule.ts";
import { expect } from "expect";
import fc from "fast-check";
import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock } from "../core/clock.ts";
import { type Json, type TestControl, withControl } from "../../tests/support/control.ts";
import { arbitraryRule } from "../../tests/support/arbitrary_rule.ts";
import { csvRows, csvText } from "./bulk/csv.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["kim@example.com"],
};
const ndjson = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join("");

async function bulk(
  { request }: TestControl,
  body: string | Uint8Array,
  query = "",
  headers: Record<string, string> = {},
): Promise<{ status: number; lines: Json[]; summary: Json; text: string }> {
  const response = await request("POST", `/v1/rules:bulk${query}`, body, {
    "content-type": "application/x-ndjson",
    ...headers,
  });
  const text = await response.text();
  if (response.status !== 200) return { status: response.status, lines: [], summary: JSON.parse(text), text };
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  return { status: 200, lines: lines.slice(0, -1), summary: lines.at(-1).summary, text };
}

Deno.test("an import has a result for each line, good lines are carried out beside bad ones", () =>
  withControl(async (test) => {
    const body = `${ndjson([{ ...rule, id: "a" }])}\nnot json\n${
      ndjson([{ ...rule, value: 5.5 }, { ...rule, id: "a" }])
    }`;
    const { lines, summary } = await bulk(test, body);
    expect(lines.map((line) => [line.line, line.status, line.errors?.[0].code])).toEqual([
      [1, "created", undefined],
      [3, "refused", "not_json"],
      [4, "refused", "too_many_decimals"],
      [5, "unchanged", undefined],
    ]);
    expect(lines[2].errors[0].field).toBe("line 4.value");
    expect(summary).toEqual({ lines: 4, created: 1, replaced: 0, deleted: 0, unchanged: 1, refused: 2 });
  }));

Deno.test("replace and delete modes", () =>
  withControl(async (test) => {
    await bulk(test, ndjson([{ ...rule, id: "a" }, { ...rule, id: "b" }]));
    const replaced = await bulk(
      test,
      ndjson([{ ...rule, id: "a", value: 1 }, { ...rule, id: "c" }]),
      "?mode=replace",
    );
    expect(replaced.lines.map((line) => line.status)).toEqual(["replaced", "created"]);
    const deleted = await bulk(test, ndjson([{ id: "b" }, "c", { id: "none" }, { x: 1 }]), "?mode=delete");
    expect(deleted.lines.map((line) => line.status)).toEqual(["deleted", "deleted", "unchanged", "refused"]);
    expect((await test.json("GET", "/v1/rules")).body.data.map((r: Json) => [r.id, r.value])).toEqual([[
      "a",
      "1",
    ]]);
  }));

Deno.test("atomic: one bad line and nothing is done", () =>
  withControl(async (test) => {
    await bulk(test, ndjson([{ ...rule, id: "there" }]));
    const bad = [{ ...rule, id: "x" }, { ...rule, id: "there", value: 1 }, { ...rule, symbol: "999999" }];
    const refused = await bulk(test, ndjson(bad), "?atomic=true");
    expect(refused.status).toBe(400);
    expect(refused.summary.errors.map((issue: Json) => [issue.field, issue.code])).toEqual([
      ["line 2.id", "id_taken"],
      ["line 3.symbol", "unknown_symbol"],
    ]);
    expect((await test.json("GET", "/v1/rules")).body.data).toHaveLength(1);
    const done = await bulk(test, ndjson(bad.slice(0, 1)), "?atomic=true");
    expect(done.summary).toMatchObject({ lines: 1, created: 1 });
  }));

Deno.test("CSV with Korean words, and an export that can be imported again", () =>
  withControl(async (test) => {
    const csv = [
      "symbol,kind,condition,recipients,note,labels,id",
      '005930,목표가,53200|미만,a@example.com;b@example.com,"say ""sell"", now",team=a;desk=1,one',
      "000660,상하한가,,c@example.com,,,two",
    ].join("\r\n");
    const { summary } = await bulk(test, csv, "", { "content-type": "text/csv" });
    expect(summary.created).toBe(2);
    const one = (await test.json("GET", "/v1/rules/one")).body;
    expect(one).toMatchObject({
      comparator: "lt",
      note: 'say "sell", now',
      labels: { team: "a", desk: "1" },
    });
    for (const format of ["csv", "ndjson"]) {
      const exported = await (await test.request("GET", `/v1/rules:export?format=${format}`)).text();
      const type = format === "csv" ? "text/csv" : "application/x-ndjson";
      const again = await bulk(test, exported, "?mode=replace", { "content-type": type });
      expect(again.summary).toMatchObject({ lines: 2, unchanged: 2 });
    }
    const header = await bulk(test, "symbl,kind\n005930,x", "", { "content-type": "text/csv" });
    expect(header.summary.detail).toContain("did you mean symbol?");
    const broken = await bulk(test, 'id,symbol\n"a', "", { "content-type": "text/csv" });
    expect([broken.status, broken.summary.code]).toEqual([400, "bad_csv"]);
  }));

Deno.test("any cells survive CSV, however the text is cut", () =>
  fc.assert(fc.asyncProperty(
    fc.array(
      fc.array(fc.string({ unit: fc.constantFrom(...'a가,"\n\r ;') }), { minLength: 2, maxLength: 4 }),
    ),
    fc.integer({ min: 1, max: 5 }),
    async (rows, size) => {
      const text = csvText([["id", "note"], ...rows]);
      const chunks = async function* () {
        for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
      };
      const read: (readonly string[])[] = [];
      for await (const { cells } of csvRows(chunks())) read.push(cells);
      expect(read.slice(1)).toEqual(rows);
    },
  )));

Deno.test("an import is repeated with its Idempotency-Key: what was done is unchanged, nothing is there twice", () =>
  withControl(async (test) => {
    const body = ndjson(Array.from({ length: 1_200 }, (_, value) => ({ ...rule, value: value + 1 })));
    const headers = { "idempotency-key": "import-1" };
    const first = await bulk(test, body.slice(0, body.length / 2), "", headers);
    const second = await bulk(test, body, "", headers);
    expect(second.summary.created + second.summary.unchanged).toBe(1_200);
    expect(second.summary.unchanged).toBe(first.summary.created);
    const again = await bulk(test, body, "", headers);
    expect(again.summary).toMatchObject({ created: 0, unchanged: 1_200 });
  }));

Deno.test("the same Idempotency-Key and body gets the same answer, another body 422, also after a restart", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 3, clock: systemClock });
  const headers = { "idempotency-key": "order-7" };
  try {
    const first = await asked({ log }, (test) => test.json("POST", "/v1/rules", rule, headers));
    expect(first.status).toBe(201);
    await withControl(async (test) => {
      const again = await test.json("POST", "/v1/rules", rule, headers);
      expect([again.status, again.body]).toEqual([201, first.body]);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(again.headers.get("etag")).toBe('"1"');
      const other = await test.json("POST", "/v1/rules", { ...rule, value: 1 }, headers);
      expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
      expect((await test.json("GET", "/v1/rules")).body.data).toHaveLength(1);
      expect((await test.json("POST", "/v1/rules", rule, { "idempotency-key": "a b" })).status).toBe(400);
    }, { log });
  } finally {
    await log.close();
  }
});

Deno.test("a crash between the rule and its answer: the repeated request finds the rule it made", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 3, clock: systemClock });
  const headers = { "idempotency-key": "order-8" };
  try {
    // The answer's record is what a crash at that moment would not have written.
    const lossy = new Proxy(log, {
      get(target, name) {
        if (name !== "append") return Reflect.get(target, name).bind(target);
        return (records: readonly { key: string }[]) => {
          if (records[0]!.key.startsWith("~answer/")) throw new Error("killed here");
          return target.append(records as Parameters<typeof target.append>[0]);
        };
      },
    });
    await asked({ log: lossy }, (test) => test.json("POST", "/v1/rules", [rule, rule], headers));
    const again = await asked({ log }, (test) => test.json("POST", "/v1/rules", [rule, rule], headers));
    expect([again.status, again.body.data.length]).toEqual([201, 2]);
    const listed = await asked({ log }, (test) => test.json("GET", "/v1/rules"));
    expect(listed.body.data).toHaveLength(2);
  } finally {
    await log.close();
  }
});

async function asked(options: Json, ask: (test: TestControl) => Promise<Json>): Promise<Json> {
  let answer: Json;
  await withControl(async (test) => {
    answer = await ask(test);
  }, options);
  return answer;
}

const LF = String.fromCharCode(10);

Deno.test("a CSV row's line is where it begins, whatever ends the lines before and within it", async () => {
  const text = `id,note\r\n\r\na,"x\r\ny"\r\n\n\nb,1\rc,2\nd,"\n"\ne,3`;
  const truth = new Map([["id", 1], ["a", 3], ["b", 7], ["c", 8], ["d", 9], ["e", 11]]);
  for (let size = 1; size < text.length; size++) {
    const chunks = async function* () {
      for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
    };
    const lines: [string, number][] = [];
    for await (const { line, cells } of csvRows(chunks())) lines.push([cells[0]!, line]);
    expect([size, lines]).toEqual([size, [...truth]]);
  }
});

Deno.test("every field of any rule survives an export and its import, as JSON lines and as CSV in any encoding", () =>
  withControl(async (test) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryRule(), { minLength: 1, maxLength: 8 }), async (rules) => {
        const drafts = rules.map((rule, index) => {
          return { ...writtenDraft(draftOf(onKnownSymbols(rule))), id: `r${index}` };
        });
        await bulk(test, ndjson(drafts), "?mode=replace");
        const before = (await test.json("GET", "/v1/rules?limit=1000")).body.data;
        for (const format of ["csv", "ndjson"]) {
          const text = await (await test.request("GET", `/v1/rules:export?format=${format}`)).text();
          const type = { "content-type": format === "csv" ? "text/csv" : "application/x-ndjson" };
          const wide = new Uint8Array(Uint16Array.from(`\ufeff${text}`, (unit) => unit.charCodeAt(0)).buffer);
          for (const body of [text, `\ufeff${text}`, wide, text.replaceAll("\r\n", LF)]) {
            const again = await bulk(test, body, "?mode=replace", type);
            expect(again.summary).toMatchObject({ lines: before.length, unchanged: before.length });
          }
          await bulk(test, ndjson(before.map((rule: Json) => rule.id)), "?mode=delete");
          expect((await bulk(test, text, "", type)).summary).toMatchObject({ created: before.length });
          const after = (await test.json("GET", "/v1/rules?limit=1000")).body.data;
          const said = (all: Json[]) =>
            all.map(({ version: _v, armedAt: _a, createdAt: _c, updatedAt: _u, ...rest }) => rest).sort((
              a,
              b,
            ) => a.id < b.id ? -1 : 1);
          expect(said(after)).toEqual(said(before));
        }
        await bulk(test, ndjson(before.map((rule: Json) => rule.id)), "?mode=delete");
      }),
      { numRuns: 12 },
    );
  }));

Deno.test("a CSV cell that a spreadsheet would run is defused, and comes back as it was", () =>
  withControl(async (test) => {
    const notes = ["=HYPERLINK(1)", "+1-800", "-2+3", "@SUM(A1)", "'=x", "''", "-5", "＝cmd", "a=b"];
    await bulk(test, ndjson(notes.map((note, index) => ({ ...rule, id: `n${index}`, note }))));
    const csv = await (await test.request("GET", "/v1/rules:export?format=csv")).text();
    for (const cell of csv.split(/[,\r\n]+/)) {
      expect([cell, /^"?[=+@＝]|^"?-(?!\d+$)/.test(cell)]).toEqual([cell, false]);
    }
    const again = await bulk(test, csv, "?mode=replace", { "content-type": "text/csv" });
    expect(again.summary).toMatchObject({ unchanged: notes.length });
  }));

Deno.test("a table as Excel writes it: CP949, tabs, a symbol without its zeros, TRUE", () =>
  withControl(async (test) => {
    const cp949 = [0xbb, 0xef, 0xbc, 0xba, 0xc0, 0xfc, 0xc0, 0xda]; // 삼성전자
    const utf8 = new TextEncoder();
    const body = new Uint8Array([
      ...utf8.encode("id\tsymbol\tkind\tcomparator\tvalue\trecipients\tnote\tenabled\r\n"),
      ...utf8.encode("a\t5930\ttarget_price\tgte\t71950\ta@example.com\t"),
      ...cp949,
      ...utf8.encode("\tTRUE\r\n\t\t\t\t\t\t\t\r\n"),
    ]);
    const { summary } = await bulk(test, body, "", { "content-type": "text/csv" });
    expect(summary).toMatchObject({ lines: 1, created: 1 });
    expect((await test.json("GET", "/v1/rules/a")).body).toMatchObject({
      symbol: "005930",
      note: "삼성전자",
      enabled: true,
    });
    const packed = await bulk(test, new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
    expect([packed.status, packed.summary.code]).toEqual([400, "not_utf8"]);
    expect(packed.summary.detail).toContain("gzip");
  }));

/** A rule for symbols that the directory has. */
function onKnownSymbols(rule: Rule): Rule {
  if (rule.symbol !== null) return { ...rule, symbol: "005930" };
  return rule.symbols === null ? rule : { ...rule, symbols: ["000660", "005930"] };
}

Deno.test("others are served while a large import runs", () =>
  withControl(async (test) => {
    const lines = Array.from({ length: 6_000 }, (_, n) => JSON.stringify({ ...rule, value: String(n + 1) }));
    const importing = test.request("POST", "/v1/rules:bulk", lines.join("\n"), {
      "content-type": "application/x-ndjson",
    });
    let done = false;
    const reading = importing.then(async (answer) => {
      const text = await answer.text();
      done = true;
      return text;
    });
    let turns = 0;
    for (const late = performance.now() + 60_000; !done;) {
      if (performance.now() > late) throw new Error("the import does not end");
      expect((await test.request("GET", "/healthz")).status).toBe(200);
      await new Promise((turn) => setTimeout(turn, 0));
      turns++;
    }
    expect(JSON.parse((await reading).trim().split("\n").at(-1)!).summary.created).toBe(6_000);
    // An import in one go leaves a turn for each of its few parts; one in small parts, hundreds.
    expect(turns).toBeGreaterThan(45);
  }));

Deno.test("a header without end is refused at once, whatever it has", async () => {
  const begun = performance.now();
  const header = async function* () {
    for (let chunk = 0; chunk < 3; chunk++) yield ",".repeat(60_000);
  };
  for await (const { cells } of csvRows(header())) expect(cells.length).toBeGreaterThan(1);
  expect(performance.now() - begun).toBeLessThan(3_000);
});

Deno.test("an import that is only tried comes in parts of many lines, as one that is carried out: each part is a turn for others", () =>
  withControl(async ({ request }) => {
    const body = ndjson(Array.from({ length: 250 }, (_, index) => ({ ...rule, id: `r${index}` })));
    const type = { "content-type": "application/x-ndjson" };
    const response = await request("POST", "/v1/rules:bulk?dryRun=true", body, type);
    const parts = await Array.fromAsync(response.body!.pipeThrough(new TextDecoderStream()));
    expect(parts.join("").trim().split("\n")).toHaveLength(251);
    expect(parts.length).toBeLessThan(10);
  }));
