import { expect } from "expect";
import { outOfDate } from "./generate.ts";

Deno.test("everything that is generated is up to date: deno task generate", async () => {
  expect([...(await outOfDate()).keys()]).toEqual([]);
});

Deno.test("no dashboard stands in the folder that nothing makes", () => {
  const folder = new URL("../infra/grafana/dashboards/", import.meta.url);
  expect([...Deno.readDirSync(folder)].map(({ name }) => name).sort()).toEqual([
    "operations.json",
    "stock.json",
  ]);
});
