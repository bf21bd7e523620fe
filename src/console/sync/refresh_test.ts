import { expect } from "expect";
import { ApiRefusal } from "../../control/client/refusal.ts";
import { OutsideError } from "../../core/errors.ts";
import { Cell, type Loadable } from "../base/cell.ts";
import { refresh } from "./refresh.ts";

Deno.test("a failed refresh keeps the last value and says what went wrong", async () => {
  const away = new OutsideError("api_unreachable", "Failed to fetch", { retryable: true });
  const cell = new Cell<Loadable<number>>({ state: "loading" });
  await refresh(cell, () => Promise.reject(new ApiRefusal(503, { detail: "not now" })));
  expect(cell.value).toEqual({ state: "failed", message: "not now" });
  await refresh(cell, () => Promise.resolve(7));
  expect(cell.value).toEqual({ state: "ready", value: 7 });
  await refresh(cell, () => Promise.reject(away));
  expect(cell.value).toEqual({ state: "failed", message: "", value: 7 });
  await refresh(cell, () => Promise.reject(new ApiRefusal(500, { detail: "oops" })));
  expect(cell.value).toEqual({ state: "failed", message: "oops", value: 7 });
});
