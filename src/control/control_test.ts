import { createRegistry } from "../telemetry/registry.ts";
import { expect } from "expect";
import { referenceOf } from "../../tests/support/references.ts";
import { SymbolDirectory } from "../market/directory.ts";
import { ROOT_KEY, withControl } from "../../tests/support/control.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["kim@example.com"],
};

Deno.test("a rule is made, read, replaced, changed and deleted, with its version as ETag", () =>
  withControl(async ({ json }) => {
    const made = await json("POST", "/v1/rules", rule);
    expect(made.status).toBe(201);
    expect(made.headers.get("etag")).toBe('"1"');
    expect(made.body).toMatchObject({
      ...rule,
      name: "삼성전자",
      version: 1,
      direction: null,
      channels: ["mail"],
    });
    const path = made.headers.get("location")!;
    const { warnings: _, next, ...stored } = made.body;
    expect(next).toBe("armed: it fires on the next trade that meets it");
    expect((await json("GET", path)).body).toEqual(stored);

    const put = await json("PUT", path, { ...made.body, value: "72000" });
    expect([put.status, put.body.version, put.body.value]).toEqual([200, 2, "72000"]);
    const patched = await json("PATCH", path, { note: "팔 때", labels: { team: "a" } });
    expect([patched.body.version, patched.body.note, patched.body.value]).toEqual([3, "팔 때", "72000"]);
    expect((await json("POST", `${path}/pause`)).body.enabled).toBe(false);
    expect((await json("POST", `${path}/resume`)).body.enabled).toBe(true);
    expect((await json("PATCH", path, { value: "1" }, { "if-match": '"1"' })).status).toBe(412);
    expect((await json("DELETE", path, undefined, { "if-match": '"5"' })).status).toBe(204);
    expect((await json("GET", path)).status).toBe(404);
  }));

Deno.test("201 waits until the stream has the rule", () => {
  const asked: string[] = [];
  return withControl(async ({ json }) => {
    await json("POST", "/v1/rules", [{ ...rule, id: "a" }, { ...rule, id: "b" }]);
    expect(asked).toEqual(["a", "b"]);
  }, { inForce: (rules) => Promise.resolve(void asked.push(...rules.map(({ id }) => id))) });
});

Deno.test("every fault of a body is reported with its field, and nothing is stored", () =>
  withControl(async ({ json }) => {
    const answer = await json("POST", "/v1/rules", [rule, {
      ...rule,
      kind: "change_rate",
      value: 5.125,
      extra: 1,
    }]);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.errors).toEqual([
      { field: "[1].extra", code: "unknown_field", reason: "is not a field of a rule", value: 1 },
      {
        field: "[1].value",
        code: "too_many_decimals",
        reason: "must be a decimal with at most 2 places",
        value: 5.125,
      },
    ]);
    const unknown = await json("POST", "/v1/rules", { ...rule, symbol: "005931" });
    expect(unknown.body.errors[0]).toMatchObject({
      field: "symbol",
      code: "unknown_symbol",
      value: "005931",
    });
    expect(unknown.body.errors[0].reason).toContain("GET /v1/symbols?q=NAME");
    expect((await json("GET", "/v1/rules")).body.data).toEqual([]);
  }));

Deno.test("rules and their versions are there after a restart", async () => {
  const { openSqliteLog } = await import("../adapters/sqlite/event_log.ts");
  const { systemClock } = await import("../core/clock.ts");
  const log = await openSqliteLog({ path: ":memory:", partitions: 3, clock: systemClock });
  try {
    await withControl(async ({ json }) => {
      await json("POST", "/v1/rules", { ...rule, id: "kept" });
      await json("POST", "/v1/rules", { ...rule, id: "gone" });
      await json("PATCH", "/v1/rules/kept", { value: 70000 });
      await json("DELETE", "/v1/rules/gone");
    }, { log });
    await withControl(async ({ json }) => {
      const { body } = await json("GET", "/v1/rules");
      expect(body.data.map((r: { id: string; value: string; version: number }) => [r.id, r.value, r.version]))
        .toEqual([["kept", "70000", 2]]);
    }, { log });
  } finally {
    await log.close();
  }
});

Deno.test("a page goes on where the one before ended, though rules come and go", () =>
  withControl(async ({ json }) => {
    await json("POST", "/v1/rules", ["a", "b", "c", "d", "e"].map((id) => ({ ...rule, id })));
    const first = (await json("GET", "/v1/rules?sort=id&limit=2")).body;
    await json("DELETE", "/v1/rules/b");
    await json("POST", "/v1/rules", { ...rule, id: "aa" });
    const second = (await json("GET", `/v1/rules?sort=id&limit=2&cursor=${first.nextCursor}`)).body;
    const third = (await json("GET", `/v1/rules?sort=id&limit=2&cursor=${second.nextCursor}`)).body;
    const ids = [first, second, third].map((page) => page.data.map((r: { id: string }) => r.id));
    expect(ids).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(third.nextCursor).toBeNull();
    expect((await json("GET", `/v1/rules?sort=-id&cursor=${first.nextCursor}`)).body.code).toBe("bad_cursor");
    expect((await json("GET", "/v1/rules?cursor=%F0%28")).status).toBe(400);
  }));

Deno.test("without a key every route but the public ones is closed", () =>
  withControl(async ({ control }) => {
    const open = [
      "GET /healthz",
      "GET /readyz",
      "GET /metrics",
      "GET /openapi.json",
      "GET /docs",
      "GET /docs/page.js",
      "GET /docs/page.css",
      "GET /problems",
      "GET /problems/{code}",
      "POST /v1/session",
      "DELETE /v1/session",
      "GET /v1/offers",
    ];
    const answered: string[] = [];
    for (const { method, path } of control.api.routes) {
      const url = path.replace(/\{\w+\}/g, "x");
      const response = await control.app.request(url, { method: method.toUpperCase() });
      await response.body?.cancel();
      if (response.status !== 401) answered.push(`${method.toUpperCase()} ${path}`);
      const wrong = await control.app.request(url, {
        method: method.toUpperCase(),
        headers: { authorization: "Bearer wrong" },
      });
      await wrong.body?.cancel();
      expect([url, wrong.status === 401]).toEqual([url, response.status === 401]);
    }
    expect(answered.filter((route) => !open.includes(route))).toEqual([]);
    expect(control.api.routes.length).toBeGreaterThan(20);
    const unlisted = control.app.routes.filter(({ method, path }) =>
      method !== "ALL" && path !== "/*" &&
      !control.api.routes.some((route) =>
        route.method.toUpperCase() === method && route.path.replace(/\{(\w+)\}/g, ":$1") === path
      )
    );
    expect(unlisted.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  }));

Deno.test("the document names every route, and /metrics, /healthz and /readyz answer", () =>
  withControl(async ({ json, request, control }) => {
    const { body } = await json("GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    for (const { path, method } of control.api.routes) expect(body.paths[path]).toHaveProperty(method);
    expect((await json("GET", "/healthz")).body).toEqual({ status: "ok" });
    expect((await json("GET", "/readyz")).status).toBe(200);
    const metrics = async (headers: Record<string, string>) =>
      await (await request("GET", "/metrics", undefined, headers)).text();
    const own = await metrics({ authorization: `Bearer ${ROOT_KEY}` });
    expect(own).toContain("tickbell_control_rules 0");
    // What all tenants have is nobody's to know without the operator's key.
    const others = await metrics({ authorization: "" });
    expect(others).not.toContain("tickbell_control_rules");
    expect(others).toContain("tickbell_control_request_seconds_bucket");
    // Of two tenants, what either does is the other's to learn by subtraction.
    await json("POST", "/v1/keys", { name: "x", tenant: "acme", scopes: ["rules:read"] });
    const shared = await metrics({ authorization: "" });
    expect(shared).not.toMatch(/tickbell_(control|notifier|stream_(alerts|rules))/);
    expect(shared).toContain("tickbell_event_loop_lag_seconds");
    expect(await metrics({ authorization: `Bearer ${ROOT_KEY}` })).toContain(
      "tickbell_control_requests_total",
    );
  }, { registry: createRegistry() }));

Deno.test("a choice that is refused gets the choices as they are written", () =>
  withControl(async ({ json }) => {
    const { status, body } = await json("GET", "/v1/rules?sort=newest");
    expect([status, body.errors[0].field]).toEqual([400, "sort"]);
    expect(body.errors[0].reason).toContain('"-createdAt"');
  }));

Deno.test("a method that a path does not have is 405 with what it has", () =>
  withControl(async ({ json }) => {
    const answer = await json("DELETE", "/v1/rules");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST, GET, HEAD"]);
  }));

Deno.test("a symbol answers with what is known of it on the newest day", async () => {
  const directory = new SymbolDirectory([]);
  directory.learn(referenceOf("005930", { name: "삼성전자", nxt: true, upperLimit: 93_400, halted: true }));
  await withControl(async ({ json }) => {
    const { body } = await json("GET", "/v1/symbols/005930");
    expect(body).toMatchObject({
      name: "삼성전자",
      reference: { date: "20261130", nxt: true, lowerLimit: null },
    });
    expect(body.reference.states).toEqual([{ code: "halted", reason: expect.stringContaining("거래정지") }]);
    expect((await json("GET", "/v1/symbols?q=삼성")).body.data[0]).not.toHaveProperty("reference");
  }, { directory });
});
