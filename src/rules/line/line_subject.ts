import type { ListedSymbol, SymbolDirectory } from "../../market/directory.ts";
import type { RuleMarket } from "../../market/reference.ts";
import { searchDirectory } from "../../market/search_directory.ts";
import { isSymbol, type Symbol } from "../../market/symbol.ts";

/** Which symbols a line is about, and what of the line says it. */
export interface LineSubject {
  readonly symbol: Symbol | null;
  readonly market: RuleMarket | "*" | null;
  /** As it stands in the line. */
  readonly said: string;
  readonly from: number;
  readonly to: number;
}

/** Names that people use and no list has. */
const NICKNAMES: Readonly<Record<string, Symbol>> = {
  "삼전": "005930",
  "삼성": "005930",
  "삼전우": "005935",
  "하닉": "000660",
  "하이닉스": "000660",
  "sk하닉": "000660",
  "hynix": "000660",
  "samsung": "005930",
  "네이버": "035420",
  "현대자동차": "005380",
  "현차": "005380",
  "엘지에너지솔루션": "373220",
  "엘지엔솔": "373220",
  "lg엔솔": "373220",
  "엔솔": "373220",
  "엘지화학": "051910",
  "엘지전자": "066570",
  "삼바": "207940",
  "포스코": "005490",
  "포스코홀딩스": "005490",
  "posco": "005490",
  "카뱅": "323410",
  "카페이": "377300",
  "한전": "015760",
  "셀트": "068270",
  "에코프로비엠": "247540",
  "에코비엠": "247540",
  "두산에너지": "034020",
  "한화에어로": "012450",
  "한화에어로스페이스": "012450",
  "크래프톤": "259960",
  "기아차": "000270",
  "기업은행": "024110",
  "엔씨": "036570",
  "엔씨소프트": "036570",
};

const ANY =
  "(?:\\s*(?:시장)?\\s*(?:에서|의|중|내)?\\s*(?:아무\\s*종목이나|아무거나|아무|전\\s*종목|전체|모든\\s*종목|종목\\s*중|종목|any stock|any|stocks?))";
/** Markets in words; a market's name alone is one as well. */
const MARKETS: readonly { readonly pattern: RegExp; readonly market: RuleMarket | "*" }[] = [
  { pattern: new RegExp(`(?:코스닥|kosdaq)${ANY}?`, "i"), market: "KOSDAQ" },
  { pattern: new RegExp(`(?:코스피|유가증권|kospi)${ANY}?`, "i"), market: "KOSPI" },
  { pattern: /(?:아무|모든|전체|any|every)\s*(?:etf|이티에프)(?:나)?/i, market: "ETF" },
  { pattern: /(?:아무|모든|전체|any|every)\s*(?:etn|이티엔)(?:나)?/i, market: "ETN" },
  {
    pattern:
      /(?:아무\s*종목이나|아무거나|전\s*종목|모든\s*종목|전체\s*종목|any (?:stock|symbol)|every (?:stock|symbol)|all stocks)/i,
    market: "*",
  },
];

/** What else a line could mean: names that have what was written. */
export type SubjectFault = { readonly candidates: readonly ListedSymbol[]; readonly said: string | null };

/** Finds what a line is about: a code, a name, a nickname, a market. */
export function subjectOf(line: string, directory: SymbolDirectory): LineSubject | SubjectFault {
  const named = byName(line, directory);
  if (named !== undefined) return named;
  const coded = byCode(line, directory);
  if (coded !== undefined) return coded;
  for (const { pattern, market } of MARKETS) {
    const match = pattern.exec(line);
    if (match !== null) return found(line, match.index, match[0], { market });
  }
  return byPart(line, directory);
}

function found(
  _line: string,
  from: number,
  said: string,
  subject: { readonly symbol?: Symbol; readonly market?: RuleMarket | "*" },
): LineSubject {
  return {
    symbol: subject.symbol ?? null,
    market: subject.market ?? null,
    said,
    from,
    to: from + said.length,
  };
}

/** Words of the line from each place on, the longest first: a whole name or a nickname, a particle after it allowed. */
function* spans(line: string): Iterable<{ from: number; text: string }> {
  const words = [...line.matchAll(/\S+/g)];
  for (let start = 0; start < words.length; start++) {
    for (let count = Math.min(5, words.length - start); count > 0; count--) {
      const last = words[start + count - 1]!;
      const from = words[start]!.index;
      yield { from, text: line.slice(from, last.index + last[0].length) };
    }
  }
}

const PARTICLES = /(?:이|가|은|는|을|를|의|도|에서|에)$/;

function byName(line: string, directory: SymbolDirectory): LineSubject | undefined {
  for (const { from, text } of spans(line)) {
    for (const said of new Set([text, text.replace(PARTICLES, ""), text.replace(/'s$/i, "")])) {
      const symbol = said === "" ? undefined : symbolNamed(said, directory);
      if (symbol !== undefined) return found(line, from, said, { symbol });
    }
  }
  return undefined;
}

/** A code that is known, or that begins the line: six digits may be a price as well. */
function byCode(line: string, directory: SymbolDirectory): LineSubject | undefined {
  for (
    const match of line.matchAll(/(?<![0-9A-Za-z.,])(?:[0-9]{6}|[0-9][0-9A-Z]{5}|Q[0-9]{6})(?![0-9A-Za-z,])/g)
  ) {
    const [said] = match;
    if (!isSymbol(said)) continue;
    if (match.index === 0 || directory.get(said) !== undefined) {
      return found(line, match.index, said, { symbol: said });
    }
  }
  return undefined;
}

function symbolNamed(said: string, directory: SymbolDirectory): Symbol | undefined {
  const wanted = fold(said);
  const [first, ...others] = searchDirectory(directory, said, 20).filter(({ name, nameEn }) =>
    fold(name) === wanted || fold(nameEn) === wanted
  );
  if (first !== undefined && others.length === 0) return first.symbol;
  const nick = Object.hasOwn(NICKNAMES, wanted) ? NICKNAMES[wanted] : undefined;
  return nick !== undefined && directory.get(nick) !== undefined ? nick : undefined;
}

/** A word that is part of one name only; of several, they are what may have been meant. */
function byPart(line: string, directory: SymbolDirectory): LineSubject | SubjectFault {
  for (const { from, text } of spans(line)) {
    for (const said of new Set([text, text.replace(PARTICLES, "")])) {
      if (fold(said).length < 2 || /^[\d.,%]+/.test(said)) continue;
      const named = searchDirectory(directory, said, 6);
      if (named.length === 1) return found(line, from, said, { symbol: named[0]!.symbol });
      if (named.length > 1) return { candidates: named.slice(0, 5), said };
    }
  }
  return { candidates: [], said: null };
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/[\s.]+/g, "");
}
