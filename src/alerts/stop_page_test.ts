import { expect } from "expect";
import { ruleOf } from "../../tests/support/rules.ts";
import { stopPage } from "./stop_page.ts";

const recipient = "a@example.com";
const token = "t.t";
const name = { name: "삼성전자", nameEn: "Samsung Electronics" };

Deno.test("the stop page says in words which rule it is, in the rule's language, and asks", () => {
  const rule = ruleOf({ comparator: "lt", value: "53200", note: "<b>매도</b>" });
  const page = stopPage(rule, { token, recipient, name });
  expect(page).toContain("현재가가 53,200원 미만");
  expect(page).toContain("삼성전자");
  expect(page).toContain("&lt;b&gt;매도");
  expect(page).toContain("<form");
  expect(stopPage({ ...rule, locale: "en" }, { token, recipient, name })).toContain(
    "the price is below 53,200 won",
  );
});

Deno.test("where there is nothing to stop any more the stop page does not ask", () => {
  for (const rule of [undefined, ruleOf({ enabled: false }), ruleOf({ recipients: ["b@example.com"] })]) {
    expect(stopPage(rule, { token, recipient, name })).not.toContain("<form");
  }
});
