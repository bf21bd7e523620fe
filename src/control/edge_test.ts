import { EventSourceParserStream } from "eventsource-parser/stream";
import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { VirtualClock } from "../core/clock.ts";
import type { EventLog } from "../ports/event_log.ts";
import {
  type Json,
  makeControl,
  ROOT_KEY,
  type TestControl,
  withControl,
} from "../../tests/support/control.ts";
import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock } from "../core/clock.ts";
import { Health } from "../telemetry/health.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["kim@example.com"],
};

Deno.test("entity tags mean the same however a proxy has changed them", () =>
  withControl(async (test) => {
    const { headers } = await test.json("POST", "/v1/rules", { ...rule, id: "r" });
    expect(headers.get("etag")).toBe('"1"');
    const read = async (tags: string) =>
      (await test.request("GET", "/v1/rules/r", undefined, { "if-none-match": tags })).status;
    for (const tags of ['"1"', 'W/"1"', '"1-gzip"', '"0", W/"1"', "*"]) {
      expect([tags, await read(tags)]).toEqual([tags, 304]);
    }
    expect(await read('"2"')).toBe(200);
    expect(await read("1")).toBe(400);
    let version = 1;
    const change = async (tags: string) =>
      await test.json("PATCH", "/v1/rules/r", { note: `v${version}` }, { "if-match": tags });
    for (
      const tagsOf of [
        (n: number) => `W/"${n}"`,
        (n: number) => `"${n}--gzip"`,
        (n: number) => `"${n}:0"`,
        (n: number) => `W/"${n}-dcb"`,
        (n: number) => `"77", "${n}"`,
      ]
    ) {
      expect((await change(tagsOf(version++))).status).toBe(200);
    }
    expect([(await change('"1"')).status, (await change('"0-gzip", "x"')).status]).toEqual([412, 412]);
    // None of ours: who is said to be late would read and try again for ever.
    for (const none of ["W/1", 'W/"other"', '"x", "5d8c72a5edda8"']) {
      const broken = await change(none);
      expect([broken.status, broken.body.code]).toEqual([400, "bad_etag"]);
    }
  }));

Deno.test("a time in the past, or in seconds, is refused where it is given", () =>
  withControl(async (test) => {
    const make = async (expiresAt: unknown) => await test.json("POST", "/v1/rules", { ...rule, expiresAt });
    const past = await make("2020-01-01T00:00:00+09:00");
    expect([past.status, past.body.errors[0].code]).toEqual([400, "in_the_past"]);
    const seconds = await make(1_796_999_999);
    expect([seconds.status, seconds.body.errors[0].code]).toEqual([400, "seconds_for_milliseconds"]);
    const made = await make("2099-01-01T00:00:00+09:00");
    expect(made.status).toBe(201);
    const path = `/v1/rules/${made.body.id}`;
    expect((await test.json("PATCH", path, { expiresAt: 1_000 })).status).toBe(400);
    const list = await test.json("POST", "/v1/rules", [rule, { ...rule, expiresAt: 1_000 }]);
    expect(list.body.errors[0].field).toBe("[1].expiresAt");
    const silence = { matchers: [{ field: "symbol", value: "005930" }], comment: "x" };
    expect((await test.json("POST", "/v1/silences", { ...silence, until: 1_796_999_999 })).status).toBe(400);
    const key = { name: "k", scopes: ["admin"], expiresAt: 1_796_999_999 };
    expect((await test.json("POST", "/v1/keys", key)).body.errors[0].code).toBe("seconds_for_milliseconds");
    for (const list of ["/v1/alerts", "/v1/market/005930/trades", "/v1/market/005930/candles"]) {
      expect([list, (await test.json("GET", `${list}?from=1796999999`)).status]).toEqual([list, 400]);
    }
  }));

Deno.test("a rule that has expired can still be changed otherwise, and an import takes it with a warning", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 23));
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  try {
    await withControl(async (test) => {
      await test.json("POST", "/v1/rules", { ...rule, id: "r", expiresAt: clock.now() + 1_000 });
      await clock.advance(2_000);
      expect((await test.json("PATCH", "/v1/rules/r", { note: "kept" })).status).toBe(200);
      const line = JSON.stringify({ ...rule, id: "old", expiresAt: 1_600_000_000_000 });
      const imported = await test.request("POST", "/v1/rules:bulk", line, {
        "content-type": "application/x-ndjson",
      });
      expect(JSON.parse((await imported.text()).split("\n")[0]!)).toMatchObject({
        status: "created",
        warnings: [{ code: "expired" }],
      });
    }, { clock, log });
  } finally {
    await log.close();
  }
});

Deno.test("decomposed Korean is read as the same word, in bodies, escapes and queries", () =>
  withControl(async (test) => {
    const nfd = "삼성전자".normalize("NFD");
    const made = await test.json("POST", "/v1/rules", { ...rule, id: "a", note: nfd, labels: { team: nfd } });
    expect([made.body.note, made.body.labels]).toEqual(["삼성전자", { team: "삼성전자" }]);
    const escaped = JSON.stringify({ ...rule, id: "b", note: "NOTE" }).replace(
      "NOTE",
      "\\u1112\\u1161\\u11ab",
    );
    expect((await test.json("POST", "/v1/rules", escaped)).body.note).toBe("한");
    const found = (await test.json("GET", `/v1/rules?text=${encodeURIComponent(nfd)}`)).body.data;
    expect(found.map(({ id }: Json) => id)).toContain("a");
    expect((await test.json("GET", `/v1/symbols?q=${encodeURIComponent(nfd)}`)).body.data[0].symbol).toBe(
      "005930",
    );
  }));

Deno.test("bodies are answered for what they are", () =>
  withControl(async (test) => {
    const twice = await test.json("POST", "/v1/rules", JSON.stringify(rule).replace("{", '{"value":"1",'));
    expect([twice.status, twice.body.code, twice.body.errors[0].field]).toEqual([
      400,
      "duplicate_key",
      "value",
    ]);
    const nested = '{"labels":{"a":"1","\\u0061":"2"}}';
    expect((await test.json("PATCH", "/v1/rules/x", nested)).body.code).toBe("duplicate_key");
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`f${n}`, 1])));
    const begun = performance.now();
    expect((await test.json("POST", "/v1/rules", many)).body.code).toBe("too_many_fields");
    expect((await test.json("POST", "/v1/session", many)).body.code).toBe("too_many_fields");
    expect(performance.now() - begun).toBeLessThan(500);
    const gzip = new Uint8Array(
      await new Response(new Blob([JSON.stringify(rule)]).stream().pipeThrough(new CompressionStream("gzip")))
        .arrayBuffer(),
    );
    const coded = await test.json("POST", "/v1/rules", gzip, { "content-encoding": "gzip" });
    expect([coded.status, coded.body.code, coded.headers.get("accept-encoding")]).toEqual([
      415,
      "compressed_body",
      "identity",
    ]);
    expect((await test.json("POST", "/v1/rules", gzip)).body.code).toBe("compressed_body");
    const bulk = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
    expect((await test.json("POST", "/v1/rules:bulk", gzip, bulk)).status).toBe(415);
    const broken = new ReadableStream({ pull: () => Promise.reject(new Error("connection lost")) });
    const request = new Request("http://localhost/v1/rules", {
      method: "POST",
      body: broken,
      headers: { authorization: "Bearer root-key-of-the-tests", "content-type": "application/json" },
    });
    const lost = await test.control.app.fetch(request);
    expect([lost.status, (await lost.json()).code]).toEqual([400, "body_interrupted"]);
  }));

Deno.test("a write that the log does not take is a 503 within seconds, and readiness says so until it is taken", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 23));
  const real = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  const open = Promise.withResolvers<void>();
  let away = false;
  const log = new Proxy(real, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== "append") return typeof value === "function" ? value.bind(target) : value;
      return async (...given: Parameters<EventLog["append"]>) => {
        if (away) await open.promise;
        return await target.append(...given);
      };
    },
  });
  try {
    await withControl(async (test) => {
      away = true;
      const asking = test.json("POST", "/v1/rules", { ...rule, id: "r" });
      await clock.advance(5_000);
      const answer = await asking;
      expect([answer.status, answer.body.code, answer.headers.get("retry-after")]).toEqual([
        503,
        "not_stored",
        "5",
      ]);
      const state = async () => (await test.json("GET", "/readyz")).body;
      expect((await state()).status).toBe("degraded");
      expect((await test.json("GET", "/v1/rules")).status).toBe(200);
      away = false;
      open.resolve();
      await test.json("POST", "/v1/rules", { ...rule, id: "s" });
      expect((await state()).status).toBe("ready");
    }, { clock, log });
  } finally {
    await real.close();
  }
});

/** What a stream has sent so far: its blocks, and a way to read on. */
function streamOf(response: Response) {
  let retry: number | undefined;
  const events = response.body!.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ onRetry: (ms) => retry = ms })).getReader();
  return {
    async next(): Promise<{ event: string; id: string; data: Json; retry: string | undefined }> {
      const { value, done } = await events.read();
      if (done) throw new Error("the stream has ended");
      const said = {
        event: value.event!,
        id: value.id!,
        data: JSON.parse(value.data),
        retry: retry?.toString(),
      };
      retry = undefined;
      return said;
    },
    close: () => events.cancel(),
  };
}

async function alertsOf(test: TestControl, rules: readonly string[], tenant = "default"): Promise<void> {
  await test.log.append(rules.map((ruleId, index) => {
    const alert = alertFixture({
      id: `${ruleId}@0`,
      ruleId,
      tenant,
      symbol: index % 2 ? "005930" : "000660",
    });
    return {
      topic: "alerts" as const,
      key: alert.symbol,
      value: encodeAlert(alert),
      timestamp: alert.eventTime,
    };
  }));
}

Deno.test("a stream that sent nothing but heartbeats is resumed, and what other tenants had is passed", () =>
  withControl(async (test) => {
    const first = streamOf(await test.request("GET", "/v1/alerts/stream"));
    const beat = await first.next();
    expect([beat.event, beat.retry]).toEqual(["heartbeat", "2000"]);
    expect(beat.id).toMatch(/^[0-9a-z]+(\.[0-9a-z]+)*$/);
    await first.close();
    await alertsOf(test, ["acme~x"], "acme");
    await alertsOf(test, ["a", "b"]);
    const again = streamOf(
      await test.request("GET", "/v1/alerts/stream", undefined, { "last-event-id": beat.id }),
    );
    expect((await again.next()).id).toBe(beat.id);
    const events = [await again.next(), await again.next()];
    expect(events.map(({ data }) => data.ruleId).sort()).toEqual(["a", "b"]);
    await again.close();
    const market = streamOf(await test.request("GET", "/v1/market/stream"));
    const quiet = await market.next();
    await market.close();
    const trade = { symbol: "005930", eventTime: 1, price: 5 };
    await test.log.append([{ topic: "trades", key: "005930", value: JSON.stringify(trade), timestamp: 1 }]);
    const resumed = streamOf(await test.request("GET", `/v1/market/stream?lastEventId=${quiet.id}`));
    await resumed.next();
    expect((await resumed.next()).data).toEqual([trade]);
    await resumed.close();
  }, { partitions: 2 }));

Deno.test("a stream that cannot be resumed says so", () =>
  withControl(async (test) => {
    const ask = async (path: string, id: string) => {
      const answer = await test.json("GET", path, undefined, { "last-event-id": id });
      return [answer.status, answer.body.code];
    };
    for (const path of ["/v1/alerts/stream", "/v1/market/stream"]) {
      expect(await ask(path, "nonsense!")).toEqual([400, "bad_event_id"]);
      expect(await ask(path, "0")).toEqual([410, "events_gone"]);
      expect(await ask(path, "zz.zz")).toEqual([410, "events_gone"]);
    }
  }, { partitions: 2 }));

Deno.test("every refusal names a page that says what it means and what to do, in a catalogue of all", () =>
  withControl(async (test) => {
    const { data } = (await test.json("GET", "/problems")).body;
    expect(data.length).toBeGreaterThan(50);
    for (const { code, statuses, means, todo } of data) {
      expect([code, statuses.length > 0, means.endsWith("."), todo.endsWith(".")]).toEqual([
        code,
        true,
        true,
        true,
      ]);
    }
    const refused = [
      await test.json("POST", "/v1/rules", { ...rule, value: "x" }),
      await test.json("GET", "/v1/rules/none"),
      await test.json("GET", "/nothing"),
      await test.json("DELETE", "/v1/rules"),
      await test.json("GET", "/v1/rules", undefined, { authorization: "Bearer no" }),
    ];
    for (const { status, body } of refused) {
      expect(body.type).toBe(`/problems/${body.code}`);
      expect(data.find(({ code }: Json) => code === body.code).statuses).toContain(status);
      const page = await test.control.app.request(body.type);
      expect([page.status, (await page.text()).includes(`<h1>${body.code}</h1>`)]).toEqual([200, true]);
    }
    const unknown = await test.control.app.request("/problems/kafka_unreachable");
    expect(await unknown.text()).toContain("does not answer");
    expect((await test.control.app.request("/problems/%3Cscript%3E")).status).toBe(400);
  }));

Deno.test("before what is there is read, a request waits for it a while, and then hears that the process is starting", () =>
  withControl(async ({ log, series, json }) => {
    await json("POST", "/v1/rules", { ...rule, id: "r" });
    const clock = new VirtualClock(Date.now());
    const control = makeControl({
      log,
      series,
      clock,
      health: new Health(),
      linkSecret: "a-link-secret-of-the-tests",
    });
    const ask = (path: string, key = ROOT_KEY) =>
      control.app.request(path, { headers: { authorization: `Bearer ${key}` } });
    const early = [ask("/v1/rules"), ask("/v1/rules", "tb_not_read_yet"), ask("/v1/offers")];
    const page = ask("/v1/unsubscribe?token=x");
    await clock.advance(5_000);
    for (const answer of await Promise.all(early)) {
      expect([answer.status, (await answer.json()).code]).toEqual([503, "starting"]);
    }
    const { status, headers } = await page;
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await (await page).text()).toMatch(/^<!doctype html/i);
    for (const path of ["/healthz", "/v1/status"]) {
      const answer = await ask(path);
      expect([path, answer.status]).toEqual([path, 200]);
      await answer.body?.cancel();
    }
    const waiting = ask("/v1/rules");
    const stop = new AbortController();
    const running = control.run(stop.signal);
    try {
      expect((await (await waiting).json()).data.map(({ id }: Json) => id)).toEqual(["r"]);
    } finally {
      stop.abort();
      await running;
    }
  }));
