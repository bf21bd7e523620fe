import type { MeasureName } from "../measures.ts";
import type { Param } from "../condition.ts";
import { DOWN, MOVE, PARTICLE, PERCENT, UP } from "./line_text.ts";
import {
  condition,
  decimalOf,
  HOW,
  type LinePattern,
  of,
  signedChange,
  SPAN,
  spanSaid,
} from "./line_pattern.ts";

/**
 * Changes in per cent, from yesterday's close, the open, a high or a low.
 *
 * @module
 */

/** What a change in per cent is measured from. */
const FROM: readonly {
  readonly pattern: string;
  readonly up: MeasureName;
  readonly params?: (said?: string) => Param[];
}[] = [
  { pattern: "(?:시가|시초가|개장가|(?:from |than )?(?:the )?open(?:ing)?(?: price)?)", up: "from_open" },
  {
    pattern: `${SPAN}?\\s*(?:최고가|고점|고가|(?:from |than )?(?:the )?high)`,
    up: "from_high",
    params: (said) => [spanSaid(said)],
  },
  {
    pattern: `${SPAN}?\\s*(?:최저가|저점|저가|바닥|(?:from |than )?(?:the )?low)`,
    up: "from_low",
    params: (said) => [spanSaid(said)],
  },
  { pattern: "(?:전일|어제|전날|전일\\s*종가|yesterday(?:'s close)?)", up: "rate" },
];

/** "시가 대비 5% 오르면", "falls 10% from the 52 week high", "3% 빠지면". */
export function changePatterns(): LinePattern[] {
  const verb = `(${UP}|${DOWN})`;
  const from = FROM.flatMap(({ pattern, up, params }): LinePattern[] => {
    const groups = params === undefined ? 0 : 1;
    const say = (match: RegExpExecArray, at: { number: number; how?: number; verb: number; span: number }) =>
      signedChange(up, params?.(match[at.span]) ?? [], {
        number: match[at.number]!,
        ...(at.how === undefined ? {} : { how: match[at.how] }),
        verb: match[at.verb]!,
      });
    return [
      {
        pattern: of(`${pattern}${PARTICLE}\\s*(?:대비|보다|에서|기준)?\\s*${PERCENT}\\s*${HOW}\\s*${verb}`),
        says: (match) => say(match, { span: 1, number: groups + 1, how: groups + 2, verb: groups + 3 }),
      },
      {
        pattern: of(
          `${verb}\\s*(?:by |more than |at least )?${PERCENT}\\s*(?:or more\\s*)?(?:from|vs|against|since|below|above)\\s*(?:the )?${pattern}`,
        ),
        says: (match) => say(match, { verb: 1, number: 2, span: 3 }),
      },
    ];
  });
  return [
    ...from,
    {
      pattern: of(`${PERCENT}\\s*${HOW}\\s*(?:씩\\s*)?${MOVE}`),
      says: (match) => condition("abs_rate", [], { comparator: "gte", decimal: decimalOf(match[1]!) }),
    },
    {
      pattern: of(`${MOVE}\\s*(?:by |more than |at least )?${PERCENT}`),
      says: (match) => condition("abs_rate", [], { comparator: "gte", decimal: decimalOf(match[1]!) }),
    },
    {
      pattern: of(`${PERCENT}\\s*${HOW}\\s*${verb}`),
      says: (match) => signedChange("rate", [], { number: match[1]!, how: match[2], verb: match[3]! }),
    },
    {
      pattern: of(`${verb}\\s*(by |more than |over |at least )?${PERCENT}`),
      says: (match) => signedChange("rate", [], { verb: match[1]!, how: match[2], number: match[3]! }),
    },
    {
      pattern: of(`(?:플러스|\\+)\\s*${PERCENT}`),
      says: (match) => condition("rate", [], { comparator: "gte", decimal: decimalOf(match[1]!) }),
    },
    {
      pattern: of(`(?:마이너스|-)\\s*${PERCENT}`),
      says: (match) => condition("rate", [], { comparator: "lte", decimal: decimalOf(match[1]!, "-") }),
    },
  ];
}
