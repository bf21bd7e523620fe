import { expect } from "expect";
import fc from "fast-check";
import { InputError } from "../core/errors.ts";
import { draftOf, parseRule, type ParseRuleOptions, writtenDraft } from "./parse_rule.ts";
import { arbitraryRule } from "../../tests/support/arbitrary_rule.ts";

const good = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71950",
  recipients: ["a@example.com"],
};

/** The issues of a rule as a caller wrote it, none when it is good. */
function ruleIssues(input: unknown, options: ParseRuleOptions = {}) {
  try {
    parseRule(input, options);
    return [];
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.issues;
    throw thrown;
  }
}

/** The first issue of a rule as it is. */
function firstIssue(input: Record<string, unknown>) {
  return ruleIssues(input)[0]!;
}

/** The one issue of a rule with some fields changed; undefined takes a field away. */
function issueOf(change: Record<string, unknown>) {
  const input = Object.fromEntries(Object.entries({ ...good, ...change }).filter(([, v]) => v !== undefined));
  const issues = ruleIssues(input);
  expect(issues).toHaveLength(1);
  return issues[0]!;
}

Deno.test("a rule gets its defaults", () => {
  expect(parseRule(good)).toEqual({
    symbol: "005930",
    symbols: null,
    market: null,
    conditions: [{ measure: "price", params: [], comparator: "gte", value: 71950 }],
    kind: "target_price",
    comparator: "gte",
    value: "71950",
    direction: null,
    on: "level",
    repeat: null,
    sessions: null,
    maxAlertsPerDay: null,
    recipients: ["a@example.com"],
    channels: ["mail"],
    locale: "ko",
    note: "",
    labels: {},
    enabled: true,
    expiresAt: null,
  });
});

Deno.test("the original's own kinds, and its words for a price limit, are read", () => {
  for (
    const [kind, wanted] of [
      ["goal", "target_price"],
      ["fluctuation", "change_rate"],
      ["compared_previous", "day_change"],
    ] as const
  ) expect(parseRule({ ...good, kind }).kind).toBe(wanted);
  for (
    const [condition, direction] of [["상한가", "up"], ["하한가", "down"], ["|", "either"], ["", "either"]]
  ) {
    const { recipients, symbol } = good;
    expect(parseRule({ symbol, recipients, kind: "상/하한가", condition })).toMatchObject({
      kind: "price_limit",
      direction,
      conditions: [{ comparator: direction === "down" ? "lte" : "gte" }],
    });
  }
});

Deno.test("what a rule waits for is said once: several forms must say the same", () => {
  const { kind, comparator, value, ...rest } = good;
  const short = { kind, comparator, value };
  expect(parseRule({ ...rest, when: "price >= 71950" })).toEqual(parseRule({ ...rest, ...short }));
  expect(parseRule({ ...rest, ...short, when: "현재가 71,950원 이상" })).toEqual(parseRule(good));
  expect(firstIssue({ ...rest, ...short, when: "price > 1" })).toMatchObject({
    field: "when",
    code: "conflicting_fields",
  });
  expect(firstIssue({ ...rest, when: "rate >= 5", value: "5" })).toMatchObject({
    field: "value",
    code: "not_allowed",
  });
  expect(firstIssue(rest)).toMatchObject({ field: "kind", code: "missing" });
  expect(firstIssue({ ...rest, kind: "condition" })).toMatchObject({ field: "when", code: "missing" });
  expect(parseRule({ ...rest, when: "rate <= -3" })).toMatchObject({
    kind: "change_rate",
    direction: "down",
    value: "3",
  });
  expect(parseRule({ ...rest, when: "vi" })).toMatchObject({
    kind: "condition",
    comparator: null,
    value: null,
  });
  const listed = { measure: "신고가", params: ["52w"], comparator: "이상", value: 1 };
  expect(parseRule({ ...rest, conditions: [listed] }).conditions).toEqual([
    { measure: "new_high", params: ["52w"], comparator: "gte", value: 1 },
  ]);
  expect(firstIssue({ ...rest, conditions: [{ ...listed, measure: "새고가" }] }).field).toBe(
    "conditions[0].measure",
  );
});

Deno.test("for which symbols, when and how often", () => {
  const { symbol: _, ...rest } = good;
  expect(parseRule({ ...rest, symbols: ["005930", "000660"], repeat: "day", on: "crossing" })).toMatchObject({
    symbol: null,
    symbols: ["000660", "005930"],
    repeat: "day",
    on: "crossing",
    maxAlertsPerDay: 200,
  });
  expect(parseRule({ ...rest, market: "*", maxAlertsPerDay: 5 })).toMatchObject({
    market: "*",
    maxAlertsPerDay: 5,
  });
  expect(parseRule({ ...good, sessions: ["after", "pre"] }).sessions).toEqual(["pre", "after"]);
  expect(parseRule({ ...good, sessions: ["pre", "regular", "after", "closing"] }).sessions).toBeNull();
  for (
    const [over, field] of [
      [{ ...good, market: "KOSPI" }, "market"],
      [{ ...rest, symbols: [] }, "symbols"],
      [{ ...rest, symbols: ["005930", "005930"] }, "symbols[1]"],
      [{ ...rest, market: "NASDAQ" }, "market"],
      [{ ...good, repeat: "2d" }, "repeat"],
      [{ ...good, on: "edge" }, "on"],
      [{ ...good, sessions: ["lunch"] }, "sessions[0]"],
      [{ ...good, maxAlertsPerDay: 0 }, "maxAlertsPerDay"],
      [{ ...good, armed: 2 }, "armed"],
    ] as const
  ) expect(firstIssue(over).field).toBe(field);
});

Deno.test("the original's Korean names and condition are read", () => {
  const rule = parseRule({
    symbol: "005930",
    kind: "목표가",
    condition: "53200|미만",
    recipients: ["a@example.com"],
  });
  expect([rule.kind, rule.comparator, rule.value]).toEqual(["target_price", "lt", "53200"]);
  for (const [korean, kind] of [["등락률", "change_rate"], ["전일대비", "day_change"]]) {
    expect(parseRule({ ...good, kind: korean }).kind).toBe(kind);
  }
  for (const korean of ["상하한가", "상/하한가"]) {
    const limit = parseRule({ symbol: "005930", kind: korean, recipients: ["a@example.com"] });
    expect([limit.kind, limit.comparator, limit.value, limit.direction]).toEqual([
      "price_limit",
      null,
      null,
      "either",
    ]);
  }
  for (const [word, comparator] of [["초과", "gt"], ["이상", "gte"], ["미만", "lt"], ["이하", "lte"]]) {
    expect(parseRule({ ...good, comparator: word }).comparator).toBe(comparator);
  }
});

Deno.test("values are exact: a number and its text are the same, more decimals are refused and not rounded", () => {
  expect(parseRule({ ...good, kind: "change_rate", value: 1.9 }).value).toBe("1.9");
  expect(parseRule({ ...good, kind: "change_rate", value: "1.90" }).value).toBe("1.9");
  const issue = issueOf({ kind: "change_rate", value: 5.125 });
  expect(issue).toEqual({
    field: "value",
    code: "too_many_decimals",
    reason: "must be a decimal with at most 2 places",
    value: 5.125,
  });
  const thrown = catchInput(() => parseRule({ ...good, kind: "change_rate", value: "5.125" }));
  expect(thrown.message).toBe('value: must be a decimal with at most 2 places, got "5.125"');
  expect(issueOf({ value: 0.1 + 0.2 }).code).toBe("too_many_decimals");
  expect(issueOf({ value: 1e300 }).code).toBe("out_of_range");
  expect(issueOf({ value: 1e-9 }).code).toBe("too_many_decimals");
  expect(issueOf({ value: Infinity }).code).toBe("not_a_decimal");
});

Deno.test("each field's refusal names the field, a code and the value", () => {
  const cases: [Record<string, unknown>, string, string][] = [
    [{ symbol: undefined }, "symbol", "missing"],
    [{ symbol: 5930 }, "symbol", "bad_symbol"],
    [{ symbol: "00593" }, "symbol", "bad_symbol"],
    [{ kind: undefined }, "kind", "missing"],
    [{ kind: "price" }, "kind", "bad_kind"],
    [{ kind: ["target_price"] }, "kind", "bad_kind"],
    [{ comparator: undefined }, "comparator", "missing"],
    [{ comparator: ">=" }, "comparator", "bad_comparator"],
    [{ value: undefined }, "value", "missing"],
    [{ value: "" }, "value", "not_a_decimal"],
    [{ value: "1e5" }, "value", "not_a_decimal"],
    [{ value: "1,000" }, "value", "not_a_decimal"],
    [{ value: true }, "value", "not_a_decimal"],
    [{ value: "0" }, "value", "out_of_range"],
    [{ value: "99999999999" }, "value", "out_of_range"],
    [{ direction: "up" }, "direction", "not_allowed"],
    [{ kind: "change_rate", direction: "both" }, "direction", "bad_direction"],
    [{ kind: "change_rate", value: "-3" }, "value", "negative_with_either"],
    [{ kind: "change_rate", direction: "down", value: "-3" }, "value", "negative_with_down"],
    [{ kind: "day_change", direction: "down", value: -500 }, "value", "negative_with_down"],
    [{ kind: "price_limit", value: undefined }, "comparator", "not_allowed"],
    [{ kind: "price_limit", comparator: undefined }, "value", "not_allowed"],
    [{ condition: "53200|미만" }, "condition", "conflicting_fields"],
    [{ comparator: undefined, value: undefined, condition: "53200" }, "condition", "bad_condition"],
    [{ comparator: undefined, value: undefined, condition: "53200|보다" }, "condition", "bad_comparator"],
    [{ comparator: undefined, value: undefined, condition: "5.5|미만" }, "condition", "too_many_decimals"],
    [{ recipients: undefined }, "recipients", "missing"],
    [{ recipients: [] }, "recipients", "bad_list"],
    [{ recipients: "a@example.com" }, "recipients", "bad_list"],
    [{ recipients: ["a@example.com", "nobody"] }, "recipients[1]", "bad_recipient"],
    [{ recipients: ["a@example.com\r\nBcc: b@example.com"] }, "recipients[0]", "bad_recipient"],
    [{ recipients: ["A <a@example.com>"] }, "recipients[0]", "bad_recipient"],
    [{ recipients: ["webhook:http://example.com/"] }, "recipients[0]", "bad_recipient"],
    [{ recipients: ["webhook:https://u:p@example.com/"] }, "recipients[0]", "bad_recipient"],
    [{ recipients: ["telegram:x y"] }, "recipients[0]", "bad_recipient"],
    [{ recipients: ["a@example.com", "A@example.com"] }, "recipients[1]", "duplicate"],
    [{ channels: [] }, "channels", "bad_list"],
    [{ channels: ["fax"] }, "channels[0]", "bad_channel"],
    [{ channels: ["slack"] }, "channels[0]", "no_recipient"],
    [{ channels: ["mail", "mail"] }, "channels[1]", "duplicate"],
    [{ locale: "fr" }, "locale", "bad_locale"],
    [{ note: "line\nline" }, "note", "control_character"],
    [{ note: "\ud800" }, "note", "control_character"],
    [{ note: "가".repeat(201) }, "note", "bad_text"],
    [{ labels: ["a"] }, "labels", "bad_labels"],
    [{ labels: { "-": "a" } }, "labels.-", "bad_label"],
    [{ labels: { team: 1 } }, "labels.team", "bad_text"],
    [{ enabled: "yes" }, "enabled", "not_a_boolean"],
    [{ expiresAt: "2026-11-30" }, "expiresAt", "bad_time"],
    [{ expiresAt: "2026-02-30T00:00:00Z" }, "expiresAt", "bad_time"],
    [{ expiresAt: -1 }, "expiresAt", "bad_time"],
    [{ id: "a b" }, "id", "bad_id"],
    [{ id: "" }, "id", "bad_id"],
    [{ version: 3 }, "version", "read_only_field"],
    [{ symbl: "005930" }, "symbl", "unknown_field"],
  ];
  for (const [change, field, code] of cases) {
    const issue = issueOf(change);
    expect([change, issue.field, issue.code]).toEqual([change, field, code]);
    if (code !== "missing") expect(issue).toHaveProperty("value");
  }
  expect(issueOf({ symbl: "005930" }).reason).toContain("did you mean symbol?");
});

Deno.test("all issues are reported at once, with the prefix of an array", () => {
  const issues = ruleIssues({ symbol: 1, kind: "x", recipients: [2], extra: 1 }, { prefix: "[4]" });
  expect(issues.map((issue) => issue.field)).toEqual([
    "[4].extra",
    "[4].symbol",
    "[4].kind",
    "[4].comparator",
    "[4].value",
    "[4].recipients[0]",
  ]);
  for (const input of [null, 5, "rule", [good], undefined]) {
    expect(ruleIssues(input)[0]!.code).toBe("not_an_object");
  }
});

Deno.test("times are read with their offset", () => {
  const at = Date.UTC(2026, 10, 30, 6, 30);
  for (const expiresAt of ["2026-11-30T15:30:00+09:00", "2026-11-30T06:30Z", at]) {
    expect(parseRule({ ...good, expiresAt }).expiresAt).toBe(at);
  }
});

Deno.test("a rule's own fields, written again, give the same rule", () => {
  fc.assert(fc.property(arbitraryRule(), (rule) => {
    const draft = draftOf({ ...rule, id: "r1" });
    expect(parseRule(JSON.parse(JSON.stringify(writtenDraft(draft))))).toEqual(draft);
  }));
});

Deno.test("whatever JSON comes, the answer is a draft or an InputError, and no prototype changes", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 4 }), (text) => {
    const thrown = catchInput(() => parseRule(JSON.parse(text)));
    expect(thrown.issues.length).toBeGreaterThan(0);
  }));
  const evil = JSON.parse(
    `{"__proto__":{"enabled":false,"polluted":1},"symbol":"005930","kind":"target_price","comparator":"gte",` +
      `"value":"1","recipients":["a@example.com"],"labels":{"__proto__":"x","constructor":"y"}}`,
  );
  const fields = ruleIssues(evil).map((issue) => issue.field);
  expect(fields).toEqual(["__proto__", "labels.__proto__"]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

Deno.test("one field made into anything else is refused or gives a whole rule", () => {
  const anything = fc.jsonValue({ maxDepth: 2 });
  fc.assert(fc.property(fc.constantFrom(...Object.keys(good)), anything, (field, value) => {
    let draft;
    try {
      draft = parseRule({ ...good, [field]: value });
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(InputError);
      return;
    }
    expect(draft.value).toMatch(/^-?\d+(\.\d+)?$/);
    expect(draft.recipients.length).toBeGreaterThan(0);
  }));
});

function catchInput(run: () => unknown): InputError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}
