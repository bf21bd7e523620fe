import type { ListedSymbol, SymbolDirectory } from "../../market/directory.ts";
import type { MarketSession } from "../../market/market_session.ts";
import type { RuleMarket } from "../../market/reference.ts";
import type { Symbol } from "../../market/symbol.ts";
import { type Condition, MAX_CONDITIONS } from "../condition.ts";
import { InputIssues } from "../input_issues.ts";
import type { Repeat } from "../repeat.ts";
import { MAX_LINE, type Trigger } from "../rule.ts";
import { formatCondition, parseWhen } from "../when.ts";
import { LINE_PATTERNS, OWN_WORDS } from "./line_conditions.ts";
import type { LinePattern } from "./line_pattern.ts";
import { POLICIES } from "./line_policy.ts";
import { subjectOf } from "./line_subject.ts";
import { CROSSING, FILLER, NEWLY } from "./line_text.ts";

/** A piece of a line and what it was taken for. */
export interface Understood {
  readonly text: string;
  /** `symbol 005930`, `price > 70000`, `repeat once`. */
  readonly as: string;
}

/** What a line says, as far as it is understood. Nothing is stored. */
export interface ReadLine {
  readonly symbol: Symbol | null;
  readonly market: RuleMarket | "*" | null;
  readonly conditions: readonly Condition[];
  readonly on: Trigger;
  readonly repeat: Repeat | null;
  readonly sessions: readonly MarketSession[] | null;
  readonly understood: readonly Understood[];
  /** Pieces that say nothing that is known. */
  readonly rest: readonly string[];
  /** What is missing for a rule: `symbol`, `conditions`. */
  readonly missing: readonly ("symbol" | "conditions")[];
  /** Symbols that may have been meant, where a name is several ones'. */
  readonly candidates: readonly ListedSymbol[];
}

/** What is known when a line is read. */
export interface LineContext {
  readonly directory: SymbolDirectory;
  /** The symbol's last price, won: on which side "when it is 70,000 won" is waited for. */
  readonly priceOf?: (symbol: Symbol) => number | undefined;
}

/**
 * Reads a rule as people say it: "삼성전자 7만원 넘으면", "하이닉스 3% 빠지면 한 번만", "kakao 52 week high". A plain grammar:
 * a symbol or a market, up to four conditions, and how often; in any order, with courtesies between. A symbol followed by
 * the text of conditions (`005930 rate >= 5`) is read as that.
 */
export function readLine(given: string, { directory, priceOf }: LineContext): ReadLine {
  const line = given.normalize("NFC").replace(/\s+/g, " ").trim().slice(0, MAX_LINE);
  const understood: { readonly at: number; readonly piece: Understood }[] = [];
  let left = line;
  const take = (from: number, end: number, as: string) => {
    // The ending of its last word goes with it.
    const ending = /^[^\s\ue000]*/.exec(left.slice(end))?.[0] ?? "";
    const to = ending !== "" && isFiller(ending) ? end + ending.length : end;
    understood.push({ at: from, piece: { text: line.slice(from, to).trim(), as } });
    left = left.slice(0, from) + "\ue000".repeat(to - from) + left.slice(to);
  };
  const subject = subjectOf(line, directory);
  const target = "from" in subject ? subject : undefined;
  if (target !== undefined) {
    take(target.from, target.to, target.symbol ? `symbol ${target.symbol}` : `market ${target.market}`);
  }
  const policy: { repeat?: Repeat; sessions?: readonly MarketSession[] } = {};
  const conditions: { at: number; condition: Condition }[] = [];
  const now = { price: target?.symbol ? priceOf?.(target.symbol) : undefined };
  const readAll = (patterns: readonly LinePattern[]) => {
    for (const { pattern, says, crossing: isMoment } of patterns) {
      for (let match = pattern.exec(left); match !== null && match[0] !== ""; match = pattern.exec(left)) {
        const condition = conditions.length < MAX_CONDITIONS ? says(match, now) : undefined;
        if (condition === undefined) break;
        take(match.index, match.index + match[0].length, formatCondition(condition));
        conditions.push({ at: match.index, condition });
        crossing ||= isMoment ?? false;
      }
    }
  };
  const written = whenIn(left);
  let crossing = false;
  if (written !== undefined) {
    take(written.from, line.length, written.conditions.map(formatCondition).join(" and "));
    written.conditions.forEach((condition, index) =>
      conditions.push({ at: written.from + index, condition })
    );
  } else {
    readAll(OWN_WORDS);
    crossing ||= CROSSING.test(left);
    const moment = NEWLY.exec(left);
    if (moment !== null) {
      crossing = true;
      take(moment.index, moment.index + moment[0].length, "on crossing");
    }
    for (const { pattern, says } of POLICIES) {
      const match = new RegExp(pattern, "i").exec(left);
      const news = match !== null && Object.entries(says).some(([name]) => !(name in policy));
      if (!news) continue;
      Object.assign(policy, says);
      take(
        match.index,
        match.index + match[0].length,
        Object.entries(says).map((each) => each.join(" ")).join(", "),
      );
    }
    readAll(LINE_PATTERNS);
  }
  return {
    symbol: target?.symbol ?? null,
    market: target?.market ?? null,
    conditions: conditions.sort((one, other) => one.at - other.at).map(({ condition }) => condition),
    on: crossing ? "crossing" : "level",
    repeat: policy.repeat ?? null,
    sessions: policy.sessions ?? null,
    understood: understood.sort((one, other) => one.at - other.at).map(({ piece }) => piece),
    rest: restOf(left),
    missing: [
      ...(target === undefined ? ["symbol"] as const : []),
      ...(conditions.length === 0 ? ["conditions"] as const : []),
    ],
    candidates: "candidates" in subject ? subject.candidates : [],
  };
}

/** The text of conditions, where a line ends with one. */
function whenIn(left: string): { from: number; conditions: readonly Condition[] } | undefined {
  const from = left.search(/[^\ue000\s]/);
  if (from < 0 || !/[<>≥≤]|초과|이상|미만|이하/.test(left)) return undefined;
  const text = left.slice(from);
  if (text.includes("\ue000")) return undefined;
  const conditions = parseWhen(text, "when", new InputIssues());
  return conditions && { from, conditions };
}

/** The words that are left and say something that was not understood. */
function restOf(left: string): string[] {
  return left.split(/[\s\ue000,.!?~·:;"'()]+/).filter((word) => word !== "" && !isFiller(word));
}

/** "시가" and "고가" are spelled as endings are. */
const NOUNS_LIKE_ENDINGS = /^(?:시가|고가)/;

/** Whether a word, or what is left of one, is an ending, a particle or a courtesy. */
function isFiller(word: string): boolean {
  if (NOUNS_LIKE_ENDINGS.test(word)) return false;
  return FILLER.test(word.toLowerCase()) ||
    /^(?:지면|르면|리면|어지면|으면|질|릴|를|을|하면|할|시|되면|될|이면|일|나면|하고|이고|고|게|이|가|어서면|어가면|려가면|려오면|라가면|라오면|기면|히면|는|인|한|해지면|졌|졌을|었을|았을|하|나|나올|나오|올|갈|면서|면|때|만|요)+(?:때|시|면)?$/
      .test(word);
}
