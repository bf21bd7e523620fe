import { gunzipSync } from "node:zlib";
import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { systemClock } from "../../core/clock.ts";
import { OutsideError } from "../../core/errors.ts";
import { OPENING, quoteOf, tradeOf } from "../../../tests/contract/series_store.ts";
import { InfluxApi } from "./influx_api.ts";
import { alertLine, quoteLine, quoteOfRow, tradeLine, tradeOfRow } from "./influx_lines.ts";
import { writeLines } from "./influx_writer.ts";
import { InfluxSeriesStore } from "./series_store.ts";

/** An HTTP server in InfluxDB's place that answers as it is asked. */
async function withServer(
  answer: (lines: string[], request: Request) => Response,
  body: (api: InfluxApi, url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const sent = new Uint8Array(await request.arrayBuffer());
    const plain = request.headers.get("content-encoding") === "gzip" ? gunzipSync(sent) : sent;
    return answer(new TextDecoder().decode(plain).split("\n"), request);
  });
  try {
    const url = `http://127.0.0.1:${server.addr.port}`;
    await body(new InfluxApi({ url, token: "t0ken", org: "project", timeoutMs: 2000 }), url);
  } finally {
    await server.shutdown();
  }
}

const refusal = (status: number, message: string) => Response.json({ code: "invalid", message }, { status });

Deno.test("a trade's line has the original's tags and fields, its event time in ns, and reads back", () => {
  const trade = tradeOf({ closeCode: "5", strength: 99.5, venue: "NXT", note: 'a "b" \\ c, d=e' });
  const line = tradeLine(trade);
  expect(line).toMatch(
    /^realtime_purchase,HOUR_CLS_CODE=0,MRKT_TRTM_CLS_CODE=5,STOCKCODE=005930,TRHT_YN=N,VENUE=NXT /,
  );
  expect(tradeLine(tradeOf({ venue: "KRX" }))).toBe(tradeLine(tradeOf()));
  expect(line).toContain("STCK_PRPR=53200,");
  expect(line).toContain('PRDY_VRSS_SIGN="5",');
  expect(line).toContain(String.raw`X_note="a \"b\" \\ c, d=e"`);
  expect(line.endsWith(` ${OPENING}000000`)).toBe(true);
  const row = {
    _time: new Date(OPENING).toISOString(),
    STOCKCODE: "005930",
    TRHT_YN: "N",
    HOUR_CLS_CODE: "0",
    STCK_PRPR: 1,
    X_note: "n",
  };
  expect(tradeOfRow(row)).toEqual({ symbol: "005930", eventTime: OPENING, halted: "N", price: 1, note: "n" });
});

Deno.test("a quote of fewer than ten levels keeps its levels and no others", () => {
  const line = quoteLine(quoteOf({ asks: [[53300, 10]], bids: [], session: "A" }));
  expect(line).toMatch(
    /^realtime_hoka,HOUR_CLS_CODE=A,STOCKCODE=005930 ASKP1=53300,ASKP_RSQN1=10,TOTAL_ASKP_RSQN=145,/,
  );
  expect(line).not.toContain("ASKP2");
  const row = {
    _time: "2025-11-26T00:00:00.001Z",
    STOCKCODE: "005930",
    HOUR_CLS_CODE: "A",
    ASKP1: 2,
    ASKP_RSQN1: 3,
  };
  expect(quoteOfRow(row)).toEqual({
    symbol: "005930",
    eventTime: OPENING + 1,
    session: "A",
    asks: [[2, 3]],
    bids: [],
  });
});

Deno.test("alerts of one trade are points apart, and an alert is the same point each time", () => {
  const line = (ruleId: string) => alertLine(alertFixture({ ruleId, eventTime: OPENING, note: 'say "now"' }));
  expect(line("a")).toMatch(
    new RegExp(`^alert,KIND=target_price,STOCKCODE=005930 price=53100,.* ${OPENING}\\d{6}$`),
  );
  expect(line("a")).toContain(String.raw`note="say \"now\""`);
  expect(line("a")).toBe(line("a"));
  const late = alertLine(alertFixture({ marketSession: "after", origin: "filled" }));
  expect(late).toMatch(/,session="after",origin="filled" /);
  expect(line("a").slice(-6)).not.toBe(line("b").slice(-6));
});

Deno.test("a write is compressed and carries the token", () =>
  withServer((lines, request) => {
    expect(request.headers.get("content-encoding")).toBe("gzip");
    expect(request.headers.get("authorization")).toBe("Token t0ken");
    expect(new URL(request.url).search).toBe("?org=project&bucket=stock&precision=ns");
    expect(lines).toEqual(["a v=1 1", "a v=2 2"]);
    return new Response(null, { status: 204 });
  }, async (api) => {
    expect(await writeLines(api, "stock", ["a v=1 1", "a v=2 2"])).toEqual([]);
  }));

Deno.test("refused lines are found, however many, and every other is written", () => {
  const written = new Set<string>();
  let requests = 0;
  return withServer((lines) => {
    requests++;
    const bad = lines.filter((line) => line.startsWith("bad"));
    if (bad.length > 0) return refusal(400, `unable to parse '${bad[0]}': missing fields`);
    for (const line of lines) written.add(line);
    return new Response(null, { status: 204 });
  }, async (api) => {
    const lines = Array.from({ length: 64 }, (_, i) => `${[5, 6, 63].includes(i) ? "bad" : "good"}${i} v=1`);
    const refused = await writeLines(api, "stock", lines);
    expect(refused.map(({ index }) => index)).toEqual([5, 6, 63]);
    expect(refused[0]?.reason).toContain("missing fields");
    expect(written.size).toBe(61);
    expect(requests).toBeLessThan(40);
  });
});

Deno.test("a request that is too large is halved", () => {
  const written: string[] = [];
  return withServer((lines) => {
    if (lines.length > 10) return refusal(413, "request too large");
    written.push(...lines);
    return new Response(null, { status: 204 });
  }, async (api) => {
    const lines = Array.from({ length: 35 }, (_, i) => `a v=${i}`);
    expect(await writeLines(api, "stock", lines)).toEqual([]);
    expect(written).toEqual(lines);
  });
});

Deno.test("a batch that was too much for a slow server comes through at the next try", () => {
  const written = new Set<string>();
  return withServer((lines, request) => {
    if (request.method === "GET") return Response.json({ orgs: [{ id: "o" }], buckets: [], tasks: [] });
    if (!request.url.includes("/write?")) return Response.json({});
    if (lines.length > 3000) return refusal(503, "timeout");
    for (const line of lines) written.add(line);
    return new Response(null, { status: 204 });
  }, async (_api, url) => {
    const options = { url, token: "t0ken", org: "project", bucket: "stock", tickDays: 7, candleDays: 7 };
    const store = new InfluxSeriesStore({ ...options, clock: systemClock });
    const from = Date.now() - 60_000;
    const trades = Array.from({ length: 9000 }, (_, at) => tradeOf({ eventTime: from + at }));
    await expect(store.write({ trades, quotes: [] })).rejects.toMatchObject({ code: "influx_503" });
    expect(written.size).toBe(0);
    expect(await store.lastQuote("005930")).toBeUndefined();
    expect(await store.write({ trades, quotes: [] })).toEqual([]);
    expect(written.size).toBe(9001);
    expect(store.health().ok).toBe(true);
    await store.close();
  });
});

Deno.test("failures know whether to try again, and never show the token", async () => {
  const failures: [Response, string, boolean, number | undefined][] = [
    [refusal(503, "busy"), "influx_503", true, undefined],
    [new Response("{}", { status: 429, headers: { "retry-after": "7" } }), "influx_429", true, 7000],
    [refusal(401, "unauthorized access"), "influx_unauthorized", false, undefined],
    [refusal(404, 'bucket "stock" not found'), "influx_not_found", false, undefined],
  ];
  for (const [response, code, retryable, retryAfterMs] of failures) {
    await withServer(() => response, async (api) => {
      const thrown = await writeLines(api, "stock", ["a v=1"]).catch((error) => error);
      expect(thrown).toBeInstanceOf(OutsideError);
      expect(thrown).toMatchObject({ code, retryable, retryAfterMs });
      expect(thrown.message).not.toContain("t0ken");
    });
  }
  let gone = "";
  await withServer(() => new Response(), (_api, url) => Promise.resolve(void (gone = url)));
  const nobody = new InfluxApi({ url: gone, token: "t0ken", org: "o", timeoutMs: 1000 });
  await expect(writeLines(nobody, "stock", ["a v=1"])).rejects.toMatchObject({
    code: "influx_unreachable",
    retryable: true,
  });
  await expect(nobody.rows("buckets()")).rejects.toMatchObject({
    code: "influx_unreachable",
    retryable: true,
  });
});
