import { expect } from "expect";
import { ROOT_KEY, type TestControl, withControl } from "../../../tests/support/control.ts";
import { OutsideError } from "../../core/errors.ts";
import { ControlClient } from "./client.ts";
import { itemsOf } from "./items_of.ts";
import { ApiRefusal } from "./refusal.ts";
import type { ApiRuleInput } from "./types.ts";

const URL_OF_NOBODY = "http://127.0.0.1:1";
const rule: ApiRuleInput = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71900",
  recipients: ["kim@example.com"],
};

function clientOf({ control }: TestControl): ControlClient {
  return new ControlClient({
    url: "http://localhost",
    key: ROOT_KEY,
    fetch: async (request) => await control.app.fetch(request),
  });
}

async function thrownBy(ask: Promise<unknown>): Promise<unknown> {
  return await ask.then(() => undefined, (thrown) => thrown);
}

Deno.test("a rule is made, paused, resumed and deleted", () =>
  withControl(async (test) => {
    const api = clientOf(test);
    const { id } = await api.createRule(rule);
    expect((await api.pauseRule(id)).enabled).toBe(false);
    expect((await api.resumeRule(id)).enabled).toBe(true);
    expect((await api.rules()).data.map((one) => one.id)).toEqual([id]);
    await api.deleteRule(id);
    expect((await api.rules()).data).toEqual([]);
  }));

Deno.test("a list is read page by page, until there is enough of it", () =>
  withControl(async (test) => {
    const api = clientOf(test);
    for (const id of ["a", "b", "c"]) await api.createRule({ ...rule, id });
    const idsOf = async (limit: number) => {
      const { items, more } = await itemsOf(
        limit,
        ({ cursor }) => api.rules({ cursor, limit: 1, sort: "id" }),
      );
      return { ids: items.map(({ id }) => id), more };
    };
    expect(await idsOf(2)).toEqual({ ids: ["a", "b"], more: true });
    expect(await idsOf(3)).toEqual({ ids: ["a", "b", "c"], more: false });
    expect(await idsOf(Infinity)).toEqual({ ids: ["a", "b", "c"], more: false });
  }));

Deno.test("the market, the dead letters and the status are read", () =>
  withControl(async (test) => {
    const api = clientOf(test);
    expect((await itemsOf(Infinity, (page) => api.symbols(page))).items.map(({ symbol }) => symbol).sort())
      .toEqual(["000660", "005930", "035720"]);
    expect((await api.lastTrades()).data).toEqual([]);
    expect((await api.trades("005930", { limit: 10 })).data).toEqual([]);
    expect((await api.candles("005930", { interval: "1d" })).data).toEqual([]);
    expect((await api.deadLetters({ limit: 5 })).data).toEqual([]);
    expect((await api.status()).rules).toBe(0);
    expect(await thrownBy(api.quote("005930"))).toMatchObject({ status: 404 });
    expect(await thrownBy(api.mails())).toMatchObject({ status: 404, code: "no_outbox" });
    expect(await thrownBy(api.mail("1"))).toMatchObject({ status: 404, code: "no_outbox" });
    expect(await thrownBy(api.redriveDeadLetter("1"))).toMatchObject({ status: 404 });
  }));

Deno.test("without a key nothing is said of one, and the session's cookie speaks", () =>
  withControl(async (test) => {
    let cookie = "";
    const api = new ControlClient({
      url: "http://localhost",
      fetch: async (request) => {
        expect(request.headers.has("authorization")).toBe(false);
        const asked = new Request(request, { headers: [...request.headers, ["cookie", cookie]] });
        const response = await test.control.app.fetch(asked);
        cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
        return response;
      },
    });
    expect(await thrownBy(api.status())).toMatchObject({ status: 401, code: "not_authenticated" });
    expect(await thrownBy(api.openSession("wrong"))).toMatchObject({ status: 401 });
    await api.openSession(ROOT_KEY);
    expect((await api.status()).rules).toBe(0);
    await api.closeSession();
    expect(await thrownBy(api.status())).toMatchObject({ status: 401 });
  }));

Deno.test("a refusal is reported with its code and the faults of the fields", () =>
  withControl(async (test) => {
    const refusal = await thrownBy(clientOf(test).createRule({ ...rule, value: 1.5 }));
    expect(refusal).toBeInstanceOf(ApiRefusal);
    expect(refusal).toMatchObject({
      status: 400,
      code: "bad_rule",
      issues: [{ field: "value", code: "too_many_decimals", value: 1.5 }],
    });
  }));

Deno.test("an answer that is no problem document is reported by its status", async () => {
  const bodies = [
    "",
    "<html>",
    "null",
    "5",
    "{}",
    '{"detail":5,"code":1,"errors":"no"}',
    '{"errors":[1,{"field":1}]}',
  ];
  for (const body of bodies) {
    const api = new ControlClient({
      url: URL_OF_NOBODY,
      fetch: () => Promise.resolve(new Response(body, { status: 502 })),
    });
    const refusal = await thrownBy(api.status());
    expect(refusal).toBeInstanceOf(ApiRefusal);
    expect(refusal).toMatchObject({ status: 502, code: "http_502", message: "HTTP 502", issues: [] });
  }
});

Deno.test("an API that does not answer is an outside error", async () => {
  const api = new ControlClient({
    url: URL_OF_NOBODY,
    fetch: () => Promise.reject(new TypeError("no route")),
  });
  const thrown = await thrownBy(api.status());
  expect(thrown).toBeInstanceOf(OutsideError);
  expect(thrown).toMatchObject({ code: "api_unreachable", retryable: true });
});

Deno.test("what was missed in the log is read and acknowledged", () =>
  withControl(async (test) => {
    const api = clientOf(test);
    expect((await api.logGaps()).data).toEqual([]);
    expect(await api.acknowledgeLogGaps()).toEqual({ ids: [] });
    expect(await thrownBy(api.acknowledgeLogGaps(["log-gap/x"]))).toMatchObject({ status: 404 });
    const gap = {
      v: 1,
      topic: "trades",
      partition: 0,
      from: 1,
      to: 301,
      reason: "deleted",
      detail: "gone",
      at: 0,
    };
    const key = "log-gap/stream/trades/0/1";
    await test.log.append([{
      topic: "status",
      key,
      value: JSON.stringify({ ...gap, group: "stream" }),
      timestamp: 0,
    }]);
    expect((await api.logGaps()).data).toMatchObject([{
      id: key,
      missed: 300,
      group: "stream",
      acknowledgedAt: null,
    }]);
    expect(await api.acknowledgeLogGaps([key])).toEqual({ ids: [key] });
    expect((await api.logGaps()).data).toMatchObject([{ id: key, acknowledgedAt: expect.any(String) }]);
    expect(await api.acknowledgeLogGaps()).toEqual({ ids: [] });
  }));
