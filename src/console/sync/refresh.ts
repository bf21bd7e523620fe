import { failureOf } from "../api/failure.ts";
import type { Cell, Loadable } from "../base/cell.ts";

/** Fetches a cell's value anew. A failure keeps the value there was and says what went wrong. */
export async function refresh<T>(cell: Cell<Loadable<T>>, fetchValue: () => Promise<T>): Promise<void> {
  try {
    cell.set({ state: "ready", value: await fetchValue() });
  } catch (thrown) {
    const before = cell.value;
    const known = before.state === "loading" || before.value === undefined ? {} : { value: before.value };
    cell.set({ state: "failed", message: failureOf(thrown), ...known });
  }
}
