import { expect } from "expect";
import { linksOf } from "../../alerts/links.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import { type PageRoute, readRoute, writeRoute } from "./route.ts";

Deno.test("a symbol and an alert are read from the address; anything else is nothing", () => {
  expect(readRoute("#/005930")).toEqual({ symbol: "005930", query: {} });
  expect(readRoute("#/Q500001")).toEqual({ symbol: "Q500001", query: {} });
  expect(readRoute("#/alerts/r1%401795392000000")).toEqual({ alertId: "r1@1795392000000" });
  for (
    const hash of [
      "",
      "#",
      "#/",
      "#/5930",
      "#/alerts/",
      "#/alerts/%E0%A4%A",
      "#/alerts/a/b",
      "#/javascript:1",
    ]
  ) {
    expect({ hash, route: readRoute(hash) }).toEqual({ hash, route: undefined });
  }
});

Deno.test("the link of a mail leads to its alert", async () => {
  const alert = alertFixture({ id: "market~open.1@1795392000000" });
  const delivery = { id: alert.id, recipient: "kim@example.com", alerts: [alert] };
  const { console: link } = await linksOf({ consoleUrl: "https://desk.example.com/" })(delivery, 0);
  expect(readRoute(new URL(link as string).hash)).toEqual({ alertId: alert.id });
});

Deno.test("what a view shows is in the address, both ways", () => {
  const routes: PageRoute[] = [
    { view: "rules", query: { search: "삼성 &=", state: "paused" } },
    { symbol: "005930", query: { interval: "5m" } },
    { alertId: "r:005930!2@1" },
    { view: "alerts", query: {} },
  ];
  for (const route of routes) expect(readRoute(writeRoute(route))).toEqual(route);
  expect(writeRoute({ view: "rules", query: { search: "", state: "all" } })).toBe("#/rules?state=all");
});
