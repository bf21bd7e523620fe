/**
 * Names as Koreans search them: by code, by name in Korean or English, by initial consonants (ㅅㅅㅈㅈ for 삼성전자), and by
 * what people call a company that is listed under another name (네이버, 삼전).
 *
 * @module
 */

/** The initial consonants of the syllables from 가 on, in the order of the code points. */
const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const SYLLABLES_AN_INITIAL = 588;

/** How Latin letters are read in Korean: people type a name as they say it, 엘지 for LG. */
const LETTERS: Readonly<Record<string, string>> = {
  a: "에이",
  b: "비",
  c: "씨",
  d: "디",
  e: "이",
  f: "에프",
  g: "지",
  h: "에이치",
  i: "아이",
  j: "제이",
  k: "케이",
  l: "엘",
  m: "엠",
  n: "엔",
  o: "오",
  p: "피",
  q: "큐",
  r: "알",
  s: "에스",
  t: "티",
  u: "유",
  v: "브이",
  w: "더블유",
  x: "엑스",
  y: "와이",
  z: "지",
};

/** Short forms that everybody uses and no rule makes of the listed name, by code. */
const NICKNAMES: Readonly<Record<string, readonly string[]>> = {
  "005930": ["삼전"],
  "005935": ["삼전우"],
  "000660": ["하닉", "하이닉스"],
  "373220": ["엘지엔솔", "LG엔솔", "엔솔"],
  "207940": ["삼바", "삼성바이오"],
  "005380": ["현대자동차", "현차"],
  "000270": ["기아차", "기아자동차"],
  "035420": ["네이버"],
  "005490": ["포스코", "포홀", "포스코홀딩스"],
  "003670": ["포퓨", "포스코퓨처엠"],
  "012450": ["한화에어로", "한에로"],
  "034020": ["두산에너빌", "두빌", "두산중공업"],
  "015760": ["한전"],
  "323410": ["카뱅"],
  "377300": ["카페이"],
  "105560": ["국민은행", "KB국민"],
  "042660": ["대우조선해양"],
  "011200": ["현대상선"],
  "036570": ["엔씨"],
  "247540": ["에코프로BM", "비엠"],
  "017670": ["SKT", "스크텔"],
  "051910": ["엘지화학"],
  "068270": ["셀트"],
  "259960": ["배그"],
};

/** From full-width characters, as a Korean keyboard gives them, to those of ASCII. */
const FULL_WIDTH_OFFSET = 0xfee0;

/** A text without case and blanks, composed, full-width characters as the usual ones. */
function foldName(text: string): string {
  return halfWidth(text.normalize("NFC")).toLowerCase().replace(/\s+/g, "");
}

/** "７１，０００" → "71,000". */
export function halfWidth(text: string): string {
  return text.replace(/[！-～]/g, (char) => String.fromCharCode(char.charCodeAt(0) - FULL_WIDTH_OFFSET))
    .replaceAll("\u3000", " ");
}

/** The initial consonants of a text, other characters as they are: "삼성SDI" → "ㅅㅅsdi". */
export function initialsOf(text: string): string {
  let initials = "";
  for (const char of text) {
    const code = char.charCodeAt(0);
    const isSyllable = code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE;
    initials += isSyllable ? INITIALS[Math.floor((code - FIRST_SYLLABLE) / SYLLABLES_AN_INITIAL)] : char;
  }
  return initials;
}

/** What a symbol is found by. */
export type SearchNames = readonly string[];

/** What a symbol is found by, folded: code, names, names as they are said, nicknames. Made once and kept. */
export function searchNamesOf(
  listed: { readonly symbol: string; readonly name: string; readonly nameEn: string },
): SearchNames {
  const { symbol, name, nameEn } = listed;
  const korean = foldName(name);
  const said = /[a-z]/.test(korean) ? [korean.replace(/[a-z]/g, (letter) => LETTERS[letter] ?? letter)] : [];
  const names = [symbol, name, nameEn, ...NICKNAMES[symbol] ?? []].map(foldName).concat(said);
  return [...new Set(names)].filter((each) => each !== "");
}

/** How well a text means a symbol, the best first. */
export const NAME_MATCHES = ["exact", "begins", "holds"] as const;
export type NameMatch = typeof NAME_MATCHES[number];

/**
 * How a symbol is found by a text; undefined when it is not. An initial consonant in the text stands for any syllable
 * that begins with it: `ㅅㅅㅈㅈ`, and `삼성ㅈ`, as it stands while a syllable is typed.
 */
export function matchName(text: string, names: SearchNames): NameMatch | undefined {
  const wanted = foldName(text);
  if (wanted === "") return "holds";
  if (names.includes(wanted)) return "exact";
  if (names.some((name) => name.startsWith(wanted))) return "begins";
  if (hasInitial(wanted)) {
    if (names.some((name) => meets(name, 0, wanted))) return "begins";
    return names.some((name) => anywhere(name, wanted)) ? "holds" : undefined;
  }
  return names.some((name) => name.includes(wanted)) ? "holds" : undefined;
}

function hasInitial(text: string): boolean {
  return /[ㄱ-ㅎ]/.test(text);
}

function anywhere(name: string, wanted: string): boolean {
  for (let at = 1; at + wanted.length <= name.length; at++) if (meets(name, at, wanted)) return true;
  return false;
}

/** Whether a name has the wanted characters from a place on, an initial standing for any syllable that begins with it. */
function meets(name: string, at: number, wanted: string): boolean {
  if (at + wanted.length > name.length) return false;
  for (let index = 0; index < wanted.length; index++) {
    const [has, wants] = [name[at + index] as string, wanted[index] as string];
    if (has !== wants && initialsOf(has) !== wants) return false;
  }
  return true;
}
