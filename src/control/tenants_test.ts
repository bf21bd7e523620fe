import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { type Json, type TestControl, withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["kim@acme.example"],
  note: "only acme knows",
};

/** What one tenant has, and what another must never learn or touch. */
interface Belongings {
  readonly rule: string;
  readonly silence: string;
  readonly key: string;
  readonly alert: string;
  readonly webhook: string;
}

/** Words that stand in acme's things and in nothing of bolt's. */
const SECRETS = ["acme", "only acme knows"];

async function asAdmin(test: TestControl, tenant: string): Promise<Record<string, string>> {
  const { body } = await test.json("POST", "/v1/keys", { name: "admin", tenant, scopes: ["admin"] });
  return { authorization: `Bearer ${body.key}` };
}

async function belongingsOf(test: TestControl, auth: Record<string, string>): Promise<Belongings> {
  const make = async (path: string, body: unknown) => (await test.json("POST", path, body, auth)).body.id;
  const silence = {
    matchers: [{ field: "recipient", value: "kim@acme.example" }],
    until: "2099-01-01T00:00:00Z",
    comment: "only acme knows",
  };
  const alert = alertFixture({
    id: "acme~r@0",
    ruleId: "acme~r",
    tenant: "acme",
    symbol: "005930",
    note: "only acme knows",
  });
  await test.log.append([
    { topic: "alerts", key: alert.symbol, value: encodeAlert(alert), timestamp: alert.eventTime },
  ]);
  const mine = {
    rule: await make("/v1/rules", { ...rule, id: "r" }),
    silence: await make("/v1/silences", silence),
    key: await make("/v1/keys", { name: "of acme", scopes: ["rules:read"] }),
    alert: "r@0",
    webhook: await make("/v1/webhooks", {
      id: "desk",
      url: "https://acme.example.com/h",
      description: "only acme knows",
    }),
  };
  await until(
    async () => (await test.json("GET", "/v1/alerts", undefined, auth)).body.data.length === 1,
    "acme's alert",
  );
  return mine;
}

/** The path of a route with the parts of somebody's things. */
function pathOf(template: string, mine: Belongings): string {
  const ids: readonly (readonly [RegExp, string])[] = [
    [/^\/v1\/rules\/\{id\}/, mine.rule],
    [/^\/v1\/silences\/\{id\}/, mine.silence],
    [/^\/v1\/keys\/\{id\}/, mine.key],
    [/^\/v1\/alerts\/\{id\}/, mine.alert],
    [/^\/v1\/webhooks\/\{id\}/, mine.webhook],
  ];
  const id = ids.find(([pattern]) => pattern.test(template))?.[1] ?? "1";
  return template
    .replace("{id}", encodeURIComponent(id))
    .replace("{symbol}", "005930")
    .replace("{recipient}", "kim%40acme.example");
}

/** Bodies with which a route would do something, were it one's own. */
const BODIES: Readonly<Record<string, unknown>> = {
  "PUT /v1/rules/{id}": { ...rule, note: "taken" },
  "PATCH /v1/rules/{id}": { note: "taken" },
  "POST /v1/keys/{id}/rotate": {},
  "POST /v1/webhooks/{id}/rotate": {},
  "PATCH /v1/webhooks/{id}": { enabled: false },
  "POST /v1/webhooks/{id}/test": {},
  "POST /v1/webhooks/{id}/redeliver": { alertId: "r@0" },
  "PUT /v1/suppressions/{recipient}": { suppressed: true },
};

/** What a route's answer has, also of a stream: what came within a moment. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.includes("text/event-stream")) return await response.text();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, 100));
  let text = "";
  for (;;) {
    const next = await Promise.race([reader.read(), late]);
    if (next === undefined || next.done) break;
    text += next.value;
  }
  await reader.cancel();
  return text;
}

Deno.test("every route, asked by another tenant's admin: nothing of it is seen, nothing of it changes", () =>
  withControl(async (test) => {
    const [acme, bolt] = [await asAdmin(test, "acme"), await asAdmin(test, "bolt")];
    const mine = await belongingsOf(test, acme);
    const mineNow = async () =>
      JSON.stringify(
        await Promise.all(
          [
            `/v1/rules/${mine.rule}`,
            `/v1/silences/${mine.silence}`,
            `/v1/keys/${mine.key}`,
            `/v1/webhooks/${mine.webhook}`,
          ].map(async (path) => (await test.json("GET", path, undefined, acme)).body),
        ),
      );
    const before = await mineNow();
    const seen: string[] = [];
    for (const { method, path, access } of test.control.api.routes) {
      const name = `${method.toUpperCase()} ${path}`;
      const target = pathOf(path, mine);
      const body = method === "get" || method === "delete" ? undefined : BODIES[name] ?? {};
      const resume: Record<string, string> = path.endsWith("/stream") ? { "last-event-id": "0.0" } : {};
      const answer = await test.request(method.toUpperCase(), target, body, { ...bolt, ...resume });
      const text = await textOf(answer);
      const leaked = SECRETS.filter((secret) => text.replaceAll(target, "").includes(secret));
      expect([name, leaked]).toEqual([name, []]);
      if (access === "operator") expect([name, answer.status]).toEqual([name, 403]);
      else if (/\{id\}/.test(path)) expect([name, answer.status]).toEqual([name, 404]);
      seen.push(name);
    }
    expect(seen.length).toBeGreaterThan(45);
    expect(await mineNow()).toBe(before);
    // A stored id, with the tenant before it, is nobody's.
    expect((await test.json("GET", "/v1/rules/acme~r", undefined, bolt)).status).toBe(404);
  }, { partitions: 2 }));

Deno.test("every route that is not public asks for a key, and a reader's changes nothing", () =>
  withControl(async (test) => {
    const acme = await asAdmin(test, "acme");
    const mine = await belongingsOf(test, acme);
    const made = await test.json("POST", "/v1/keys", { name: "r", scopes: ["rules:read"] }, acme);
    const reader = { authorization: `Bearer ${made.body.key}` };
    for (const { method, path, access, operationId } of test.control.api.routes) {
      if (access === "public") continue;
      const target = pathOf(path, mine);
      const nobody = await test.control.app.request(target, { method: method.toUpperCase() });
      await nobody.body?.cancel();
      expect([operationId, nobody.status]).toEqual([operationId, 401]);
      if (access === "rules:read") continue;
      const asked = await test.request(
        method.toUpperCase(),
        target,
        method === "get" ? undefined : {},
        reader,
      );
      await asked.body?.cancel();
      expect([operationId, asked.status]).toEqual([operationId, 403]);
    }
  }, { partitions: 2 }));

Deno.test("alerts of another tenant are not sent to a stream, live or resumed", () =>
  withControl(async (test) => {
    const [acme, bolt] = [await asAdmin(test, "acme"), await asAdmin(test, "bolt")];
    const live = await test.request("GET", "/v1/alerts/stream", undefined, bolt);
    const reading = textOf(live);
    await belongingsOf(test, acme);
    expect(await reading).not.toContain("acme");
    const resumed = await test.request("GET", "/v1/alerts/stream?lastEventId=0.0", undefined, bolt);
    expect(await textOf(resumed)).not.toContain("acme");
    const own = await test.request("GET", "/v1/alerts/stream?lastEventId=0.0", undefined, acme);
    expect(await textOf(own)).toContain("only acme knows");
  }, { partitions: 2 }));

Deno.test("status shows other tenants no details, totals or symbols", () =>
  withControl(async (test) => {
    const acme = await asAdmin(test, "acme");
    const { body } = await test.json("GET", "/v1/status", undefined, acme);
    expect(body.components.control).toEqual({ state: "ready", detail: "" });
    expect(body.lag).toEqual([]);
    expect((await test.json("GET", "/v1/status")).body.components.control.detail).toContain("rules");
  }));

Deno.test("refused attempts are entered: of a key with its tenant, of nobody with the operator's, not in a storm", () =>
  withControl(async (test) => {
    const acme = await asAdmin(test, "acme");
    const { body: key } = await test.json("POST", "/v1/keys", { name: "r", scopes: ["rules:read"] }, acme);
    await test.request("POST", "/v1/rules", rule, { authorization: `Bearer ${key.key}` });
    for (let count = 0; count < 10; count++) {
      await test.control.app.request("/v1/rules", { headers: { authorization: "Bearer no" } }, {
        address: "10.1.1.1",
      });
    }
    const refused = async (auth?: Record<string, string>): Promise<Json[]> =>
      (await test.json("GET", "/v1/audit?action=access.refused", undefined, auth)).body.data;
    const own = await until(async () => {
      const data = await refused(acme);
      return data.length === 1 && data;
    }, "the tenant's entry");
    expect(own[0]).toMatchObject({ who: `key:${key.id}`, target: "POST /v1/rules", after: { status: 403 } });
    const all = (await refused()).filter(({ address }) => address === "10.1.1.1");
    expect(all.map(({ who, after }) => [who, after.status])).toEqual([["unknown", 401]]);
  }));

Deno.test("a tenant has so many silences and no more", () =>
  withControl(async (test) => {
    const silence = {
      matchers: [{ field: "symbol", value: "005930" }],
      until: "2099-01-01T00:00:00Z",
      comment: "x",
    };
    const made = await Promise.all(
      Array.from({ length: 1_000 }, () => test.json("POST", "/v1/silences", silence)),
    );
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
    expect((await test.json("POST", "/v1/silences", silence)).body.code).toBe("quota_exceeded");
  }, { requestsPerSecond: 10_000 }));

Deno.test("an operator sees every tenant with its rules and keys; a tenant's admin does not", () =>
  withControl(async (test) => {
    const acme = await asAdmin(test, "acme");
    await test.json("POST", "/v1/rules", { ...rule, id: "r" }, acme);
    const { id } = (await test.json("POST", "/v1/keys", { name: "old", scopes: ["rules:read"] }, acme)).body;
    await test.json("DELETE", `/v1/keys/${id}`, undefined, acme);
    await asAdmin(test, "bolt");
    const { body } = await test.json("GET", "/v1/tenants");
    expect(body.data).toEqual([
      { tenant: "acme", rules: 1, keys: 1, lastUsedAt: expect.any(String) },
      { tenant: "bolt", rules: 0, keys: 1, lastUsedAt: null },
      { tenant: "default", rules: 0, keys: 0, lastUsedAt: null },
    ]);
    expect((await test.json("GET", "/v1/tenants", undefined, acme)).status).toBe(403);
  }));
