import { expect } from "expect";
import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock, VirtualClock } from "../core/clock.ts";
import { InputError } from "../core/errors.ts";
import { ForwardClock } from "../../tests/support/forward_clock.ts";
import { ROOT_KEY, type TestControl, withControl } from "../../tests/support/control.ts";
import { OidcVerifier } from "./auth/oidc.ts";
import { within } from "../../tests/support/gather.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["kim@example.com"],
};
const HOST = "127.0.0.1:8000";

/**
 * Signs in with a key.
 *
 * @returns the cookie as a browser sends it back.
 */
async function signIn({ control }: TestControl, key: string, headers: Record<string, string> = {}) {
  const answer = await control.app.request("/v1/session", {
    method: "POST",
    headers: { host: HOST, "content-type": "application/json", ...headers },
    body: JSON.stringify({ key }),
  });
  await answer.body?.cancel();
  return { status: answer.status, set: answer.headers.get("set-cookie") ?? "" };
}

const cookieOf = (set: string) => set.split(";")[0]!;

/** The status of a list of rules for a cookie. */
async function listed({ control }: TestControl, cookie: string, host = HOST): Promise<number> {
  return (await control.app.request("/v1/rules", { headers: { cookie, host } })).status;
}

async function withClock(body: (test: TestControl, clock: ForwardClock) => Promise<void>): Promise<void> {
  const clock = new ForwardClock();
  await withControl((test) => body(test, clock), { clock });
}

Deno.test("the console's cookie is a session of some hours, never the key, and stored by its hash", () =>
  withClock(async (test, clock) => {
    const { status, set } = await signIn(test, ROOT_KEY);
    expect(status).toBe(204);
    for (const part of ["tickbell_session_8000=", "HttpOnly", "SameSite=Strict", "Max-Age=43200"]) {
      expect(set).toContain(part);
    }
    expect(set).not.toContain(ROOT_KEY);
    const cookie = cookieOf(set);
    expect(await listed(test, cookie)).toBe(200);
    // Another server of this machine is sent the cookie too, and does not take it for its own.
    expect(await listed(test, cookie, "127.0.0.1:9000")).toBe(401);
    const { end } = await test.log.bounds("control", 0);
    for await (const batch of test.log.read({ topic: "control", partition: 0, from: 0, to: end })) {
      for (const { key, value } of batch.records) {
        expect(key + new TextDecoder().decode(value ?? undefined)).not.toContain(cookie.split("=")[1]);
      }
    }
    clock.forward(12 * 3_600_000 - 60_000);
    expect(await listed(test, cookie)).toBe(200);
    clock.forward(60_000);
    expect(await listed(test, cookie)).toBe(401);
  }));

Deno.test("signing out ends the session for whoever has the cookie", () =>
  withControl(async (test) => {
    const cookie = cookieOf((await signIn(test, ROOT_KEY)).set);
    const out = await test.control.app.request("/v1/session", {
      method: "DELETE",
      headers: { cookie, host: HOST },
    });
    expect(out.status).toBe(204);
    expect(await listed(test, cookie)).toBe(401);
  }));

Deno.test("a session ends with its key, and so do the event streams of both, on every instance", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  try {
    await withControl((one) =>
      withControl(async (two) => {
        const { body: key } = await one.json("POST", "/v1/keys", { name: "k", scopes: ["rules:read"] });
        const cookie = cookieOf((await signIn(two, key.key)).set);
        const byKey = await one.request("GET", "/v1/alerts/stream", undefined, {
          authorization: `Bearer ${key.key}`,
        });
        const bySession = await two.control.app.request("/v1/alerts/stream", {
          headers: { cookie, host: HOST },
        });
        const market = await two.control.app.request("/v1/market/stream", {
          headers: { cookie, host: HOST },
        });
        expect([byKey.status, bySession.status, market.status]).toEqual([200, 200, 200]);
        const ended = Promise.all([byKey.text(), bySession.text(), market.text()]);
        expect((await one.request("DELETE", `/v1/keys/${key.id}`)).status).toBe(204);
        const late = new AbortController();
        await Promise.race([
          ended,
          systemClock.sleep(5_000, late.signal).then(() => Promise.reject(new Error("open"))),
        ]);
        late.abort();
        expect(await listed(one, cookie)).toBe(401);
      }, { log }), { log });
  } finally {
    await log.close();
  }
});

Deno.test("a stream ends when its key expires", () =>
  withClock(async (test, clock) => {
    const { body: key } = await test.json("POST", "/v1/keys", {
      name: "k",
      scopes: ["rules:read"],
      expiresAt: clock.now() + 30_000,
    });
    const stream = await test.request("GET", "/v1/alerts/stream", undefined, {
      authorization: `Bearer ${key.key}`,
    });
    const ended = stream.text();
    clock.forward(31_000);
    expect(await within(ended, "the end of the stream")).toContain("heartbeat");
  }));

Deno.test("signing in from another site is refused, and so is a change with the cookie", () =>
  withControl(async (test) => {
    const foreign: Record<string, string>[] = [
      { origin: "http://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { origin: "null" },
    ];
    for (const headers of foreign) {
      expect((await signIn(test, ROOT_KEY, headers)).status).toBe(403);
    }
    const { status, set } = await signIn(test, ROOT_KEY, {
      origin: `http://${HOST}`,
      "sec-fetch-site": "same-origin",
    });
    expect(status).toBe(204);
    const sent = { cookie: cookieOf(set), host: HOST, "content-type": "application/json" };
    const post = async (headers: Record<string, string>) =>
      (await test.control.app.request("/v1/rules", {
        method: "POST",
        headers: { ...sent, ...headers },
        body: JSON.stringify(rule),
      })).status;
    expect(await post({ origin: `http://${HOST}` })).toBe(201);
    expect(await post({ origin: "http://127.0.0.1:9000" })).toBe(403);
    expect(await post({ "sec-fetch-site": "same-site" })).toBe(403);
  }));

Deno.test("a one-time code opens the console once, within its hour, and from no other site", () =>
  withClock(async (test, clock) => {
    const open = async (code: string, headers: Record<string, string> = {}) =>
      (await test.control.app.request(`/?code=${code}`, { headers: { host: HOST, ...headers } })).headers;
    const code = test.control.signInCode();
    expect((await open(code, { "sec-fetch-site": "cross-site" })).get("set-cookie")).toBeNull();
    const opened = await open(code, { "sec-fetch-site": "none" });
    expect(opened.get("location")).toBe("/");
    expect(await listed(test, cookieOf(opened.get("set-cookie")!))).toBe(200);
    expect((await open(code)).get("set-cookie")).toBeNull();
    const late = test.control.signInCode();
    clock.forward(3_600_000);
    expect((await open(late)).get("set-cookie")).toBeNull();
    // A key in the address line stays there, so it opens nothing.
    const byKey = await test.control.app.request(`/?key=${ROOT_KEY}`, { headers: { host: HOST } });
    expect(byKey.headers.get("set-cookie")).toBeNull();
  }));

Deno.test("a request for another host is refused before anything else: rebound names", () =>
  withControl(async ({ control }) => {
    const status = async (host: string, path = "/openapi.json") =>
      (await control.app.request(path, { headers: { host } })).status;
    for (
      const host of [
        HOST,
        "localhost:8000",
        "LOCALHOST",
        "[::1]:8000",
        "tickbell.localhost",
        "bell.example:1",
      ]
    ) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    for (
      const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.5", ""]
    ) {
      expect([host, await status(host), await status(host, "/")]).toEqual([host, 421, 421]);
    }
  }, { allowedHosts: ["bell.example"] }));

Deno.test("who guesses keys is delayed, by address, before anything is compared", () =>
  withControl(async (test) => {
    const ask = async (key: string, address: string) =>
      (await test.control.app.request(
        "/v1/rules",
        { headers: { authorization: `Bearer ${key}` } },
        { address },
      )).status;
    const answers = new Set<number>();
    for (let count = 0; count < 40; count++) answers.add(await ask(`guess-${count}`, "10.0.0.7"));
    expect([...answers]).toEqual([401, 429]);
    expect(await ask(ROOT_KEY, "10.0.0.7")).toBe(429);
    expect(await ask(ROOT_KEY, "10.0.0.8")).toBe(200);
    // One customer's IPv6 network counts as one.
    for (let count = 0; count < 40; count++) await ask(`guess-${count}`, `2001:db8:0:1::${count}`);
    expect(await ask(ROOT_KEY, "2001:db8:0:1:ffff::1")).toBe(429);
    expect(await ask(ROOT_KEY, "2001:db8:0:2::1")).toBe(200);
  }));

Deno.test("an issuer that is not https, or whose document is another's, hands out no keys", async () => {
  const options = { audience: "a", tenantClaim: "tenant", clock: new VirtualClock(0) };
  expect(() => new OidcVerifier({ ...options, issuer: "http://login.example.com" })).toThrow(InputError);
  let asked = 0;
  const issuer = "https://login.example.com";
  const other = ((_: string) => {
    asked++;
    return Promise.resolve(
      Response.json({ issuer: "https://evil.example", jwks_uri: "https://evil.example/keys" }),
    );
  }) as typeof fetch;
  const verifier = new OidcVerifier({ ...options, issuer, fetch: other });
  for (let count = 0; count < 5; count++) {
    await expect(verifier.identify("a.b.c")).rejects.toThrow("cannot be read");
  }
  // Tokens of anybody do not make us ask again and again.
  expect(asked).toBe(1);
});
