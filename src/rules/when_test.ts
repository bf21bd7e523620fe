import { expect } from "expect";
import fc from "fast-check";
import { arbitraryCondition } from "../../tests/support/arbitrary_rule.ts";
import { readAmount } from "./amount.ts";
import type { Condition } from "./condition.ts";
import { InputIssues } from "./input_issues.ts";
import { MEASURE_NAMES, MEASURES } from "./measures.ts";
import { conditionWritten, writtenCondition } from "./read_conditions.ts";
import { formatWhen, parseWhen } from "./when.ts";

function read(text: string): readonly Condition[] {
  const issues = new InputIssues();
  const conditions = parseWhen(text, "when", issues);
  issues.throwIfAny("bad_rule");
  return conditions!;
}

function fault(text: string): string {
  const issues = new InputIssues();
  expect(parseWhen(text, "when", issues)).toBeUndefined();
  expect(issues.count).toBe(1);
  return issues.first!.reason;
}

const canonical = (text: string) => formatWhen(read(text));

Deno.test("one canonical text, whatever words, signs and units it was written in", () => {
  for (
    const [text, wanted] of [
      ["rate >= 5", "rate >= 5"],
      ["  RATE>=5.00 ", "rate >= 5"],
      ["등락률 >= 5", "rate >= 5"],
      ["등락률 5% 이상", "rate >= 5"],
      ["등락률이 5% 이상", "rate >= 5"],
      ["현재가가 64,000원 이상", "price >= 64000"],
      ["등락률 이상 5%", "rate >= 5"],
      ["등락율 -3.5 이하", "rate <= -3.5"],
      ["현재가 7만원 초과", "price > 70000"],
      ["price > 72,000", "price > 72000"],
      ["시가대비 5% 이상 그리고 거래대금 100억 이상", "from_open >= 5 and day_value >= 10000000000"],
      ["from_open>=5&&day_value>=100억", "from_open >= 5 and day_value >= 10000000000"],
      ["rate >= 1, strength >= 120", "rate >= 1 and strength >= 120"],
      ["거래대금 1조 2천억 이상", "day_value >= 1200000000000"],
      ["체결대금 1.5억 이상", "trade_value >= 150000000"],
      ["new_high(52w)", "new_high(52w) >= 1"],
      ["신고가(52주)", "new_high(52w) >= 1"],
      ["new_high(day) >= 1", "new_high >= 1"],
      ["from_high(52w) <= -20", "from_high(52w) <= -20"],
      ["고가대비(20일) -10 이하", "from_high(20d) <= -10"],
      ["sma(20) >= 0", "sma(20) >= 0"],
      ["sma(20,1d) > -0.5", "sma(20) > -0.5"],
      ["vi", "vi >= 1"],
      ["VI >= 1", "vi >= 1"],
      ["limit < 1", "limit < 1"],
      ["상/하한가 1 이상", "limit >= 1"],
      ["rate >= 5 % and price > 7만 원", "rate >= 5 and price > 70000"],
      ["ｒａｔｅ ＞＝ ５％", "rate >= 5"],
    ] as const
  ) expect([text, canonical(text)]).toEqual([text, wanted]);
});

Deno.test("a fault says the column, what was expected there, and the nearest word", () => {
  for (
    const [text, reason] of [
      ["rats >= 5", 'column 1: expected a measure, found "rats"; did you mean rate?'],
      [
        "rate >= 5 and strenght > 1",
        'column 15: expected a measure, found "strenght"; did you mean strength?',
      ],
      [
        "rate = 5",
        'column 6: expected >, >=, <, <= or a number with 초과, 이상, 미만, 이하, found "="; ' +
        "values are not compared for being equal: use >= or <=",
      ],
      [
        "rate => 5",
        'column 6: expected >, >=, <, <= or a number with 초과, 이상, 미만, 이하, found "="; did you mean >=?',
      ],
      ["change_rate >= 3", 'column 1: expected a measure, found "change_rate"; did you mean rate?'],
      ["goal >= 3", 'column 1: expected a measure, found "goal"; did you mean price?'],
      ["constructor >= 3", 'column 1: expected a measure, found "constructor"'],
      ["move(5) >= 3", "column 6: length must be one of 1m to 60m; did you mean 5m?"],
      ["rsi(14,7m) > 30", "column 8: interval must be one of 1d, 1m, 3m, 5m, 10m, 15m, 30m, 60m"],
      ["rate >=", "column 8: expected a number, found the end"],
      ["rate 5", "column 7: expected 초과, 이상, 미만 or 이하, found the end"],
      ["rate >= 5 or price > 1", 'column 12: "or" is two rules: make one for each side'],
      ["rate >= 5 price > 1", 'column 11: expected "and" or the end, found "price"'],
      ["rate >= 5.125", "column 9: must be a decimal with at most 2 places"],
      ["price >= 0", "column 10: must be a whole number from 1 to 2000000000"],
      ["day_value >= 12345", "column 14: must be a multiple of 10000 from 0 to 20000000000000"],
      ["from_high(5d) > 1", "column 11: span must be one of day, 20d, 60d, 52w"],
      [
        "sma > 1",
        "column 5: length must be a whole number from 2 to 260, as in sma(20,1d) >= 0",
      ],
      [
        "volume >= 1000",
        "column 8: length must be one of 1m to 60m, as in volume(5m) >= 100000",
      ],
      ["rate(3) > 1", "column 5: must be left out: rate has no parameters"],
      ["from_high(20d > 1", 'column 15: expected ")", found ">"'],
      [
        "rate >= 1 and rate >= 2 and rate >= 3 and rate >= 4 and rate >= 5",
        "column 56: a rule has at most 4 conditions",
      ],
    ] as const
  ) expect([text, fault(text)]).toEqual([text, reason]);
  expect(fault("")).toContain("must be a text");
});

Deno.test("text and JSON say the same conditions, and written again they are the same text", () => {
  fc.assert(fc.property(fc.array(arbitraryCondition(), { minLength: 1, maxLength: 4 }), (conditions) => {
    const text = formatWhen(conditions);
    expect(read(text)).toEqual(conditions);
    expect(canonical(text)).toBe(text);
    expect(conditions.map(writtenCondition).map(conditionWritten)).toEqual(conditions);
  }));
});

Deno.test("no text ends in anything but conditions or one fault", () => {
  const piece = fc.constantFrom(
    ...MEASURE_NAMES,
    ..."()><=,.%억 만원",
    " and ",
    "이상",
    "20d",
    "5",
    "-",
    "😀",
    "\n",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }).map((all) => all.join("")), (text) => {
    const issues = new InputIssues();
    const conditions = parseWhen(text, "when", issues);
    expect(issues.count).toBe(conditions === undefined ? 1 : 0);
  }));
});

Deno.test("every measure's example is one condition on it in canonical form", () => {
  for (const name of MEASURE_NAMES) {
    const conditions = read(MEASURES[name].example);
    expect(conditions.map(({ measure }) => measure)).toEqual([name]);
    expect(MEASURES[name].example.replace("(20,1d)", "(20)")).toBe(formatWhen(conditions));
  }
});

Deno.test("no two measures go by one name", () => {
  const words = MEASURE_NAMES.flatMap((name) => [name, ...MEASURES[name].aliases]).map((word) =>
    word.toLowerCase()
  );
  const own = MEASURE_NAMES.flatMap((
    name,
  ) => [...new Set([name, ...MEASURES[name].aliases].map((word) => word.toLowerCase()))]);
  expect(new Set(words).size).toBe(own.length);
});

Deno.test("numbers as people write them", () => {
  for (
    const [text, decimal, length] of [
      ["72,000원", "72000", 6],
      ["7만", "70000", 2],
      ["7만 2천원", "72000", 5],
      ["7만2천500", "72500", 7],
      ["1.5억", "150000000", 4],
      ["100억", "10000000000", 4],
      ["1조 2,000억", "1200000000000", 9],
      ["5천만", "50000000", 3],
      ["-3.25%", "-3.25", 5],
      ["5 6", "5", 1],
      ["3천 5만", "3000", 2],
    ] as const
  ) expect([text, readAmount(text)]).toEqual([text, { decimal, length }]);
  expect(readAmount("만")).toBeUndefined();
  expect(readAmount("-")).toBeUndefined();
});
