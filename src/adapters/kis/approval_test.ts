import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import { ApprovalKeys } from "./approval.ts";

const APP = { key: "the-app-key", secret: "the-secret" };
const OTHER = { key: "other-app-key", secret: "other-secret" };
const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

function approvals(answer: (serial: number) => Response | Promise<Response>) {
  const clock = new VirtualClock(1_000_000);
  const asked: { at: number; body: Record<string, string> }[] = [];
  const keys = new ApprovalKeys({
    restUrl: "https://kis.test",
    clock,
    paceMs: 1_100,
    timeoutMs: 60_000,
    fetch: (_, init) => {
      asked.push({ at: clock.now(), body: JSON.parse(init?.body as string) });
      return Promise.resolve(answer(asked.length));
    },
  });
  return { clock, asked, keys };
}

const granted = (serial: number) => Response.json({ approval_key: `approval-${serial}` });

Deno.test("an approval key is asked for with the field KIS calls secretkey, and kept for 23 hours", async () => {
  const { clock, asked, keys } = approvals(granted);
  expect(await keys.get(APP, never)).toBe("approval-1");
  expect(asked[0]?.body).toEqual({
    grant_type: "client_credentials",
    appkey: "the-app-key",
    secretkey: "the-secret",
  });
  await clock.advance(23 * HOUR_MS - 1);
  expect(await keys.get(APP, never)).toBe("approval-1");
  await clock.advance(1);
  expect(await keys.get(APP, never)).toBe("approval-2");
});

Deno.test("requests of several sessions go out one after the other, a second and more apart", async () => {
  const { clock, asked, keys } = approvals(granted);
  const got = Promise.all([keys.get(APP, never), keys.get(OTHER, never)]);
  await clock.advance(2_000);
  expect(await got).toEqual(["approval-1", "approval-2"]);
  expect((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)).toBe(1_100);
});

Deno.test("a forgotten key is asked for anew", async () => {
  const { clock, keys } = approvals(granted);
  await keys.get(APP, never);
  keys.forget(APP);
  const again = keys.get(APP, never);
  await clock.advance(1_100);
  expect(await again).toBe("approval-2");
});

Deno.test("a wrong key is not to be tried again, other trouble is; no message has key or secret", async () => {
  const wrong = approvals(() =>
    Response.json({ error_code: "EGW00103", error_description: "bad AppKey the-app-key" }, { status: 403 })
  );
  const refused = await wrong.keys.get(APP, never).catch((error) => error);
  expect([refused.code, refused.retryable]).toEqual(["kis_approval_refused", false]);
  expect(refused.message).toContain("EGW00103 bad AppKey ***");
  const busy = approvals(() => Response.json({ error_code: "EGW00201" }, { status: 500 }));
  expect((await busy.keys.get(APP, never).catch((error) => error)).retryable).toBe(true);
  const html = approvals(() => new Response("<html>"));
  expect((await html.keys.get(APP, never).catch((error) => error)).code).toBe("kis_approval_failed");
  const away = approvals(() => Promise.reject(new TypeError("connection refused for the-secret")));
  const failed = await away.keys.get(APP, never).catch((error) => error);
  expect(failed.retryable).toBe(true);
  expect(failed.message).not.toContain("the-secret");
});
