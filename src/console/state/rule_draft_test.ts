import { expect } from "expect";
import { listed } from "../fixture.ts";
import { parseRule } from "../../rules/parse_rule.ts";
import { SHORTHAND_KINDS } from "../../rules/rule.ts";
import {
  bodyOf,
  checkDraft,
  draftOf,
  emptyDraft,
  readDraft,
  resolveSymbol,
  type RuleDraft,
} from "./rule_draft.ts";

const LISTED = [listed("005930", "삼성전자", "Samsung Electronics"), listed("Q500001", "어떤 ETN")];

function draft(given: Partial<RuleDraft> = {}): RuleDraft {
  return { ...emptyDraft("005930", "kim@example.com", "ko"), value: "72000", ...given };
}

Deno.test("a symbol is meant by its code, its name, or the list's entry", () => {
  expect(resolveSymbol("005930", LISTED)).toBe("005930");
  expect(resolveSymbol(" 삼성전자 ", LISTED)).toBe("005930");
  expect(resolveSymbol("삼성전자 005930", LISTED)).toBe("005930");
  expect(resolveSymbol("samsung electronics", LISTED)).toBe("005930");
  expect(resolveSymbol("q500001", LISTED)).toBe("Q500001");
  expect(resolveSymbol("삼성", LISTED)).toBeUndefined();
  expect(resolveSymbol("", LISTED)).toBeUndefined();
});

Deno.test("what is missing or cannot be is named at its field", () => {
  expect(checkDraft(draft(), "005930")).toEqual({});
  expect(checkDraft(draft({ symbol: "", recipients: " , ", value: "" }), undefined)).toEqual({
    symbol: "form.required",
    recipients: "form.required",
    value: "form.required",
  });
  expect(checkDraft(draft({ symbol: "삼성" }), undefined)).toEqual({ symbol: "form.unknown" });
  expect(checkDraft(draft({ value: "72000.5" }), "005930")).toEqual({ value: "form.decimals.price" });
  expect(checkDraft(draft({ kind: "change_rate", value: "5.125" }), "005930")).toEqual({
    value: "form.decimals.rate",
  });
  expect(checkDraft(draft({ kind: "day_change", value: "-5" }), "005930")).toEqual({
    value: "form.negative",
  });
  expect(checkDraft(draft({ kind: "day_change", value: "-5", direction: "up" }), "005930")).toEqual({});
  expect(checkDraft(draft({ kind: "price_limit", value: "what" }), "005930")).toEqual({});
});

Deno.test("what the form sends is a rule the API takes, for every kind", () => {
  for (const kind of SHORTHAND_KINDS) {
    const body = bodyOf(draft({ kind, value: "1.00", note: " hi " }), "005930");
    const rule = parseRule(body);
    expect(rule).toMatchObject({ kind, symbol: "005930", note: "hi", expiresAt: null });
    expect(rule.value).toBe(kind === "price_limit" ? null : "1");
  }
});

Deno.test("people's separators and units are not part of the number", () => {
  expect(bodyOf(draft({ value: " 72,000원 " }), "005930").value).toBe("72000");
  expect(bodyOf(draft({ kind: "change_rate", value: "1.9 %" }), "005930").value).toBe("1.9");
  expect(bodyOf(draft({ recipients: "a@x.com,\nb@x.com; c@x.com" }), "005930").recipients).toEqual([
    "a@x.com",
    "b@x.com",
    "c@x.com",
  ]);
});

Deno.test("the expiry is Seoul's time, there and back", () => {
  const body = bodyOf(draft({ expires: "2026-11-23T15:30" }), "005930");
  expect(body.expiresAt).toBe("2026-11-23T06:30:00.000Z");
  const rule = {
    id: "r",
    symbol: "005930",
    kind: "target_price" as const,
    comparator: "lt" as const,
    value: "53200",
    direction: null,
    symbols: null,
    market: null,
    conditions: [],
    on: "level" as const,
    repeat: null,
    sessions: null,
    maxAlertsPerDay: null,
    recipients: ["a@x.com", "b@x.com"],
    channels: [],
    locale: "en" as const,
    note: "n",
    labels: {},
    enabled: true,
    expiresAt: Date.parse(body.expiresAt!),
    version: 3,
    armed: 1,
    armedAt: 0,
    createdAt: 0,
  };
  expect(draftOf(rule)).toMatchObject({ expires: "2026-11-23T15:30", value: "53200", comparator: "lt" });
  expect(bodyOf(draftOf(rule), "005930")).toMatchObject({ expiresAt: body.expiresAt, value: "53200" });
});

Deno.test("conditions as text are checked, sent as text, and shown as text again", () => {
  const given = draft({ kind: "condition", when: "시가대비 5% 이상 그리고 거래대금 100억 이상", value: "" });
  expect(checkDraft(given, "005930")).toEqual({});
  expect(checkDraft({ ...given, when: "" }, "005930").when).toBe("form.required");
  expect(checkDraft({ ...given, when: "rats > 5" }, "005930").when).toBe("form.when.fault");
  const body = bodyOf({ ...given, on: "crossing", repeat: "day" }, "005930");
  expect(body).toMatchObject({ when: given.when, kind: null, value: null, on: "crossing", repeat: "day" });
  expect(bodyOf(draft({ value: "72000" }), "005930")).toMatchObject({
    when: null,
    kind: "target_price",
    repeat: null,
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
    symbol: "000660",
    kind: "condition",
    when: "rate <= -3",
    repeat: "once",
    recipients: "me@example.com",
  });
  expect(readDraft({ ...read, rest: ["매수"] }, draft())).toBeUndefined();
  expect(readDraft({ ...read, rule: { ...rule, symbol: undefined, market: "KOSDAQ" } }, draft()))
    .toBeUndefined();
});
