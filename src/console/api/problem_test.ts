import { expect } from "expect";
import { ApiProblem, failureOf, problemOf } from "./problem.ts";

Deno.test("a problem's faults are read with their fields and codes", () => {
  const problem = problemOf(400, {
    title: "Bad request",
    detail: "2 things are wrong",
    errors: [
      { field: "value", code: "too_many_decimals", reason: "must be whole", value: 1.5 },
      { field: "recipients[1]", reason: "must be a mail address" },
      "not an object",
      { field: "x" },
    ],
  });
  expect([problem.status, problem.message]).toEqual([400, "2 things are wrong"]);
  expect(problem.faults).toEqual([
    { field: "value", code: "too_many_decimals", reason: "must be whole" },
    { field: "recipients[1]", code: "", reason: "must be a mail address" },
  ]);
});

Deno.test("an answer that is no problem document is told by its status", () => {
  for (const body of [undefined, null, "<html>", 5, {}, { detail: 5, errors: "no" }]) {
    expect(problemOf(502, body)).toMatchObject({ status: 502, message: "HTTP 502", faults: [] });
  }
});

Deno.test("a server that cannot be reached has no words of its own", () => {
  expect(failureOf(new ApiProblem(0, "Failed to fetch"))).toBe("");
  expect(failureOf(new ApiProblem(500, "Internal error"))).toBe("Internal error");
  expect(failureOf(new TypeError("oops"))).toBe("oops");
});
