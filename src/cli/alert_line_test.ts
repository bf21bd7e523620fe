import { expect } from "expect";
import { alertFixture } from "../alerts/fixture.ts";
import { alertLine } from "./alert_line.ts";

Deno.test("an alert is one line: the symbol, the price with its direction, the conditions as rules have them, to whom", () => {
  expect(alertLine("09:47:51", alertFixture())).toBe(
    "09:47:51  005930 삼성전자 53,100원 ▼ 0.75%  price < 53200  → kim@example.com  rule samsung-low",
  );
  const none = alertFixture({ direction: "flat", recipients: ["a@example.com", "b@example.com"] });
  expect(alertLine("09:47:51", none)).toMatch(/― [\d.]+% .* → 2 recipients {2}rule /);
});
