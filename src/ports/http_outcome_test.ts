import { expect } from "expect";
import { httpFailure, notReached } from "./http_outcome.ts";

const NOW = Date.UTC(2025, 10, 26);
const failure = (status: number, retryAfter?: string) =>
  httpFailure({ service: "webhook", status, now: NOW, ...(retryAfter === undefined ? {} : { retryAfter }) });

Deno.test("which HTTP answers are tried again", () => {
  const retried = [302, 400, 401, 404, 408, 410, 425, 429, 500, 502, 503].filter((status) =>
    failure(status).retryable
  );
  expect(retried).toEqual([408, 425, 429, 500, 502, 503]);
});

Deno.test("how long the other side asks to wait, in seconds or as a date, an hour at most", () => {
  expect(failure(429, "7").retryAfterMs).toBe(7_000);
  expect(failure(503, new Date(NOW + 30_000).toUTCString())).toMatchObject({
    retryAfterMs: 30_000,
    code: "webhook_throttled",
  });
  expect(failure(429, "999999").retryAfterMs).toBe(3_600_000);
  expect(failure(429, "soon").retryAfterMs).toBeUndefined();
  expect(failure(404, "7").retryAfterMs).toBeUndefined();
});

Deno.test("a call that did not reach the other side is tried again, unless this process may not make it", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED https://secret"), { code: "ECONNREFUSED" });
  expect(notReached("slack", refused)).toMatchObject({
    code: "slack_unreachable",
    retryable: true,
    message: "slack cannot be reached (ECONNREFUSED)",
  });
  const denied = Object.assign(new Error("Requires net access"), { name: "NotCapable" });
  expect(notReached("slack", denied)).toMatchObject({ code: "slack_not_allowed", retryable: false });
});
