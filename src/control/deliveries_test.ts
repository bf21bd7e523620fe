import { expect } from "expect";
import { type Delivery, encodeDelivery } from "../alerts/ledger.ts";
import { type Json, type TestControl, withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";

const T0 = Date.UTC(2026, 10, 23);

function delivery(n: number, over: Partial<Delivery> = {}): Delivery {
  return {
    id: `r${n}@0`,
    recipient: `p${n}@example.com`,
    channel: "mail",
    symbol: "005930",
    ruleId: `r${n}`,
    tenant: "default",
    windowEnd: T0,
    state: "sent",
    at: T0 + n * 1_000,
    attempts: 1,
    origin: `alerts/0/${n}`,
    ...over,
  };
}

async function written(test: TestControl, deliveries: readonly Delivery[]): Promise<void> {
  await test.log.append(deliveries.map((one) => ({
    topic: "deliveries" as const,
    key: `${one.id}|${one.recipient}`,
    placement: one.symbol,
    value: encodeDelivery(one),
    timestamp: one.at,
  })));
}

Deno.test("deliveries are listed over all alerts, by state, channel, recipient, rule and time, a tenant's own", () =>
  withControl(async (test) => {
    const hook = "webhook:https://hooks.example/x?token=secret";
    await written(test, [
      delivery(1),
      delivery(2, { state: "dead", code: "mail_refused", reason: "no such user" }),
      delivery(3, { channel: "webhook", recipient: hook }),
      delivery(4, { tenant: "acme", ruleId: "acme~r4", id: "acme~r4@0" }),
    ]);
    const list = async (query = "", headers?: Record<string, string>): Promise<string[]> =>
      (await test.json("GET", `/v1/deliveries${query}`, undefined, headers)).body.data.map((
        { alertId }: Json,
      ) => alertId);
    await until(async () => (await list()).length === 3, "the deliveries");
    expect(await list()).toEqual(["r3@0", "r2@0", "r1@0"]);
    expect(await list("?state=dead")).toEqual(["r2@0"]);
    expect(await list("?code=mail_refused")).toEqual(["r2@0"]);
    expect(await list("?channel=webhook")).toEqual(["r3@0"]);
    expect(await list("?recipient=p1%40example.com")).toEqual(["r1@0"]);
    expect(await list("?ruleId=r3")).toEqual(["r3@0"]);
    expect(await list(`?since=${T0 + 2_000}&until=${T0 + 3_000}`)).toEqual(["r2@0"]);
    const first = (await test.json("GET", "/v1/deliveries?limit=2")).body;
    expect(first.data).toHaveLength(2);
    expect(await list(`?limit=2&cursor=${first.nextCursor}`)).toEqual(["r1@0"]);
    expect(JSON.stringify(first)).not.toContain("token=secret");
    expect((await test.json("GET", "/v1/deliveries?state=lost")).status).toBe(400);
    const { body: key } = await test.json("POST", "/v1/keys", {
      name: "k",
      tenant: "acme",
      scopes: ["rules:read"],
    });
    expect(await list("", { authorization: `Bearer ${key.key}` })).toEqual(["r4@0"]);
  }));

Deno.test("a key says who it is", () =>
  withControl(async (test) => {
    const { body: key } = await test.json("POST", "/v1/keys", {
      name: "desk",
      tenant: "acme",
      scopes: ["rules:read"],
      expiresAt: "2099-01-01T00:00:00Z",
    });
    const me = (await test.json("GET", "/v1/me", undefined, { authorization: `Bearer ${key.key}` })).body;
    expect(me).toEqual({
      tenant: "acme",
      subject: `key:${key.id}`,
      name: "desk",
      scopes: ["rules:read"],
      operator: false,
      session: false,
      person: null,
      expiresAt: "2099-01-01T00:00:00.000Z",
    });
    expect((await test.json("GET", "/v1/me")).body).toMatchObject({
      subject: "root",
      name: null,
      operator: true,
    });
  }));

Deno.test("the document describes what webhooks are sent", () =>
  withControl(async (test) => {
    const document = (await test.json("GET", "/openapi.json")).body;
    const { parameters, requestBody } = document.webhooks.alert.post;
    expect(parameters.map(({ name }: Json) => name)).toContain("Tickbell-Signature");
    expect(requestBody.content["application/json"].schema.$ref).toBe("#/components/schemas/WebhookPayload");
    expect(Object.keys(document.components.schemas.WebhookPayload.properties)).toEqual(
      ["type", "id", "sentAt", "subject", "text", "alerts"],
    );
  }));
