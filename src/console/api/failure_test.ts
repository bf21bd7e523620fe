import { expect } from "expect";
import { ApiRefusal } from "../../control/client/refusal.ts";
import { OutsideError } from "../../core/errors.ts";
import { failureOf, isFailure } from "./failure.ts";

const unreachable = new OutsideError("api_unreachable", "Failed to fetch", { retryable: true });

Deno.test("a server that cannot be reached has no words of its own", () => {
  expect(failureOf(unreachable)).toBe("");
  expect(failureOf(new ApiRefusal(500, { detail: "Internal error" }))).toBe("Internal error");
  expect(failureOf(new TypeError("oops"))).toBe("oops");
});

Deno.test("a refusal and a server that is away are failures, a bug is none", () => {
  expect([unreachable, new ApiRefusal(503), new TypeError("oops")].map(isFailure)).toEqual([
    true,
    true,
    false,
  ]);
});
