import { expect } from "expect";
import { sign } from "hono/utils/jwt/jwt";
import { VirtualClock } from "../core/clock.ts";
import { type Json, type TestControl, withControl } from "../../tests/support/control.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["kim@example.com"],
};

/**
 * Makes a key.
 *
 * @returns the header that uses it.
 */
async function keyFor(test: TestControl, input: Json): Promise<Record<string, string>> {
  const { status, body } = await test.json("POST", "/v1/keys", { name: "test", ...input });
  expect(status).toBe(201);
  return { authorization: `Bearer ${body.key}` };
}

Deno.test("a key is shown once, stored hashed, and works until it is revoked", () =>
  withControl(async (test) => {
    const made = (await test.json("POST", "/v1/keys", { name: "reader", scopes: ["rules:read"] })).body;
    expect(made.key).toMatch(/^tbk_[0-9a-z]{12}_.{43}$/);
    const auth = { authorization: `Bearer ${made.key}` };
    expect((await test.request("GET", "/v1/rules", undefined, auth)).status).toBe(200);
    const listed = (await test.json("GET", "/v1/keys")).body;
    expect(JSON.stringify(listed)).not.toContain(made.key.slice(17));
    const { end } = await test.log.bounds("control", 0);
    const records = test.log.read({ topic: "control", partition: 0, from: 0, to: end });
    for await (const batch of records) {
      for (const { value } of batch.records) {
        expect(new TextDecoder().decode(value!)).not.toContain(made.key.slice(17));
      }
    }
    const other = `${made.key.slice(0, -1)}${made.key.endsWith("A") ? "B" : "A"}`;
    expect((await test.request("GET", "/v1/rules", undefined, { authorization: `Bearer ${other}` })).status)
      .toBe(401);
    expect((await test.request("DELETE", `/v1/keys/${made.id}`)).status).toBe(204);
    expect((await test.request("GET", "/v1/rules", undefined, auth)).status).toBe(401);
  }, { partitions: 1 }));

Deno.test("scopes: reading, writing, administering", () =>
  withControl(async (test) => {
    const reader = await keyFor(test, { scopes: ["rules:read"] });
    const writer = await keyFor(test, { scopes: ["rules:write"] });
    const status = async (method: string, path: string, auth: Record<string, string>, body?: unknown) =>
      (await test.json(method, path, body, auth)).status;
    expect(await status("POST", "/v1/rules", reader, rule)).toBe(403);
    expect(await status("POST", "/v1/rules", writer, rule)).toBe(201);
    expect(await status("GET", "/v1/rules", writer)).toBe(200);
    expect(await status("GET", "/v1/keys", writer)).toBe(403);
    expect(await status("GET", "/v1/audit", writer)).toBe(403);
    expect(await status("GET", "/v1/mails", writer)).toBe(403);
  }));

Deno.test("two tenants have the same id and never see one another", () =>
  withControl(async (test) => {
    const a = await keyFor(test, { tenant: "acme", scopes: ["admin"] });
    const b = await keyFor(test, { tenant: "bolt", scopes: ["admin"] });
    const made = await test.json("POST", "/v1/rules", { ...rule, id: "same" }, a);
    expect([made.status, made.body.id, made.body.tenant]).toEqual([201, "same", "acme"]);
    expect((await test.json("GET", "/v1/rules/same", undefined, b)).status).toBe(404);
    expect((await test.json("PATCH", "/v1/rules/same", { note: "x" }, b)).status).toBe(404);
    expect((await test.json("DELETE", "/v1/rules/same", undefined, b)).status).toBe(404);
    expect((await test.json("GET", "/v1/rules/acme~same")).status).toBe(404);
    expect((await test.json("POST", "/v1/rules", { ...rule, id: "same", value: 1 }, b)).status).toBe(201);
    const listed = async (auth: Record<string, string>) =>
      (await test.json("GET", "/v1/rules", undefined, auth)).body.data.map((r: Json) => r.value);
    expect([await listed(a), await listed(b)]).toEqual([["71950"], ["1"]]);
    const audit = (await test.json("GET", "/v1/audit", undefined, b)).body.data;
    expect(new Set(audit.map((entry: Json) => entry.tenant))).toEqual(new Set(["bolt"]));
    const keys = (await test.json("GET", "/v1/keys", undefined, a)).body.data;
    expect(keys.map((key: Json) => key.tenant)).toEqual(["acme"]);
    expect((await test.json("GET", "/v1/keys?tenant=bolt", undefined, a)).status).toBe(403);
    expect((await test.json("POST", "/v1/keys", { name: "x", tenant: "bolt", scopes: ["admin"] }, a)).status)
      .toBe(403);
    // An admin of a tenant is not an operator.
    expect((await test.json("GET", "/v1/mails", undefined, a)).status).toBe(403);
  }));

Deno.test("the audit log says who changed what, before and after", () =>
  withControl(async (test) => {
    await test.json("POST", "/v1/rules", { ...rule, id: "r" }, { "x-request-id": "request-0001" });
    await test.json("PATCH", "/v1/rules/r", { value: 72000 });
    await test.json("DELETE", "/v1/rules/r");
    const { data } = (await test.json("GET", "/v1/audit?target=r")).body;
    expect(data.map((entry: Json) => [entry.action, entry.before?.value, entry.after?.value, entry.who]))
      .toEqual([
        ["rule.deleted", "72000", undefined, "root"],
        ["rule.updated", "71950", "72000", "root"],
        ["rule.created", undefined, "71950", "root"],
      ]);
    expect(data[2].requestId).toBe("request-0001");
  }));

Deno.test("a key that is revoked while it is rotated stays revoked", () =>
  withControl(async ({ json }) => {
    const { body: key } = await json("POST", "/v1/keys", { name: "k", scopes: ["rules:read"] });
    await Promise.all([
      json("DELETE", `/v1/keys/${key.id}`),
      json("POST", `/v1/keys/${key.id}/rotate`, { overlapSeconds: 60 }),
    ]);
    const asked = await json("GET", "/v1/rules", undefined, { authorization: `Bearer ${key.key}` });
    expect([asked.status, (await json("GET", `/v1/keys/${key.id}`)).body.state]).toEqual([401, "revoked"]);
  }));

Deno.test("a rotated key overlaps with its successor, then ends; a key ends at its expiry", async () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 23));
  const body = async (test: TestControl) => {
    const old = (await test.json("POST", "/v1/keys", {
      name: "k",
      scopes: ["rules:read"],
      expiresAt: clock.now() + 120_000,
    })).body;
    const next = (await test.json("POST", `/v1/keys/${old.id}/rotate`, { overlapSeconds: 60 })).body;
    const works = async (key: string) =>
      (await test.json("GET", "/v1/rules", undefined, { authorization: `Bearer ${key}` })).status;
    expect([await works(old.key), await works(next.key)]).toEqual([200, 200]);
    await clock.advance(60_000);
    expect([await works(old.key), await works(next.key)]).toEqual([401, 200]);
    expect((await test.json("POST", `/v1/keys/${old.id}/rotate`, {})).status).toBe(409);
    await clock.advance(120_000);
    expect(await works(next.key)).toBe(401);
  };
  const { openSqliteLog } = await import("../adapters/sqlite/event_log.ts");
  const { systemClock } = await import("../core/clock.ts");
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  try {
    await withControl(body, { clock, log });
  } finally {
    await log.close();
  }
});

Deno.test("over the rate: 429 with what is left and when to come back, for that tenant alone", () =>
  withControl(async (test) => {
    const other = await keyFor(test, { tenant: "acme", scopes: ["admin"] });
    let last = await test.json("GET", "/v1/rules");
    for (let count = 0; count < 10 && last.status === 200; count++) {
      last = await test.json("GET", "/v1/rules");
    }
    expect(last.status).toBe(429);
    expect(last.headers.get("ratelimit-limit")).toBe("4");
    expect(last.headers.get("ratelimit-remaining")).toBe("0");
    expect(last.headers.get("retry-after")).toBe("1");
    expect((await test.json("GET", "/v1/rules", undefined, other)).status).toBe(200);
  }, { requestsPerSecond: 2 }));

Deno.test("over the quota of rules: 403, and none of the array is made", () =>
  withControl(async (test) => {
    expect((await test.json("POST", "/v1/rules", [rule, rule])).status).toBe(201);
    expect((await test.json("POST", "/v1/rules", [rule, rule])).body.code).toBe("quota_exceeded");
    expect((await test.json("GET", "/v1/rules")).body.data).toHaveLength(2);
  }, { maxRules: 3 }));

Deno.test("OIDC: a token for us gives its tenant and scopes, any other is refused", async () => {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const stranger = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const jwk = async (key: CryptoKey) => ({
    ...await crypto.subtle.exportKey("jwk", key),
    kid: "k1",
    alg: "ES256",
  });
  const asked: string[] = [];
  const issuer = "https://login.example.com";
  const publicKey = await jwk(pair.publicKey);
  const fetchKeys = ((url: string) => {
    asked.push(url);
    return Promise.resolve(Response.json(
      url.endsWith("openid-configuration") ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [publicKey] },
    ));
  }) as unknown as typeof fetch;
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: issuer,
    aud: "tickbell",
    sub: "kim",
    tenant: "acme",
    scope: "openid rules:read",
    exp: now + 60,
  };
  const good = await jwk(pair.privateKey);
  const bad = await jwk(stranger.privateKey);
  await withControl(async (test) => {
    const asks = async (change: Json, key: Json = good, method = "GET") => {
      // deno-lint-ignore no-explicit-any
      const token = await sign({ ...claims, ...change } as any, key, "ES256");
      const body = method === "POST" ? rule : undefined;
      return (await test.json(method, "/v1/rules", body, { authorization: `Bearer ${token}` })).status;
    };
    expect(await asks({})).toBe(200);
    expect(await asks({}, good, "POST")).toBe(403);
    expect(await asks({ scope: "rules:write" }, good, "POST")).toBe(201);
    for (
      const change of [
        { iss: "https://other.example" },
        { aud: "other" },
        { exp: now - 10 },
        { exp: undefined },
        { tenant: "~" },
        { tenant: undefined },
        { sub: undefined },
        { nbf: now + 100 },
      ]
    ) expect([change, await asks(change)]).toEqual([change, 401]);
    expect(await asks({}, bad)).toBe(401);
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.`.replaceAll("=", "");
    expect((await test.json("GET", "/v1/rules", undefined, { authorization: `Bearer ${unsigned}` })).status)
      .toBe(401);
    expect(asked).toHaveLength(2);
  }, { oidc: { issuer, audience: "tickbell", tenantClaim: "tenant", fetch: fetchKeys } });
});
