import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { deliveryKey, encodeDelivery, inState, newDelivery } from "../alerts/ledger.ts";
import { Webhooks } from "../books/webhooks.ts";
import { Projection } from "../books/projection.ts";
import { withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";

const rule = { symbol: "005930", kind: "target_price", comparator: "gte", value: "71950" };
const desk = { id: "desk", url: "https://desk.example.com/hook/s3cret", labels: { team: "a" } };

Deno.test("an endpoint is made with a secret of its own, rotated with an overlap, and shows neither", () =>
  withControl(async ({ json, log }) => {
    const made = await json("POST", "/v1/webhooks", desk);
    expect([made.status, made.body.secret]).toEqual([
      201,
      expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    ]);
    expect((await json("POST", "/v1/webhooks", desk)).body.code).toBe("id_taken");
    const rotated = await json("POST", "/v1/webhooks/desk/rotate", { overlapSeconds: 60 });
    expect(rotated.body.secret).not.toBe(made.body.secret);
    expect(rotated.body.secrets).toMatchObject([{ endsAt: null }, { endsAt: expect.any(String) }]);
    const gone = await json("POST", "/v1/webhooks/desk/rotate", { overlapSeconds: 0 });
    expect(gone.body.secrets).toHaveLength(1);
    const list = await json("GET", "/v1/webhooks");
    expect(list.body.data[0]).toMatchObject({ id: "desk", url: "https://desk.example.com/***" });
    const audit = await json("GET", "/v1/audit?target=desk");
    expect(audit.body.data.map(({ action }: { action: string }) => action)).toEqual([
      "webhook.rotated",
      "webhook.rotated",
      "webhook.created",
    ]);
    for (const { body } of [list, audit, await json("GET", "/v1/webhooks/desk")]) {
      expect(JSON.stringify(body)).not.toContain("whsec_");
    }
    expect(JSON.stringify([list.body, audit.body])).not.toContain("s3cret");
    const stored = new Webhooks();
    await new Projection({ log, topic: "control", readers: [stored] }).load();
    expect(stored.find("default", "desk")?.secrets.map(({ secret }) => secret)).toEqual([gone.body.secret]);
  }));

Deno.test("of changes of one endpoint at one moment none undoes another one", () =>
  withControl(async ({ json, log }) => {
    const made = await Promise.all([1, 2, 3].map(() => json("POST", "/v1/webhooks", desk)));
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const [rotated] = await Promise.all([
      json("POST", "/v1/webhooks/desk/rotate", { overlapSeconds: 0 }),
      json("PATCH", "/v1/webhooks/desk", { description: "the desk's" }),
      json("PATCH", "/v1/webhooks/desk", { enabled: false }),
    ]);
    const stored = new Webhooks();
    await new Projection({ log, topic: "control", readers: [stored] }).load();
    expect(stored.find("default", "desk")).toMatchObject({
      description: "the desk's",
      enabled: false,
      secrets: [{ secret: rotated.body.secret }],
    });
  }));

Deno.test("a rule names an endpoint of its own tenant, which then cannot be deleted", () =>
  withControl(async ({ json }) => {
    const { body: key } = await json("POST", "/v1/keys", { name: "b", tenant: "bolt", scopes: ["admin"] });
    const bolt = { authorization: `Bearer ${key.key}` };
    await json("POST", "/v1/webhooks", desk);
    const named = { ...rule, recipients: ["webhook:desk"] };
    const refused = await json("POST", "/v1/rules", named, bolt);
    expect(refused.body.errors[0]).toMatchObject({ field: "recipients[0]", code: "unknown_webhook" });
    expect((await json("POST", "/v1/rules", { ...named, id: "r" })).status).toBe(201);
    for (const [method, path] of [["GET", ""], ["DELETE", ""], ["POST", "/rotate"], ["POST", "/redeliver"]]) {
      const body = method === "POST" ? path === "/rotate" ? {} : { alertId: "r@0" } : undefined;
      const asked = await json(method!, `/v1/webhooks/desk${path}`, body, bolt);
      expect([method, path, asked.status]).toEqual([method, path, 404]);
    }
    const inUse = await json("DELETE", "/v1/webhooks/desk");
    expect([inUse.status, inUse.body.code]).toEqual([409, "webhook_in_use"]);
    await json("DELETE", "/v1/rules/r");
    expect((await json("DELETE", "/v1/webhooks/desk")).status).toBe(204);
    expect((await json("PATCH", "/v1/webhooks/desk", { enabled: false })).status).toBe(404);
  }));

Deno.test("an endpoint shows what became of its messages, and has them sent again", () =>
  withControl(async ({ json, log }) => {
    await json("POST", "/v1/webhooks", desk);
    const recipient = "webhook:desk";
    const alert = alertFixture({ recipients: [recipient, "kim@example.com"], channels: [] });
    const calling = inState(newDelivery(alert, recipient, { at: 1, origin: "alerts/0/0" }), "calling", {
      at: 2,
    });
    const sent = inState(calling, "sent", { at: 3, providerId: "HTTP 200" });
    await log.append([
      { topic: "alerts", key: alert.symbol, value: encodeAlert(alert), timestamp: alert.eventTime },
      {
        topic: "deliveries",
        key: deliveryKey(alert.id, recipient),
        placement: alert.symbol,
        value: encodeDelivery(sent),
        timestamp: 3,
      },
    ]);
    await until(async () => (await json("GET", "/v1/webhooks/desk")).body.results.length === 1, "the result");
    const none = await json("POST", "/v1/webhooks/desk/redeliver", { failedSince: "2020-01-01T00:00:00Z" });
    expect(none.body.alertIds).toEqual([]);
    const again = await json("POST", "/v1/webhooks/desk/redeliver", { alertId: alert.id });
    expect([again.status, again.body.alertIds]).toEqual([202, [alert.id]]);
    const partition = await log.partitionOf("alerts", alert.symbol);
    const { end } = await log.bounds("alerts", partition);
    for await (const { records } of log.read({ topic: "alerts", partition, from: end - 1, to: end })) {
      expect(records[0]?.headers).toMatchObject({ redriven: "any", recipient });
    }
  }));
