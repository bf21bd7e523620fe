import { readAmount } from "../amount.ts";
import type { Comparator, Condition, Param } from "../condition.ts";
import { InputIssues } from "../input_issues.ts";
import { MEASURE_NAMES, type MeasureName, MEASURES } from "../measures.ts";
import { readParams, readThreshold } from "../read_conditions.ts";
import {
  AT_LEAST,
  AT_MOST,
  DOWN,
  LESS_THAN,
  MORE_THAN,
  MOVE,
  NUMBER,
  PARTICLE,
  PERCENT,
  UP,
  WON,
} from "./line_text.ts";

/**
 * What lines say of measures: patterns, the more special ones first. Each makes a condition of what it matched.
 *
 * @module
 */

/** A pattern and what it says. */
export interface LinePattern {
  readonly pattern: RegExp;
  /** Undefined: it matches, and says nothing that a rule could. */
  readonly says: (
    match: RegExpExecArray,
    moment: { readonly price: number | undefined },
  ) => Condition | undefined;
  /** Whether it is a moment rather than a state. */
  readonly crossing?: boolean;
}

const of = (pattern: string) => new RegExp(pattern, "i");

/** Spans as people say them. */
const SPAN =
  "(52\\s*주(?:간)?|1\\s*년|일\\s*년|52[- ]?w(?:ee)?k|one[- ]year|60\\s*일|20\\s*일|한\\s*달|당일|오늘|장중|the day'?s?|day'?s?|today'?s?)";

function spanSaid(said: string | undefined): Param {
  const text = (said ?? "").replace(/\s+/g, "").toLowerCase();
  if (/^(?:52|1년|일년|one)/.test(text)) return "52w";
  if (text.startsWith("60")) return "60d";
  return text.startsWith("20") || text === "한달" ? "20d" : "day";
}

function flag(measure: MeasureName, comparator: Comparator, value: number, params: readonly Param[] = []) {
  return (): Condition => ({ measure, params, comparator, value });
}

/** A condition whose number is valid for its measure. */
function condition(
  measure: MeasureName,
  params: readonly Param[],
  compared: { readonly comparator: Comparator; readonly decimal: string },
): Condition | undefined {
  const issues = new InputIssues();
  const value = readThreshold(measure, compared.decimal, "value", issues);
  const whole = readParams(measure, [...params], "params", issues);
  return value === undefined || whole === undefined
    ? undefined
    : { measure, params: whole, comparator: compared.comparator, value };
}

function decimalOf(text: string, sign: "" | "-" = ""): string {
  const decimal = readAmount(text.trim())?.decimal ?? "0";
  return sign === "-" && decimal !== "0" ? `-${decimal}` : decimal;
}

const COMPARISONS: readonly (readonly [RegExp, Comparator])[] = [
  [of(`^${AT_MOST}`), "lte"],
  [of(`^${AT_LEAST}`), "gte"],
  [of(`^${LESS_THAN}`), "lt"],
  [of(`^${MORE_THAN}`), "gt"],
];
const COMPARISON = `(${AT_MOST}|${AT_LEAST}|${LESS_THAN}|${MORE_THAN})`;

function comparatorSaid(word: string): Comparator {
  return COMPARISONS.find(([pattern]) => pattern.test(word))?.[1] ?? "gte";
}

/** That a limit is there: "도달", "맞으면". */
const REACHED = "(?:\\s*(?:에|를|가|을)?\\s*(?:도달|맞|치|찍|기록|진입))?";

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

/** "3% 넘게", "3% 이상": whether the number itself counts. */
const HOW = "(이상|넘게|초과|가까이|at least|or more|more than|over)?";

function signedChange(
  measure: MeasureName,
  params: readonly Param[],
  given: { number: string; how?: string; verb: string },
) {
  const falls = of(`^${DOWN}`).test(given.verb);
  const strict = /넘게|초과|more than|over/i.test(given.how ?? "");
  const comparator = falls ? (strict ? "lt" : "lte") : strict ? "gt" : "gte";
  return condition(measure, params, { comparator, decimal: decimalOf(given.number, falls ? "-" : "") });
}

function changePatterns(): LinePattern[] {
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

function flagPatterns(): LinePattern[] {
  return [
    {
      pattern: of("(?:상한가|upper limit)\\s*(?:가|에서)?\\s*(?:풀림|풀|이탈|해제|is left)"),
      says: flag("limit", "lt", 1),
      crossing: true,
    },
    {
      pattern: of("(?:하한가|lower limit)\\s*(?:가|에서)?\\s*(?:풀림|풀|이탈|해제|is left)"),
      says: flag("limit", "gt", -1),
      crossing: true,
    },
    {
      pattern: of("상\\s*/?\\s*하한가|상한가(?:나|또는|이나)\\s*하한가|(?:either|price) limit"),
      says: flag("abs_limit", "gte", 1),
    },
    {
      pattern: of(`(?:hits? |reaches )?(?:the )?(?:상한가|upper limit|limit up)${REACHED}`),
      says: flag("limit", "gte", 1),
    },
    {
      pattern: of(`(?:hits? |reaches )?(?:the )?(?:하한가|lower limit|limit down)${REACHED}`),
      says: flag("limit", "lte", -1),
    },
    {
      pattern: of("(?:vi|변동성\\s*완화\\s*장치|변동성완화장치)\\s*(?:가|이)?\\s*(?:해제|풀|끝|ends?)"),
      says: flag("vi", "lt", 1),
      crossing: true,
    },
    {
      pattern: of(
        "(?:\\bvi\\b|변동성\\s*완화\\s*장치)\\s*(?:가|이)?\\s*(?:발동|걸리|걸릴|걸림|뜨|터지|begins?|starts?|triggers?|halts?)?",
      ),
      says: flag("vi", "gte", 1),
      crossing: true,
    },
    {
      pattern: of("거래\\s*(?:정지)?\\s*(?:가|이)?\\s*(?:해제|재개|풀리)|trading resumes?|resumes? trading"),
      says: flag("halted", "lt", 1),
      crossing: true,
    },
    {
      pattern: of("거래\\s*(?:가|이)?\\s*정지|매매\\s*정지|(?:trading )?(?:is )?halt(?:ed|s)?"),
      says: flag("halted", "gte", 1),
      crossing: true,
    },
    {
      pattern: of(
        `${SPAN}?\\s*(?:신\\s*고가|최고가\\s*(?:경신|갱신)|고점\\s*(?:경신|갱신|돌파)|(?:new )?(?<![a-z])high(?!\\w))`,
      ),
      says: (match) => flag("new_high", "gte", 1, [spanSaid(match[1])])(),
    },
    {
      pattern: of(
        `${SPAN}?\\s*(?:신\\s*저가|최저가\\s*(?:경신|갱신)|저점\\s*(?:경신|갱신|이탈)|(?:new )?(?<![a-z])low(?!\\w))`,
      ),
      says: (match) => flag("new_low", "gte", 1, [spanSaid(match[1])])(),
    },
  ];
}

function averagePatterns(): LinePattern[] {
  const average =
    "(\\d{1,3})\\s*(?:일\\s*(?:이동\\s*평균\\s*선?|이평\\s*선?|선)|[- ]?day (?:moving )?average)";
  const below = `(?:${LESS_THAN}|${DOWN}|이탈)`;
  const above = `(?:${MORE_THAN}|${AT_LEAST}|${UP}|위|타|올라)`;
  const sma = (match: RegExpExecArray, comparator: Comparator) =>
    condition("sma", [Number(match[1])], { comparator, decimal: "0" });
  return [
    { pattern: of(`${average}${PARTICLE}\\s*${below}`), says: (match) => sma(match, "lt"), crossing: true },
    { pattern: of(`${average}${PARTICLE}\\s*${above}`), says: (match) => sma(match, "gt"), crossing: true },
    {
      pattern: of(`(?:${LESS_THAN})\\s*(?:the |its )?${average}`),
      says: (match) => sma(match, "lt"),
      crossing: true,
    },
    {
      pattern: of(`(?:${MORE_THAN}|crosses)\\s*(?:the |its )?${average}`),
      says: (match) => sma(match, "gt"),
      crossing: true,
    },
  ];
}

/** Words for measures that lines use beside their names. */
const SAID: Partial<Record<MeasureName, readonly string[]>> = {
  day_value: [
    "당일\\s*거래\\s*대금",
    "누적\\s*거래\\s*대금",
    "거래\\s*대금",
    "turnover value",
    "(?:trading )?value",
  ],
  day_volume: ["당일\\s*거래량", "누적\\s*거래량", "거래량", "volume"],
  trade_value: ["체결\\s*대금", "체결\\s*금액", "한\\s*번에", "single trade(?: of)?", "a trade of"],
  strength: ["체결\\s*강도", "strength"],
  turnover: ["거래량\\s*회전율", "회전율", "turnover(?: rate)?"],
  spread: ["호가\\s*(?:스프레드|차이?)", "스프레드", "spread"],
  book_ratio: ["매수\\s*잔량\\s*비율?", "호가\\s*잔량\\s*비", "잔량\\s*비", "book ratio"],
  gap: ["시가\\s*갭", "갭", "opening gap", "gap"],
  vi_gap: ["vi\\s*까지", "정적\\s*vi\\s*까지"],
  price: ["현재가", "주가", "가격", "price"],
};

function measurePatterns(): LinePattern[] {
  return MEASURE_NAMES.filter((name) => MEASURES[name].params.length === 0 && MEASURES[name].unit !== "flag")
    .flatMap((measure) => {
      const words = [...SAID[measure] ?? [], ...MEASURES[measure].aliases, measure].map((word) =>
        `(?:${word})`
      ).join("|");
      return [
        {
          pattern: of(
            `(?:${words})${PARTICLE}\\s*(-?)\\s*${NUMBER}\\s*(?:%|퍼센트|프로|원|주|배|won|shares)?${PARTICLE}\\s*${COMPARISON}`,
          ),
          says: (match: RegExpExecArray) =>
            condition(measure, [], {
              comparator: comparatorSaid(match[3]!),
              decimal: decimalOf(match[2]!, match[1] as "" | "-"),
            }),
        },
        {
          pattern: of(
            `(?:${words})${PARTICLE}\\s*(?:is |goes |rises |falls )?${COMPARISON}\\s*(-?)\\s*${NUMBER}\\s*(?:%|won|shares)?`,
          ),
          says: (match: RegExpExecArray) =>
            condition(measure, [], {
              comparator: comparatorSaid(match[1]!),
              decimal: decimalOf(match[3]!, match[2] as "" | "-"),
            }),
        },
      ];
    });
}

function volumePatterns(): LinePattern[] {
  const times = (match: RegExpExecArray, factor: number, comparator: Comparator = "gte") => {
    const number = Number(decimalOf(match[1]!)) * factor;
    return condition("volume_rate", [], { comparator, decimal: String(Math.round(number * 100) / 100) });
  };
  return [
    {
      pattern: of(
        `(?:전일|어제)\\s*(?:동\\s*시간)?\\s*(?:대비|보다)?\\s*거래량${PARTICLE}\\s*${NUMBER}\\s*배`,
      ),
      says: (match) => times(match, 100),
    },
    {
      pattern: of(
        `거래량${PARTICLE}\\s*(?:전일|어제)?\\s*(?:동\\s*시간)?\\s*(?:대비|보다)?\\s*의?\\s*${NUMBER}\\s*배`,
      ),
      says: (match) => times(match, 100),
    },
    {
      pattern: of(
        `거래량${PARTICLE}\\s*(?:전일|어제)\\s*(?:동\\s*시간)?\\s*(?:대비|보다)?\\s*의?\\s*${PERCENT}`,
      ),
      says: (match) => times(match, 1),
    },
    {
      pattern: of(`volume (?:is )?${NUMBER}\\s*(?:x|times)(?: yesterday'?s?)?`),
      says: (match) => times(match, 100),
    },
    {
      pattern: of(`갭\\s*상승\\s*${PERCENT}|${PERCENT}\\s*(?:이상\\s*)?갭\\s*상승`),
      says: (match) => condition("gap", [], { comparator: "gte", decimal: decimalOf(match[1] ?? match[2]!) }),
    },
    {
      pattern: of(`갭\\s*하락\\s*${PERCENT}|${PERCENT}\\s*(?:이상\\s*)?갭\\s*하락`),
      says: (match) =>
        condition("gap", [], { comparator: "lte", decimal: decimalOf(match[1] ?? match[2]!, "-") }),
    },
  ];
}

function pricePatterns(): LinePattern[] {
  const to = "(?:으로|로|까지|에|을|를|선을|선|대로|대)?";
  const bare = `(\\d[\\d,]*[십백천]?[만억]?(?:\\s?\\d+[십백천]?)?)`;
  const price = (number: string, comparator: Comparator) =>
    condition("price", [], { comparator, decimal: decimalOf(number) });
  return [
    { pattern: of(`${WON}(?:으로|로|까지|선까지)\\s*${DOWN}`), says: (match) => price(match[1]!, "lte") },
    { pattern: of(`${WON}(?:으로|로|까지|선까지)\\s*${UP}`), says: (match) => price(match[1]!, "gte") },
    {
      pattern: of(`${WON}\\s*(?:아래|밑)(?:로|으로)?\\s*(?:${DOWN})?`),
      says: (match) => price(match[1]!, "lt"),
    },
    {
      pattern: of(`${WON}\\s*(?:위)(?:로|으로)?\\s*(?:${UP}|가|올라)?`),
      says: (match) => price(match[1]!, "gt"),
    },
    {
      pattern: of(`${WON}\\s*${HOW}\\s*(?:이상\\s*)?(${UP}|${DOWN})`),
      says: (match) => signedChange("change", [], { number: match[1]!, how: match[2], verb: match[3]! }),
    },
    {
      pattern: of(`(${UP}|${DOWN})\\s*(?:by )?${WON}`),
      says: (match) => signedChange("change", [], { number: match[2]!, verb: match[1]! }),
    },
    {
      pattern: of(`${WON}${to}\\s*${COMPARISON}`),
      says: (match, { price: now }) => ofPrice(match[1]!, match[2]!, now),
    },
    { pattern: of(`${COMPARISON}\\s*${WON}`), says: (match) => price(match[2]!, comparatorSaid(match[1]!)) },
    {
      pattern: of(`(?<![\\d.,])${bare}(?!\\s*(?:%|퍼|프로|주|배|분|시간|일|번|회))${to}\\s*${COMPARISON}`),
      says: (match, { price: now }) => ofPrice(match[1]!, match[2]!, now),
    },
    {
      pattern: of(`${COMPARISON}\\s*${bare}(?!\\s*(?:%|percent|pct|주|배|shares))`),
      says: (match) => price(match[2]!, comparatorSaid(match[1]!)),
    },
  ];
}

/** "7만원 되면" says no side: which one it is depends on where the price is now. */
function ofPrice(number: string, word: string, now: number | undefined): Condition | undefined {
  const decimal = decimalOf(number);
  const comes = /^(?:되|될|돼|도달|찍|오면|올|reach|hit)/i.test(word);
  const comparator = comes && now !== undefined && now > Number(decimal) ? "lte" : comparatorSaid(word);
  return condition("price", [], { comparator, decimal });
}

/** Every pattern, the more special ones first. */
export const LINE_PATTERNS: readonly LinePattern[] = [
  ...volumePatterns(),
  ...averagePatterns(),
  ...changePatterns(),
  ...flagPatterns(),
  ...measurePatterns(),
  ...pricePatterns(),
];
