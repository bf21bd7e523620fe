import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { deliveryKey, encodeDelivery, newDelivery } from "../alerts/ledger.ts";
import { stop } from "../books/consents.ts";
import { RecipientBook } from "../books/recipients.ts";
import { type Json, withControl } from "../../tests/support/control.ts";
import { askForLink, HOST, linkOf, mailed, open, SELF, signIn } from "../../tests/support/persons.ts";
import { ForwardClock } from "../../tests/support/forward_clock.ts";
import { until } from "../../tests/support/until.ts";
import { PERSON_ROUTES } from "./people/person_routes.ts";

const rule = { symbol: "005930", kind: "target_price", comparator: "gte", value: "71950" };

Deno.test("a mailed link signs its address in, once, by a press of its button and within its time", async () => {
  const clock = new ForwardClock();
  await withControl(async (test) => {
    expect(await askForLink(test, "Kim@Example.com")).toBe(202);
    expect((await mailed(test.log)).map(({ recipient }) => recipient)).toEqual(["kim@example.com"]);
    const link = await linkOf(test);
    // What looks at links in mails signs nobody in.
    for (let count = 0; count < 2; count++) {
      const page = await open(test, link, "GET");
      expect([page.status, page.cookie]).toEqual([200, ""]);
      expect(page.text).toContain("kim@example.com");
    }
    // With no-referrer the browser would say that its own form comes from nowhere.
    const shown = await test.control.app.request(link, { headers: { host: HOST } });
    expect(shown.headers.get("referrer-policy")).toBe("same-origin");
    await shown.body?.cancel();
    const both = await Promise.all([open(test, link, "POST"), open(test, link, "POST")]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 410]);
    expect((await open(test, link, "GET")).status).toBe(410);
    expect((await open(test, `${link}x`, "POST")).status).toBe(403);
    const cookie = both.find(({ status }) => status === 303)!.cookie;
    const me = await test.control.app.request("/v1/me", { headers: { host: HOST, cookie } });
    expect(await me.json()).toMatchObject({ person: "kim@example.com", scopes: [], operator: false });
    const book = await RecipientBook.load(test.log);
    expect(book.consent("kim@example.com", "default")).toMatchObject({ state: "confirmed", by: "link" });

    await askForLink(test, "kim@example.com");
    const late = await linkOf(test);
    clock.forward(15 * 60_000);
    expect((await open(test, late, "POST")).status).toBe(410);
    const elsewhere = await test.control.app.request(await linkOf(test), {
      method: "POST",
      headers: { host: HOST, origin: "https://evil.example" },
    });
    expect(elsewhere.status).toBe(403);
  }, { ...SELF, clock });
});

Deno.test("the document says where signing in answers with a page, and where with a problem", () =>
  withControl(async (test) => {
    const { body } = await test.json("GET", "/openapi.json");
    const said = body.paths["/v1/pages/sign-in"].post.responses;
    const link = "/v1/pages/sign-in?token=none";
    const dead = await test.control.app.request(link, { method: "POST", headers: { host: HOST } });
    const headers = { host: HOST, origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    const crossed = await test.control.app.request(link, { method: "POST", headers });
    expect([dead.status, crossed.status]).toEqual([403, 403]);
    const types = [dead, crossed].map((answer) => answer.headers.get("content-type")!.split(";")[0]!);
    expect(types).toEqual(["text/html", "application/problem+json"]);
    expect(Object.keys(said[403].content)).toEqual(types);
    expect(Object.keys(said[410].content)).toEqual(["text/html"]);
    // Whoever asks too often is answered so by every route that counts it.
    for (const path of ["/v1/pages/sign-in", "/v1/pages/alert", "/v1/unsubscribe", "/v1/offers"]) {
      expect(Object.keys(body.paths[path].get.responses)).toContain("429");
    }
    await Promise.all([dead, crossed].map((answer) => answer.body?.cancel()));
  }, SELF));

Deno.test("whoever is erased has no rule, consent or silence left, whatever channel it was of", () =>
  withControl(async (test) => {
    const kim = await signIn(test, "kim@example.com");
    const browser = `push:https://push.example.com/kim#p256dh=${"B".repeat(87)}&auth=${"A".repeat(22)}`;
    expect((await kim("PUT", "/v1/account/channels", { recipient: browser, on: true })).status).toBe(200);
    const { body: { id } } = await kim("POST", "/v1/rules", { ...rule, recipients: [browser] });
    expect((await test.json("GET", "/v1/consents")).body.data).toHaveLength(1);
    const matchers = [{ field: "recipient", value: "Kim@example.com" }];
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await test.json("POST", "/v1/silences", { matchers, until, comment: "away" });
    const book = await RecipientBook.load(test.log);
    await stop(book, { tenant: "acme", recipient: "kim@example.com" }, Date.now());
    const erased = await test.json("DELETE", "/v1/people/kim%40example.com");
    expect(erased.body.rules).toBe(1);
    expect((await test.json("GET", `/v1/rules/${id}`)).status).toBe(404);
    for (const path of ["/v1/consents", "/v1/silences"]) {
      expect((await test.json("GET", path)).body.data).toEqual([]);
    }
    // A stop is the address's own word: no operator undoes it.
    const known = (await RecipientBook.load(test.log)).every();
    expect(known.filter(({ recipient }) => recipient === "kim@example.com").map(({ tenant }) => tenant))
      .toEqual(["acme"]);
  }, SELF));

Deno.test("an address is mailed three links in their time and no more, and others are not kept from signing in", () =>
  withControl(async (test) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => askForLink(test, "kim@example.com")));
    expect(new Set(answers)).toEqual(new Set([202]));
    expect(await mailed(test.log)).toHaveLength(3);
    expect(await askForLink(test, "lee@example.com")).toBe(202);
    expect(await mailed(test.log)).toHaveLength(4);
  }, SELF));

Deno.test("only addresses of the domains that are named sign in", () =>
  withControl(async (test) => {
    expect(await askForLink(test, "kim@example.com")).toBe(403);
    expect(await askForLink(test, "kim@desk.example.org")).toBe(202);
  }, { ...SELF, selfService: { ...SELF.selfService, domains: ["example.org"] } }));

Deno.test("every route, asked by another person of the same tenant: what is not in the table is refused, nothing of it is seen", () =>
  withControl(async (test) => {
    const [kim, lee] = [await signIn(test, "kim@example.com"), await signIn(test, "lee@example.com")];
    await test.json("POST", "/v1/rules", {
      ...rule,
      id: "desk",
      recipients: ["desk@example.com"],
      note: "secret-desk",
    });
    const made = await kim("POST", "/v1/rules", { ...rule, note: "secret-kim" });
    expect([made.status, made.body.recipients]).toEqual([201, ["kim@example.com"]]);
    const ruleId: string = made.body.id;
    const alert = alertFixture({
      id: `${ruleId}@0`,
      ruleId,
      recipients: ["kim@example.com"],
      note: "secret-kim",
      tenant: "default",
    });
    const delivery = newDelivery(alert, "kim@example.com", { at: 1, origin: "alerts/0/0" });
    await test.log.append([
      { topic: "alerts", key: alert.symbol, value: encodeAlert(alert), timestamp: alert.eventTime },
      {
        topic: "deliveries",
        key: deliveryKey(alert.id, "kim@example.com"),
        placement: alert.symbol,
        value: encodeDelivery(delivery),
        timestamp: 1,
      },
    ]);
    const shown = async (path: string) => (await test.json("GET", path)).body.data.length === 1;
    await until(() => shown(`/v1/alerts?ruleId=${ruleId}`), "the alert");
    await until(() => shown(`/v1/deliveries?ruleId=${ruleId}`), "the delivery");
    for (const path of ["/v1/alerts", "/v1/deliveries"]) {
      const seen = (await kim("GET", path)).body.data.map((one: Json) => one.ruleId ?? one.alertId);
      expect([path, seen]).toEqual([path, expect.arrayContaining([ruleId])]);
    }
    const used = new Set<string>();
    for (const { method, path, access, operationId } of test.control.api.routes) {
      const name = `${method.toUpperCase()} ${path}`;
      const how = Object.hasOwn(PERSON_ROUTES, operationId) ? PERSON_ROUTES[operationId] : undefined;
      if (access === "public" || operationId === "deleteMyAccount") {
        used.add(operationId);
        continue;
      }
      const id = path.startsWith("/v1/alerts/") ? alert.id : ruleId;
      const target = path.replace("{id}", encodeURIComponent(id)).replace("{symbol}", "005930")
        .replace("{recipient}", "other%40example.com");
      const body = ["post", "put", "patch"].includes(method) ? {} : undefined;
      const answer = await lee(method.toUpperCase(), target, body);
      used.add(operationId);
      expect([name, answer.text.replaceAll(ruleId, "").match(/secret-\w+|kim@example/)]).toEqual([
        name,
        null,
      ]);
      if (how === undefined) expect([name, answer.status]).toEqual([name, 403]);
      if (how === "by id") expect([name, answer.status]).toEqual([name, 404]);
    }
    expect(Object.keys(PERSON_ROUTES).filter((operation) => !used.has(operation))).toEqual([]);
    expect((await lee("GET", "/v1/status")).body.rules).toBe(0);
    expect((await kim("GET", `/v1/rules/${ruleId}`)).body.note).toBe("secret-kim");
    expect((await kim("GET", "/v1/rules")).body.data).toHaveLength(1);
    // A rule of the desk is nobody's own.
    expect((await kim("GET", "/v1/rules/desk")).status).toBe(404);
  }, { ...SELF, partitions: 2 }));

Deno.test("one's rules go to one's own channels, within a quota, whoever sends the same Idempotency-Key", () =>
  withControl(async (test) => {
    const [kim, lee] = [await signIn(test, "kim@example.com"), await signIn(test, "lee@example.com")];
    const stranger = await kim("POST", "/v1/rules", { ...rule, recipients: ["lee@example.com"] });
    expect(stranger.body.errors[0]).toMatchObject({ field: "recipients[0]", code: "not_yours" });
    expect((await kim("POST", "/v1/rules", { ...rule, id: "mine" })).body.errors[0].code).toBe("not_yours");
    const many = await kim("POST", "/v1/rules", [rule, rule, rule]);
    expect(many.status).toBe(201);
    expect((await kim("POST", "/v1/rules", rule)).body.code).toBe("quota_exceeded");
    const id: string = many.body.data[0].id;
    const moved = await kim("PATCH", `/v1/rules/${id}`, { recipients: ["lee@example.com"] });
    expect(moved.body.errors[0].code).toBe("not_yours");

    const keys = `p256dh=${"B".repeat(87)}&auth=${"A".repeat(22)}`;
    const browser = `push:https://push.example.com/abc#${keys}`;
    const added = await kim("PUT", "/v1/account/channels", { recipient: browser });
    expect(added.body.channels.map(({ channel }: Json) => channel)).toEqual(["mail", "push"]);
    expect((await kim("PUT", "/v1/account/channels", { recipient: "telegram:5" })).status).toBe(400);
    await kim("PATCH", `/v1/rules/${id}`, { recipients: [browser] });
    expect((await kim("DELETE", `/v1/account/channels/${encodeURIComponent(browser)}`)).status).toBe(200);
    expect((await kim("GET", `/v1/rules/${id}`)).body.enabled).toBe(false);

    expect((await lee("GET", "/v1/account")).body.rules).toEqual({ count: 0, most: 3 });
    const audit = await test.json("GET", `/v1/audit?target=${id}`);
    expect(audit.body.data[0].who).toBe("self:kim@example.com");
    expect((await kim("DELETE", "/v1/account")).status).toBe(204);
    expect((await kim("GET", "/v1/me")).status).toBe(401);
    expect((await test.json("GET", "/v1/rules")).body.data).toEqual([]);
    expect((await lee("GET", "/v1/me")).status).toBe(200);
    // Erased, the audit names nobody.
    await test.json("DELETE", "/v1/people/kim%40example.com");
    const after = await test.json("GET", `/v1/audit?target=${id}`);
    expect(JSON.stringify(after.body)).not.toContain("kim@example.com");
  }, SELF));
