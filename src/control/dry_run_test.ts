import { expect } from "expect";
import { TOPICS } from "../ports/topics.ts";
import type { EventLog } from "../ports/event_log.ts";
import { withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["a@example.com"],
};
const silence = {
  matchers: [{ field: "symbol", value: "005930" }],
  until: "2099-01-01T00:00:00Z",
  comment: "x",
};
const hook = { id: "hook", url: "https://example.com/h" };

/** How many records each topic has. */
async function sizes(log: EventLog): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const topic of TOPICS) {
    const partitions = await log.partitions(topic);
    for (let partition = 0; partition < partitions; partition++) {
      found[topic] = (found[topic] ?? 0) + (await log.bounds(topic, partition)).end;
    }
  }
  return found;
}

Deno.test("a dry run of every write that takes one checks and answers, and writes nothing", () =>
  withControl(async ({ control, json, log }) => {
    const key = (await json("POST", "/v1/keys", { name: "k", scopes: ["rules:read"] })).body;
    const made = {
      rules: (await json("POST", "/v1/rules", { ...rule, id: "r" })).body.id,
      silences: (await json("POST", "/v1/silences", silence)).body.id,
      webhooks: (await json("POST", "/v1/webhooks", hook)).body.id,
      keys: key.id,
    };
    const bodies: Readonly<Record<string, unknown>> = {
      createRules: rule,
      replaceRule: rule,
      changeRule: { value: "80000" },
      createSilence: silence,
      createWebhook: { ...hook, id: "other" },
      changeWebhook: { enabled: false },
      createKey: { name: "new", scopes: ["rules:read"] },
      rotateWebhookSecret: {},
      rotateKey: {},
    };
    const before = await sizes(log);
    const seen: string[] = [];
    for (const { method, path, operationId, dryRun } of control.api.routes) {
      if (!dryRun) continue;
      const kind = path.split("/")[2] as keyof typeof made;
      const target = `${path.replace("{id}", made[kind])}?dryRun=true`;
      const answer = await json(method.toUpperCase(), target, bodies[operationId]);
      expect([operationId, answer.status < 300, answer.headers.get("dry-run")]).toEqual([
        operationId,
        true,
        "true",
      ]);
      seen.push(operationId);
    }
    expect(seen.length).toBe(15);
    expect(await sizes(log)).toEqual(before);
    expect((await json("PATCH", "/v1/rules/r?dryRun=true", { value: "80000" })).body).toMatchObject({
      value: "80000",
      version: 2,
    });
    expect((await json("GET", "/v1/rules/r")).body).toMatchObject({ value: "71950", version: 1 });
    expect((await json("POST", "/v1/rules?dryRun=true", { ...rule, symbol: "x" })).status).toBe(400);
    expect((await json("POST", "/v1/rules?dryRun=true", { ...rule, id: "r" })).body.code).toBe("id_taken");
  }));

Deno.test("a key says when it was last used, on every instance", () =>
  withControl(async (one) => {
    const { body: key } = await one.json("POST", "/v1/keys", { name: "k", scopes: ["rules:read"] });
    expect(key.lastUsedAt).toBeNull();
    await one.json("GET", "/v1/me", undefined, { authorization: `Bearer ${key.key}` });
    const used = (await one.json("GET", `/v1/keys/${key.id}`)).body.lastUsedAt;
    expect(Date.parse(used)).toBeGreaterThan(Date.parse(key.createdAt) - 1);
    await withControl(async (two) => {
      await until(
        async () => (await two.json("GET", `/v1/keys/${key.id}`)).body.lastUsedAt === used,
        "the last use",
      );
    }, { log: one.log });
  }));
