import { expect } from "expect";
import { alertFixture } from "./fixture.ts";
import { alertMessage } from "./message.ts";
import {
  decodeTemplate,
  encodeTemplate,
  ownWords,
  PLACEHOLDERS,
  type Template,
  templateIssues,
} from "./template.ts";

const OURS = { subject: null, text: null, webhook: null };
const template = (over: Partial<Template>): Template => ({
  tenant: "acme",
  ...OURS,
  updatedAt: 1,
  updatedBy: "key:1",
  ...over,
});
const written = (by: Template, alert = alertFixture(), links = {}) =>
  alertMessage(alert, links, { own: ownWords(by, alert, links) });
const codes = (over: Partial<Template>) => templateIssues({ ...OURS, ...over }).map(({ code }) => code);

Deno.test("a tenant's own words take the place of ours, each by itself", () => {
  const own = template({
    subject: "{{ name }} {{price}}",
    webhook: '{"t":"{{name}}","p":"{{priceNumber}}","n":1}',
  });
  expect(decodeTemplate(new TextEncoder().encode(encodeTemplate(own)))).toEqual(own);
  const { subject, text, body } = written(own);
  expect(subject).toBe("삼성전자 53,100원");
  expect(text).toContain("현재가: 53,100원");
  expect(JSON.parse(body!)).toEqual({ t: "삼성전자", p: 53_100, n: 1 });
  const texts = template({ text: "{{reached}}\n{{link}}" });
  const message = written(texts, alertFixture(), { page: "https://x.example/p" });
  expect(message.text).toBe("53,200원 미만\nhttps://x.example/p\n");
  expect(message.html).toContain("53,200원 미만<br>");
  expect(message.body).toBeUndefined();
});

Deno.test("what stands in an alert breaks out of no template", () => {
  const alert = alertFixture({ note: 'x"},{{price}}\r\nBcc: a@b.example<script>', name: "{{stop}}" });
  const own = template({ subject: "{{name}} {{note}}", text: "{{note}}", webhook: '{"n":"{{note}}"}' });
  const { subject, text, html, body } = written(own, alert, { stop: "https://s.example" });
  expect(subject).not.toMatch(/[\r\n]|53,100|s\.example/);
  expect(text).not.toContain("53,100");
  expect(html).not.toContain("<script");
  expect(Object.keys(JSON.parse(body!))).toEqual(["n"]);
});

Deno.test("templates are checked when they are saved", () => {
  expect(codes({ subject: Object.keys(PLACEHOLDERS).slice(0, 5).map((name) => `{{${name}}}`).join(" ") }))
    .toEqual([]);
  expect(templateIssues({ ...OURS, subject: "{{pric}}" })[0]?.reason).toContain("did you mean {{price}}?");
  expect(codes({ subject: "{{constructor}}" })).toEqual(["unknown_placeholder"]);
  expect(codes({ subject: "{{ price" })).toEqual(["bad_placeholder"]);
  expect(codes({ subject: "a\nb" })).toEqual(["not_one_line"]);
  expect(codes({ text: " " })).toEqual(["empty"]);
  expect(codes({ text: "x".repeat(4_001) })).toEqual(["too_long"]);
  expect(codes({ webhook: "{" })).toEqual(["not_json"]);
  expect(codes({ webhook: '["{{name}}"]' })).toEqual(["not_an_object"]);
});

Deno.test("a template of braces and blanks is refused in no time", () => {
  const begun = performance.now();
  for (const webhook of [`{"a":"{{${" ".repeat(1_500)}"}`, `{"a":"${"{{ ".repeat(1_000)}"}`]) {
    const issues = templateIssues({ subject: null, text: null, webhook });
    expect(issues.map(({ code }) => code)).toContain("bad_placeholder");
  }
  expect(templateIssues({ subject: "{{   code\t}}", text: null, webhook: null })).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(500);
});
