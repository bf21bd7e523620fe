import type { Comparator } from "../condition.ts";
import { AT_LEAST, DOWN, LESS_THAN, MORE_THAN, PARTICLE, UP } from "./line_text.ts";
import { condition, flag, type LinePattern, of, SPAN, spanSaid } from "./line_pattern.ts";

/**
 * Limits, interruptions, halts, new highs and lows, moving averages.
 *
 * @module
 */

/** That a limit is there: "도달", "맞으면". */
const REACHED = "(?:\\s*(?:에|를|가|을)?\\s*(?:도달|맞|치|찍|기록|진입))?";

/** "상한가", "VI 발동", "거래 재개", "52주 신고가". */
export function flagPatterns(): LinePattern[] {
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

/** "20일선 돌파", "below its 20-day average". */
export function averagePatterns(): LinePattern[] {
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
