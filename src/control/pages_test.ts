import { createHash } from "node:crypto";
import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { encodeAlert } from "../alerts/codec.ts";
import { linksOf } from "../alerts/links.ts";
import { newNotice } from "../alerts/notice.ts";
import { VirtualClock } from "../core/clock.ts";
import { type TestControl, withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";

const SECRET = "a secret of the tests";
const NOW = Date.UTC(2025, 10, 26, 0, 47, 2);
const rule = { id: "r", symbol: "005930", kind: "target_price", comparator: "lt", value: "53200" };
const links = linksOf({ consoleUrl: "https://desk.example", secret: SECRET });

/** What a page answers, and its forms. */
async function open(test: TestControl, path: string, form?: Record<string, string>) {
  const response = await test.control.app.request(path, {
    ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect([policy.includes("unsafe"), policy.includes("default-src 'none'")]).toEqual([false, true]);
  expect([/ style=/.test(text), /<script/.test(text)]).toEqual([false, false]);
  return { status: response.status, text };
}

/** An alert of the rule, and the path of its page for a recipient. */
async function alertOf(test: TestControl, recipients: readonly string[], over = {}) {
  const alert = alertFixture({ id: "r@0", ruleId: "r", ruleVersion: 1, recipients, ...over });
  await test.log.append([
    { topic: "alerts", key: alert.symbol, value: encodeAlert(alert), timestamp: alert.eventTime },
  ]);
  await until(async () => (await test.request("GET", "/v1/alerts/r@0")).status === 200, "the alert");
  const pathFor = async (recipient: string) => {
    const { page = "" } = await links({ id: alert.id, recipient, alerts: [alert] }, NOW);
    return page.slice("https://desk.example".length);
  };
  return { alert, pathFor };
}

async function withPages(body: (test: TestControl) => Promise<void>): Promise<void> {
  await withControl(body, { linkSecret: SECRET, clock: new VirtualClock(NOW) });
}

Deno.test("the page says what happened, the rule, the way of the message; opening anything changes nothing", () =>
  withPages(async (test) => {
    await test.json("POST", "/v1/rules", { ...rule, recipients: ["kim@example.com"] });
    const { pathFor } = await alertOf(test, ["kim@example.com"], { note: "<b>매도</b>" });
    const path = await pathFor("kim@example.com");
    const { status, text } = await open(test, `${path}&utm_source=mail&token=x`);
    expect(status).toBe(200);
    for (
      const words of [
        "삼성전자",
        "53,100원",
        "현재가가 53,200원 미만",
        "09:47:00.123",
        "&lt;b&gt;매도",
        "한 시간",
      ]
    ) {
      expect(text).toContain(words);
    }
    for (const act of ["hour", "today", "pause", "value", "stop", "nonsense"]) {
      expect((await open(test, `${path}&do=${act}`)).status).toBe(200);
    }
    expect((await test.json("GET", "/v1/rules/r")).body).toMatchObject({ enabled: true, version: 1 });
    expect((await test.json("GET", "/v1/silences")).body.data).toEqual([]);
  }));

Deno.test("the buttons pause, resume, snooze, end the day, change the value and stop the address", () =>
  withPages(async (test) => {
    await test.json("POST", "/v1/rules", { ...rule, recipients: ["kim@example.com"] });
    const path = await (await alertOf(test, ["kim@example.com"])).pathFor("kim@example.com");
    const act = async (name: string, more = {}) => (await open(test, path, { act: name, ...more })).status;
    const standing = async () => (await test.json("GET", "/v1/rules/r")).body;
    expect(await act("pause")).toBe(200);
    expect((await standing()).enabled).toBe(false);
    expect(await act("hour")).toBe(409);
    expect(await act("resume")).toBe(200);
    expect((await standing()).enabled).toBe(true);
    expect(await act("value", { value: "52,500원" })).toBe(200);
    expect((await standing()).value).toBe("52500");
    expect(await act("value", { value: "viel" })).toBe(400);
    expect(await act("hour")).toBe(200);
    const [silence] = (await test.json("GET", "/v1/silences")).body.data;
    expect(Date.parse(silence.until) - NOW).toBe(3_600_000);
    expect(await act("resume")).toBe(200);
    expect(await act("today")).toBe(200);
    const [day] = (await test.json("GET", "/v1/silences")).body.data;
    expect(day.until).toBe("2025-11-26T15:00:00.000Z");
    expect(await act("stop")).toBe(200);
    expect((await test.json("GET", "/v1/consents")).body.data[0]).toMatchObject({
      state: "stopped",
      by: "link",
    });
    expect((await standing()).version).toBe(4);
    // Nothing else is offered then, and the same page takes it back.
    expect((await open(test, path)).text).toContain("do=start");
    expect([await act("pause"), (await standing()).enabled]).toEqual([409, true]);
    expect(await act("start")).toBe(200);
    expect((await test.json("GET", "/v1/consents")).body.data[0]).toMatchObject({ state: "confirmed" });
    const said = (await test.json("GET", "/v1/audit")).body.data.map(({ action }: { action: string }) =>
      action
    );
    expect(said).toContain("consent.stop");
    expect(said).toContain("consent.agree");
  }));

Deno.test("a browser that is added from the page is its reader's own: it gets the rule's alerts, and the rule stays his", () =>
  withControl(async (test) => {
    const browser = `push:https://push.example/1#p256dh=${"p".repeat(87)}&auth=${"a".repeat(22)}`;
    await test.json("POST", "/v1/rules", { ...rule, recipients: ["kim@example.com"] });
    const { alert, pathFor } = await alertOf(test, ["kim@example.com"]);
    const path = await pathFor("kim@example.com");
    const standing = async () => (await test.json("GET", "/v1/rules/r")).body;
    expect((await open(test, path)).text).toContain("do=push");
    const asking = await test.control.app.request(`${path}&do=push`);
    const script = /<script data-key="KEY">([^]*)<\/script>/.exec(await asking.text())?.[1] ?? "";
    const hash = createHash("sha256").update(script).digest("base64");
    expect(asking.headers.get("content-security-policy")).toContain(`script-src 'sha256-${hash}'`);
    expect((await standing()).version).toBe(1);
    for (
      const value of ["", "kim@example.org", "push:https://push.example/1", browser.replace("https", "ftp")]
    ) {
      expect((await open(test, path, { act: "push", value })).status).toBe(409);
    }
    for (let press = 0; press < 2; press++) {
      expect((await open(test, path, { act: "push", value: browser })).status).toBe(200);
    }
    expect(await standing()).toMatchObject({
      recipients: ["kim@example.com", browser],
      channels: ["mail", "push"],
    });
    expect((await open(test, path, { act: "pause" })).status).toBe(200);
    expect((await standing()).enabled).toBe(false);
    // So it is on the page that a push leads to.
    const { page = "" } = await links({ id: alert.id, recipient: browser, alerts: [{ ...alert }] }, NOW);
    expect(page).not.toContain("push.example");
    const tests = (await test.json("GET", "/v1/deliveries")).body.data;
    expect(tests.filter(({ channel }: { channel: string }) => channel === "push").length).toBeLessThanOrEqual(
      1,
    );
    // Another person on the rule: it is nobody's alone any more.
    await test.json("PATCH", "/v1/rules/r", { recipients: ["kim@example.com", browser, "lee@example.com"] });
    expect((await open(test, path, { act: "push", value: browser })).status).toBe(409);
    // Who is erased takes the browsers along.
    await test.json("DELETE", "/v1/people/kim%40example.com");
    expect((await standing()).recipients).toEqual(["lee@example.com"]);
    const known = (await test.json("GET", "/v1/consents")).body.data;
    expect(known.map(({ recipient }: { recipient: string }) => recipient)).toEqual(["lee@example.com"]);
  }, { linkSecret: SECRET, clock: new VirtualClock(NOW), pushKey: "KEY" }));

Deno.test("who shares a rule quiets it for himself alone, and does not change it", () =>
  withPages(async (test) => {
    await test.json("POST", "/v1/rules", { ...rule, recipients: ["kim@example.com", "lee@example.com"] });
    const path = await (await alertOf(test, ["kim@example.com", "lee@example.com"])).pathFor(
      "kim@example.com",
    );
    expect((await open(test, path, { act: "value", value: "1000" })).status).toBe(409);
    expect((await open(test, path, { act: "pause" })).status).toBe(200);
    expect((await test.json("GET", "/v1/rules/r")).body).toMatchObject({ enabled: true, version: 1 });
    const [silence] = (await test.json("GET", "/v1/silences")).body.data;
    expect(silence.matchers).toContainEqual({ field: "recipient", value: "kim@example.com" });
    expect((await open(test, path, { act: "resume" })).status).toBe(200);
    expect((await test.json("GET", "/v1/silences")).body.data).toEqual([]);
  }));

Deno.test("a rule of who signs in by mail writes to its owner's own channels: each of them is the owner", () =>
  withPages(async (test) => {
    const id = "u0123456789a.r";
    const recipients = ["kim@example.com", "telegram:7"];
    await test.json("POST", "/v1/rules", { ...rule, id, recipients });
    const over = { id: "r@0", ruleId: id };
    const path = await (await alertOf(test, recipients, over)).pathFor("kim@example.com");
    await open(test, path, { act: "value", value: "50,000" });
    expect((await test.json("GET", `/v1/rules/${id}`)).body).toMatchObject({ value: "50000", recipients });
    await open(test, path, { act: "pause" });
    expect((await test.json("GET", `/v1/rules/${id}`)).body.enabled).toBe(false);
  }));

Deno.test("an address agrees, stops, also by one click, and comes back, by its own links", () =>
  withPages(async (test) => {
    const given = { tenant: "default", recipient: "kim@example.com", name: 1, at: NOW };
    const notice = newNotice({ kind: "confirm", locale: "ko" }, given);
    const { action = "", address = "" } = await links(notice, NOW);
    const [confirmPath, addressPath] = [action, address].map((url) =>
      url.slice("https://desk.example".length)
    );
    const state = async () => (await test.json("GET", "/v1/consents")).body.data[0]?.state;
    expect((await open(test, confirmPath!)).text).toContain("동의");
    expect(await state()).toBeUndefined();
    await open(test, confirmPath!, { act: "agree" });
    expect(await state()).toBe("confirmed");
    await open(test, addressPath!, { "List-Unsubscribe": "One-Click" });
    expect(await state()).toBe("stopped");
    expect((await open(test, addressPath!)).text).toContain("다시 받기");
    await open(test, addressPath!, { act: "agree" });
    expect(await state()).toBe("confirmed");
  }));

Deno.test("a link that is bad, old, of another purpose or of a secret channel gets a page", () =>
  withPages(async (test) => {
    const slack = "slack:https://hooks.slack.com/services/T/B/X";
    await test.json("POST", "/v1/rules", { ...rule, recipients: [slack] });
    const { alert, pathFor } = await alertOf(test, [slack]);
    const path = await pathFor(slack);
    expect(path).not.toContain("hooks");
    expect((await open(test, path)).text).not.toContain("hooks.slack.com/services");
    for (const bad of ["", "?token=", "?token=a.b", "?token=%00&token=2", `?token=${"x".repeat(5_000)}`]) {
      for (const name of ["alert", "confirm", "address"]) {
        expect((await open(test, `/v1/pages/${name}${bad}`)).status).toBe(403);
        expect((await open(test, `/v1/pages/${name}${bad}`, { act: "stop" })).status).toBe(403);
      }
      expect((await open(test, `/v1/unsubscribe${bad}`)).status).toBe(403);
    }
    expect((await open(test, path.replace("/alert", "/address"))).status).toBe(403);
    const old = await links({ id: alert.id, recipient: slack, alerts: [alert] }, NOW - 31 * 86_400_000);
    expect((await open(test, old.page!.slice("https://desk.example".length))).status).toBe(410);
    await open(test, path, { act: "stop" });
    expect((await test.json("GET", "/v1/consents")).body.data[0].recipient).not.toContain("services");
  }));

Deno.test("whoever opens pages too often gets a page that says so, in the browser's language, and when to come again", () =>
  withPages(async (test) => {
    const get = async (path: string) =>
      await test.control.app.request(path, { headers: { "accept-language": "en" } }, { address: "10.0.0.9" });
    let last = await get("/v1/pages/alert?token=x");
    for (let count = 0; count < 200 && last.status !== 429; count++) {
      await last.body?.cancel();
      last = await get("/v1/pages/alert?token=x");
    }
    expect([last.status, last.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(last.headers.get("content-type")).toMatch(/^text\/html/);
    expect(last.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await last.text()).toContain("Try again in a moment");
    // A program gets a problem.
    const offers = await get("/v1/offers");
    expect([offers.status, offers.headers.get("content-type")]).toEqual([429, "application/problem+json"]);
    await offers.body?.cancel();
  }));

Deno.test('the document says of pages that they say "not now" as pages alone', () =>
  withPages(async (test) => {
    const { paths } = (await test.json("GET", "/openapi.json")).body;
    const kinds = Object.entries(paths).flatMap(([path, operations]) =>
      Object.values(operations as Record<string, { responses: Record<string, { content?: object }> }>)
        .flatMap(({ responses }) => [responses[429], responses[503]])
        .map((answer) => ({ path, types: Object.keys(answer?.content ?? {}) }))
        .filter(({ types }) => types.includes("text/html"))
    );
    expect(kinds.length).toBeGreaterThan(10);
    expect(kinds.filter(({ types }) => types.length > 1)).toEqual([]);
  }));
