import { expect } from "expect";
import { trade } from "../fixture.ts";
import { sayIn } from "../i18n/text.ts";
import { loadWords } from "../i18n/words.ts";
import type { RuleWords } from "../../alerts/words.ts";
import { ruleWords, standing } from "./rule_words.ts";

await loadWords("ko");
const say = sayIn("ko");
const context = { say, locale: "ko" } as const;

function condition(given: Partial<RuleWords>): RuleWords {
  return {
    kind: "change_rate",
    comparator: "gte",
    value: "1.9",
    direction: "either",
    conditions: [],
    on: "level",
    ...given,
  };
}

Deno.test("a rule reads as in its mails", () => {
  const target = condition({ kind: "target_price", comparator: "lt", value: "53200", direction: null });
  expect(ruleWords(target, "ko")).toBe("현재가가 53,200원 미만");
});

Deno.test("directions turn what is compared, as the engine does", () => {
  const fallen = trade({ rate: -2, change: -1_400, sign: "5" });
  const met = (given: Partial<RuleWords>) => standing(condition(given), fallen, context).met;
  expect([met({ direction: "up" }), met({ direction: "down" }), met({ direction: "either" })]).toEqual([
    false,
    true,
    true,
  ]);
  expect(met({ direction: "down", value: "2", comparator: "gt" })).toBe(false);
  expect(met({ direction: "down", value: "2", comparator: "lte" })).toBe(true);
  expect(met({ kind: "day_change", value: "1400", direction: "down" })).toBe(true);
});

Deno.test("the distance is in the rule's unit", () => {
  const target = condition({ kind: "target_price", value: "72000", direction: null });
  expect(standing(target, trade(), context)).toEqual({ met: false, now: "71,950원", distance: "50원" });
  expect(standing(condition({ value: "2.5" }), trade(), context)).toMatchObject({ distance: "0.59%p" });
});

Deno.test("a limit is reached by the trade's sign", () => {
  const limit = (direction: "up" | "down" | "either", sign: "1" | "2" | "4") =>
    standing(
      condition({ kind: "price_limit", comparator: null, value: null, direction }),
      trade({ sign }),
      context,
    )
      .met;
  expect([limit("up", "1"), limit("up", "4"), limit("down", "4"), limit("either", "4"), limit("either", "2")])
    .toEqual([true, false, true, true, false]);
});
