/**
 * The pieces that the patterns of a spoken line are made of.
 *
 * @module
 */

/** A number as people write it: "7만", "72,000", "1억 5천만", "3.5". */
export const NUMBER =
  "(\\d[\\d,]*(?:\\.\\d+)?(?:[십백천]?[만억조](?:\\s?\\d[\\d,]*[십백천]?[만억]?)*|[십백천])?)";
/** Per cent. */
export const PERCENT = `${NUMBER}\\s*(?:%p?|퍼센트|프로|퍼|percent|pct)`;
/** Won. */
export const WON = `${NUMBER}\\s*(?:원|won\\b|krw\\b)`;
/** A particle after a noun. */
export const PARTICLE = "(?:이|가|은|는|을|를|의|도|으로|로|에서|에|보다|까지|만)?";

/** Verbs and words, each group with what it says. The endings of verbs are left to {@link FILLER}. */
export const UP =
  "(?:오르|오를|올라|오름|상승|급등|폭등|뛰|튀|치솟|솟|up\\b|ris(?:es?|ing)|gains?|jumps?|surges?|climbs?)";
export const DOWN =
  "(?:빠지|빠질|빠져|내리|내릴|내려|하락|급락|폭락|떨어|밀리|밀릴|down\\b|falls?|falling|drops?|loses?|declines?|slides?|tumbles?)";
export const MOVE = "(?:움직|변동|등락|출렁|moves?\\b|changes?\\b|swings?\\b)";

/** More and less than a number, and whether the number itself counts. */
export const MORE_THAN =
  "(?:넘|초과|웃돌|상회|돌파|뚫|above\\b|over\\b|exceeds?\\b|more than|breaks? above|passes|>(?!=))";
export const AT_LEAST =
  "(?:이상|at or above|도달|찍|되|될|돼|오면|올 때|가면|갈 때|at least|reach(?:es)?|hits?\\b|>=|≥)";
export const LESS_THAN =
  "(?:미만|밑돌|하회|깨|무너|이탈|뚫고 내려|아래|밑으로|밑|below\\b|under\\b|less than|breaks? below|<(?!=))";
export const AT_MOST = "(?:이하|at or below|at most|<=|≤)";

/** Words that say that the moment of coming to be so is meant. */
export const CROSSING =
  /(?:돌파|뚫|깨지|깨질|깨면|무너|이탈|진입|풀리|풀림|풀릴|crosses|breaks? (?:above|below)|골든|발동|걸리|해제|재개)/;

/** The remark that a rule fires when it comes to be so, as mails and the console make it. */
export const NEWLY = /,?\s*(?:새로 충족될 때|when it comes to be so)/i;

/** What may be left over when all is understood: endings, particles, courtesies. */
export const FILLER = new RegExp(
  "^(?:이|가|은|는|을|를|의|도|으로|로|에서|에|만|대비|기준|보다|때|시|면|이면|하면|으면|되면|지면|이고|고|그리고|면서|하고|한|하는|할|된|되는|갈|가면|오면|치면|나면|" +
    "나오면|넘으면|넘을|넘어가면|넘어서면|넘기면|돌파하면|돌파할|돌파시|도달하면|도달할|도달시|찍으면|찍을|되는|될|돼면|이상이면|초과하면|초과시|이하면|이하이면|미만이면|떨어지면|떨어질|내려가면|내려오면|내려갈|내려올|내리면|빠지면|빠질|" +
    "오르면|오를|올라가면|올라오면|상승하면|상승시|상승할|하락하면|하락시|하락할|급등하면|급등시|급락하면|급락시|깨지면|깨면|깨질|무너지면|이탈하면|이탈시|풀리면|풀릴|발동하면|발동되면|발동시|걸리면|해제되면|해제시|재개되면|재개시|" +
    "움직이면|변동하면|터지면|터질|맞으면|맞을|도달|깨지고|지고|무너지고|내리고|뛰면|튀면|갱신|갱신하면|경신|경신하면|기록하면|찍고|치면|" +
    "알려|알려줘|알려주세요|알려주라|알려달라|알림|알람|알리미|통보|메일|문자|보내줘|보내|주세요|줘|부탁|부탁해|해줘|설정|해주세요|좀|꼭|바로|즉시|" +
    "주가|가격|현재가|주식|종목|시|그|그럼|만약|혹시|" +
    "if|when|whenever|the|a|an|is|are|it|its|it's|to|at|by|on|in|of|than|and|then|me|my|please|alert|notify|tell|let|know|price|stock|shares?|won|goes|go|gets?|trades?|trading|s|or|more|hits?|falls|drops|rises)$",
);
