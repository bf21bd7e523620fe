import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { parseRule } from "./parse_rule.ts";
import { kindNamed } from "./parse_shorthand.ts";
import { measureMeant } from "./hints.ts";
import { SHORTHAND_KINDS } from "./rule.ts";

/** What is refused of a rule, by field. */
function refused(fields: Record<string, unknown>): Record<string, string> {
  try {
    parseRule({ symbol: "005930", when: "rate >= 5", recipients: ["kim@example.com"], ...fields });
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return Object.fromEntries(thrown.issues.map(({ field, reason }) => [field, reason]));
  }
  return {};
}

Deno.test("every kind of a rule, written as a measure, is answered with the measure", () => {
  for (const kind of [...SHORTHAND_KINDS, "goal", "fluctuation", "compared_previous"]) {
    expect([kind, kindNamed(kind) !== undefined, measureMeant(kind)]).toEqual([
      kind,
      true,
      expect.stringContaining("did you mean"),
    ]);
  }
});

Deno.test("a refusal names the word that was meant, where one was", () => {
  for (
    const [fields, field, reason] of [
      [{ on: "Crossing" }, "on", "must be one of level, crossing; did you mean crossing?"],
      [{ on: "cross" }, "on", "must be one of level, crossing; did you mean crossing?"],
      [{ on: "constructor" }, "on", "must be one of level, crossing"],
      [{ repeat: "daily" }, "repeat", expect.stringMatching(/once; did you mean day\?$/)],
      [{ repeat: "2m" }, "repeat", expect.stringMatching(/once$/)],
      [{ repeat: "toString" }, "repeat", expect.stringMatching(/once$/)],
      [{ sessions: ["Regular"] }, "sessions[0]", expect.stringMatching(/did you mean regular\?$/)],
      [{ symbol: undefined, market: "kospi" }, "market", expect.stringMatching(/did you mean KOSPI\?$/)],
      [
        { when: undefined, kind: "rate", value: 5 },
        "kind",
        expect.stringMatching(/did you mean change_rate\?$/),
      ],
      [
        { when: undefined, kind: "rsi", value: 5 },
        "kind",
        expect.stringMatching(/what compares rsi has no kind: give when, such as "rsi\(14,5m\) <= 30"$/),
      ],
    ] as const
  ) expect([fields, refused(fields)[field]]).toEqual([fields, reason]);
});

Deno.test("a condition that lacks a part, or calls it something else, is told which", () => {
  const issues = refused({
    when: undefined,
    conditions: [{ measure: "change_rate", op: ">=", value: 5 }, {}],
  });
  expect(issues).toMatchObject({
    "conditions[0].op": "is not a field of a condition; did you mean comparator?",
    "conditions[0].measure": "is not a measure; did you mean rate?",
    "conditions[0].comparator": expect.stringMatching(/^is missing: must be one of gt/),
    "conditions[1].measure": 'is missing: a measure such as "rate"',
  });
});
