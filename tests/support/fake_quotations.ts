import { MasterSite } from "../../src/adapters/kis/rest/master_site.ts";
import { openQuotations } from "../../src/adapters/kis/rest/open_rest.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { Quotations } from "../../src/ports/quotations.ts";
import { FakeKisRest, type FakeKisRestOptions } from "./fake_kis_rest.ts";

const APPS = { "test-app-key": "test-app-secret" };

/** The product's own REST client in front of the fake, without a network in between: for tests under a virtual clock. */
export async function fakeQuotations(
  clock: Clock,
  options: Omit<FakeKisRestOptions, "apps" | "now"> = {},
  perSecond = 15,
): Promise<{ readonly rest: FakeKisRest; readonly quotations: Quotations }> {
  const rest = new FakeKisRest({ ...options, apps: APPS, now: () => clock.now() });
  const answer: typeof fetch = async (input, init) =>
    await rest.handle(new Request(input, init)) ?? new Response("not found", { status: 404 });
  const quotations = await openQuotations({
    environment: { restUrl: "http://kis.invalid" },
    masters: new MasterSite({ url: "http://kis.invalid/common/master", fetch: answer }),
    app: { key: "test-app-key", secret: "test-app-secret" },
    customerType: "P",
    perSecond,
    clock,
    random: () => 0.5,
    fetch: answer,
  });
  return { rest, quotations };
}
