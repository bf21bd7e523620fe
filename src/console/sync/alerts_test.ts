import { expect } from "expect";
import { ApiRefusal } from "../../control/client/refusal.ts";
import { ApiClient } from "../api/client.ts";
import type { ShownAlert } from "../api/types.ts";
import { Cell, type Loadable } from "../base/cell.ts";
import { alert } from "../fixture.ts";
import { AlertsSync } from "./alerts.ts";

/** Alerts of which one is known, over an API that answers everything with a status. */
function synced(status: number) {
  const alerts = new Cell<Loadable<readonly ShownAlert[]>>({
    state: "ready",
    value: [alert({ id: "known" })],
  });
  const client = new ApiClient({
    url: "http://127.0.0.1:1",
    locked: () => {},
    fetch: () => Promise.resolve(new Response("{}", { status })),
  });
  const nothing = { follow: () => {}, fired: () => {}, missed: () => {} };
  return new AlertsSync({ state: { alerts }, client, tabs: nothing, ...nothing });
}

Deno.test("an alert that a mail links to is in the list, or kept no longer; a server that fails is neither", async () => {
  expect((await synced(500).need("known"))?.id).toBe("known");
  expect(await synced(404).need("old")).toBeUndefined();
  await expect(synced(503).need("old")).rejects.toBeInstanceOf(ApiRefusal);
});
