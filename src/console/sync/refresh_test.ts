import { expect } from "expect";
import { ApiProblem } from "../api/problem.ts";
import { Cell, type Loadable } from "../base/cell.ts";
import { refresh } from "./refresh.ts";

Deno.test("a failed refresh keeps the last value and says what went wrong", async () => {
  const cell = new Cell<Loadable<number>>({ state: "loading" });
  await refresh(cell, () => Promise.reject(new ApiProblem(503, "not now")));
  expect(cell.value).toEqual({ state: "failed", message: "not now" });
  await refresh(cell, () => Promise.resolve(7));
  expect(cell.value).toEqual({ state: "ready", value: 7 });
  await refresh(cell, () => Promise.reject(new ApiProblem(0, "Failed to fetch")));
  expect(cell.value).toEqual({ state: "failed", message: "", value: 7 });
  await refresh(cell, () => Promise.reject(new ApiProblem(500, "oops")));
  expect(cell.value).toEqual({ state: "failed", message: "oops", value: 7 });
});
