import { expect } from "expect";
import { listed } from "../fixture.ts";
import { parseRule } from "../../rules/parse_rule.ts";
import { MEASURE_NAMES, MEASURES } from "../../rules/measures.ts";
import { parseWhen } from "../../rules/when.ts";
import { InputIssues } from "../../rules/input_issues.ts";
import { conditionDraft, newCondition, typedNumber } from "./condition_draft.ts";
import {
  bodyOf,
  checkDraft,
  conditionsIn,
  draftOf,
  emptyDraft,
  type FormDraft,
  inMode,
  readDraft,
  resolveSymbol,
  targetsOf,
  triedDraft,
} from "./rule_draft.ts";
import { readRule } from "../api/read.ts";
import type { ApiRule } from "../../control/client/types.ts";

const LISTED = [
  listed("005930", "삼성전자", "Samsung Electronics"),
  listed("035420", "NAVER", "NAVER"),
  listed("Q500001", "어떤 ETN"),
];
const NOW = Date.parse("2026-11-23T10:00:00+09:00");

function draft(given: Partial<FormDraft> = {}): FormDraft {
  return { ...emptyDraft({ symbol: "005930", price: 72_000 }, "kim@example.com", "ko"), ...given };
}

const check = (given: Partial<FormDraft>) => checkDraft(draft(given), { listed: LISTED, now: NOW });
const value = (measure: "price" | "rate", text: string) => [{ ...newCondition(measure), value: text }];

Deno.test("numbers are read as people type them", () => {
  expect(
    ["71,000", "7만", "７１，０００", " 72,000원 ", "7만2천", "100억", "1.9 %", "-3%", "−3", "+5"].map(
      typedNumber,
    ),
  )
    .toEqual(["71000", "70000", "71000", "72000", "72000", "10000000000", "1.9", "-3", "-3", "5"]);
  expect(["", "abc", "7만명", "1.2.3", "%"].map(typedNumber)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("a symbol is meant by its code, its name, the list's entry, or what people call it", () => {
  const means = (text: string) => resolveSymbol(text, LISTED);
  expect(["005930", " 삼성전자 ", "삼성전자 005930", "samsung electronics", "삼전"].map(means))
    .toEqual(["005930", "005930", "005930", "005930", "005930"]);
  expect([means("네이버"), means("q500001"), means("삼성"), means("")]).toEqual([
    "035420",
    "Q500001",
    undefined,
    undefined,
  ]);
  expect(targetsOf(draft({ scope: "symbols", symbols: "삼전, 네이버; 없는것\n005930" }), LISTED)).toEqual({
    symbols: ["005930", "035420"],
    unknown: ["없는것"],
  });
});

Deno.test("what is missing or cannot be is said at its field", () => {
  expect(check({})).toEqual({});
  expect(check({ symbol: "", recipients: " , ", conditions: value("price", "") })).toEqual({
    symbol: { key: "form.required" },
    recipients: { key: "form.required" },
    "conditions[0]": { key: "form.required" },
  });
  expect(check({ recipients: "kim@example.com, not an address" }).recipients).toMatchObject({
    code: "bad_recipient",
  });
  expect(check({ symbol: "삼성" })).toEqual({ symbol: { key: "form.unknown" } });
  expect(check({ conditions: value("price", "72000.5") })["conditions[0]"]).toMatchObject({
    code: "too_many_decimals",
  });
  expect(check({ conditions: value("rate", "5.125") })["conditions[0]"]).toMatchObject({
    code: "too_many_decimals",
  });
  expect(check({ conditions: value("price", "많이") })).toEqual({ "conditions[0]": { key: "form.number" } });
  expect(check({ expires: "2026-11-23T09:59" })).toEqual({ expires: { key: "form.past" } });
  expect(check({ scope: "symbols", symbols: "" })).toEqual({ symbols: { key: "form.required" } });
  expect(check({ scope: "market" })).toEqual({});
  expect(check({ maxAlertsPerDay: "many", labels: "=x" })).toEqual({
    maxAlertsPerDay: { key: "form.number" },
    labels: { key: "form.labels.fault" },
  });
  const said = check({ mode: "text", when: "rats > 5" }).when;
  expect(said).toMatchObject({ code: "bad_when" });
});

Deno.test("what the form sends is a rule that the API takes, for every measure and target", () => {
  for (const measure of MEASURE_NAMES) {
    const issues = new InputIssues();
    const conditions = parseWhen(MEASURES[measure].example, "when", issues)!;
    const given = draft({ conditions: conditions.map(conditionDraft) });
    expect({ measure, faults: checkDraft(given, { listed: LISTED, now: NOW }) }).toEqual({
      measure,
      faults: {},
    });
    expect(parseRule(bodyOf(given, LISTED)).conditions).toEqual(conditions);
  }
  expect(parseRule(bodyOf(draft({ scope: "market", market: "KOSDAQ" }), LISTED))).toMatchObject({
    market: "KOSDAQ",
  });
  expect(parseRule(bodyOf(draft({ scope: "symbols", symbols: "삼전,네이버" }), LISTED)).symbols)
    .toEqual(["005930", "035420"]);
});

Deno.test("builder and text say the same, both ways; a text that cannot be read stays", () => {
  const given = draft({ conditions: [...value("price", "7만"), ...value("rate", "3")] });
  const text = inMode(given, "text");
  expect(text).toMatchObject({ mode: "text", when: "price >= 70000 and rate >= 3" });
  const back = inMode({ ...text, when: "시가대비 5% 이상 그리고 거래대금 100억 이상" }, "builder");
  expect(back.mode).toBe("builder");
  expect(conditionsIn(back).conditions?.map(({ measure }) => measure)).toEqual(["from_open", "day_value"]);
  expect(inMode({ ...text, when: "rats" }, "builder")).toMatchObject({ mode: "text", when: "rats" });
  // A line without its number yet is left out, not the others with it; an empty text leads back to the lines.
  const half = draft({ conditions: [...value("price", "7만"), ...value("rate", "")] });
  expect(inMode(half, "text").when).toBe("price >= 70000");
  const empty = inMode(draft({ conditions: value("rate", "") }), "text");
  expect(inMode(empty, "builder")).toMatchObject({ mode: "builder", conditions: value("rate", "") });
});

const AT = "2026-11-23T06:30:00.000Z";
const RULE = readRule({
  id: "r",
  symbol: null,
  symbols: ["005930", "035420"],
  market: null,
  kind: "condition",
  conditions: [{ measure: "new_high", params: ["52w"], comparator: "gte", value: "1" }],
  on: "crossing",
  repeat: "day",
  sessions: ["regular"],
  maxAlertsPerDay: 50,
  recipients: ["a@x.com", "b@x.com"],
  locale: "en",
  note: "n",
  labels: { team: "desk-1", "from-file": "x=y" },
  expiresAt: AT,
  armedAt: AT,
  createdAt: AT,
} as unknown as ApiRule);

Deno.test("a rule that is opened and saved is the same rule; its expiry is Seoul's time", () => {
  const given = draftOf(RULE);
  expect(given.expires).toBe("2026-11-23T15:30");
  expect(bodyOf(given, LISTED)).toEqual({
    symbols: ["005930", "035420"],
    when: "new_high(52w) >= 1",
    on: "crossing",
    repeat: "day",
    sessions: ["regular"],
    maxAlertsPerDay: 50,
    recipients: ["a@x.com", "b@x.com"],
    locale: "en",
    note: "n",
    labels: { team: "desk-1", "from-file": "x=y" },
    expiresAt: AT,
  });
});

Deno.test("a line that was understood whole fills the form; one that was not fills nothing", () => {
  const rule = {
    symbol: "000660",
    when: "rate <= -3",
    on: "level" as const,
    repeat: "once" as const,
    sessions: null,
  };
  const read = { rule, words: "", understood: [], rest: [], missing: [], candidates: [] };
  expect(readDraft(read, draft({ recipients: "me@example.com" }))).toMatchObject({
    scope: "symbol",
    symbol: "000660",
    mode: "builder",
    conditions: [{ measure: "rate", comparator: "lte", value: "-3" }],
    repeat: "once",
    recipients: "me@example.com",
  });
  expect(readDraft({ ...read, rest: ["매수"] }, draft())).toBeUndefined();
  expect(readDraft({ ...read, rule: { ...rule, symbol: undefined, market: "KOSDAQ" } }, draft()))
    .toMatchObject({ scope: "market", market: "KOSDAQ" });
});

Deno.test("a draft is tried before anybody is to be written to, and not while its condition is none", () => {
  const known = { listed: LISTED, now: NOW };
  expect(triedDraft(draft({ recipients: "kim@" }), known)).toMatchObject({
    symbol: "005930",
    when: "price >= 72000",
    recipients: ["nobody@example.com"],
  });
  expect(triedDraft(draft({ conditions: value("price", "") }), known)).toBeUndefined();
});

Deno.test("a label's value may have commas and quotes, and stays as it is", () => {
  const labels = {
    list: "a, b=c",
    said: '"yes", he said',
    plain: "x=y",
    open: 'an "odd" one',
    path: "c:\\x, d",
    none: "",
  };
  const { labels: text } = draftOf({ ...RULE, labels });
  expect(text).toContain('list="a, b=c"');
  expect(bodyOf({ ...draft(), labels: text }, LISTED).labels).toEqual(labels);
  expect(check({ labels: 'a="b, c", ="d"' }).labels).toEqual({ key: "form.labels.fault" });
});
