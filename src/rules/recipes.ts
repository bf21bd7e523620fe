/**
 * Rules that people ask for: what the docs show, what a form may begin with, and what a test runs from a feed's frame to
 * the mail's words.
 *
 * @module
 */

/** A rule to begin with. */
export interface Recipe {
  readonly id: string;
  readonly ko: string;
  readonly en: string;
  /** How people say it, as `rules:read` reads it; absent: it has no such line. */
  readonly line?: string;
  /** The rule, less its recipients. */
  readonly rule: Readonly<Record<string, unknown>>;
}

/** The recipes, the most asked for first. */
export const RECIPES: readonly Recipe[] = [
  {
    id: "target",
    ko: "목표가를 넘어설 때 한 번만",
    en: "Once, when the target price is passed",
    line: "삼성전자 7만원 돌파하면 한 번만",
    rule: { symbol: "005930", when: "price > 70000", on: "crossing", repeat: "once" },
  },
  {
    id: "stop-loss",
    ko: "손절가 아래로 내려갈 때마다, 한 시간에 한 번",
    en: "When the price falls through a stop, once an hour",
    line: "삼성전자 6만원 깨지면 한 시간에 한 번",
    rule: { symbol: "005930", when: "price < 60000", on: "crossing", repeat: "1h" },
  },
  {
    id: "rise",
    ko: "5% 이상 오르면 하루에 한 번",
    en: "Up 5 %, once a day",
    line: "하이닉스 5% 이상 오르면 하루에 한 번",
    rule: { symbol: "000660", when: "rate >= 5", repeat: "day" },
  },
  {
    id: "fall",
    ko: "3% 빠지면 한 번만",
    en: "Down 3 %, once",
    line: "하이닉스 3% 빠지면 한 번만",
    rule: { symbol: "000660", when: "rate <= -3", repeat: "once" },
  },
  {
    id: "either-way",
    ko: "오르든 내리든 5% 움직이면",
    en: "A move of 5 %, either way",
    line: "카카오 5% 움직이면 하루에 한 번",
    rule: { symbol: "035720", when: "abs_rate >= 5", repeat: "day" },
  },
  {
    id: "surge-with-value",
    ko: "시가 대비 5% 급등하고 거래대금 100억 이상",
    en: "5 % above the open on at least ten billion won",
    line: "카카오 시가 대비 5% 급등하고 거래대금 100억 이상",
    rule: { symbol: "035720", when: "from_open >= 5 and day_value >= 100억" },
  },
  {
    id: "gap",
    ko: "갭 상승 3%",
    en: "Opens 3 % higher",
    line: "네이버 갭상승 3% 하루 한 번",
    rule: { symbol: "035420", when: "gap >= 3", repeat: "day" },
  },
  {
    id: "from-day-high",
    ko: "당일 고점 대비 3% 하락",
    en: "3 % below the day's high",
    line: "네이버 고점 대비 3% 하락",
    rule: { symbol: "035420", when: "from_high <= -3" },
  },
  {
    id: "from-day-low",
    ko: "당일 저점에서 5% 반등",
    en: "5 % above the day's low",
    line: "네이버 저점에서 5% 오르면",
    rule: { symbol: "035420", when: "from_low >= 5" },
  },
  {
    id: "new-day-high",
    ko: "당일 신고가, 10분에 한 번",
    en: "A new high of the day, once in ten minutes",
    line: "카카오 당일 신고가 10분마다",
    rule: { symbol: "035720", when: "new_high", repeat: "10m" },
  },
  {
    id: "new-year-high",
    ko: "52주 신고가",
    en: "A new 52-week high",
    line: "카카오 52주 신고가 하루에 한 번",
    rule: { symbol: "035720", when: "new_high(52w)", repeat: "day" },
  },
  {
    id: "from-year-high",
    ko: "52주 고점 대비 20% 하락",
    en: "20 % below the 52-week high",
    line: "카카오 52주 고점 대비 20% 하락 하루에 한 번",
    rule: { symbol: "035720", when: "from_high(52w) <= -20", repeat: "day" },
  },
  {
    id: "average",
    ko: "20일선 돌파",
    en: "Crosses its 20-day average upwards",
    line: "네이버 20일선 돌파 하루에 한 번",
    rule: { symbol: "035420", when: "sma(20) > 0", on: "crossing", repeat: "day" },
  },
  {
    id: "upper-limit",
    ko: "상한가 도달",
    en: "The upper price limit is reached",
    line: "카카오 상한가",
    rule: { symbol: "035720", when: "limit >= 1" },
  },
  {
    id: "limit-left",
    ko: "상한가 풀림",
    en: "The upper price limit is left",
    line: "카카오 상한가 풀리면",
    rule: { symbol: "035720", when: "limit < 1", on: "crossing" },
  },
  {
    id: "vi",
    ko: "VI 발동",
    en: "A volatility interruption begins",
    line: "카카오 VI 발동하면 10분에 한 번",
    rule: { symbol: "035720", when: "vi", on: "crossing", repeat: "10m" },
  },
  {
    id: "resumed",
    ko: "거래 재개",
    en: "Trading resumes",
    line: "카카오 거래 재개",
    rule: { symbol: "035720", when: "halted < 1", on: "crossing" },
  },
  {
    id: "volume",
    ko: "거래량이 전일 같은 시각의 3배",
    en: "Three times yesterday's volume at this time",
    line: "네이버 거래량 전일 대비 3배 하루에 한 번",
    rule: { symbol: "035420", when: "volume_rate >= 300", repeat: "day" },
  },
  {
    id: "strength",
    ko: "2% 오르고 체결강도 150 이상",
    en: "Up 2 % with buyers ahead three to two",
    line: "네이버 2% 오르고 체결강도 150 이상",
    rule: { symbol: "035420", when: "rate >= 2 and strength >= 150" },
  },
  {
    id: "large-trade",
    ko: "한 번에 5억 이상 체결",
    en: "A single trade of 500 million won",
    line: "네이버 체결대금 5억 이상 1분마다",
    rule: { symbol: "035420", when: "trade_value >= 5억", repeat: "1m" },
  },
  {
    id: "surge-in-minutes",
    ko: "5분에 3% 급등하고 거래량이 5배",
    en: "Up 3 % in five minutes on five times the usual volume",
    line: "카카오 5분에 3% 급등하고 5분 거래량 5배",
    rule: { symbol: "035720", when: "move(5m) >= 3 and volume_ratio(5m) >= 5" },
  },
  {
    id: "rsi-low",
    ko: "1분봉 RSI 30 아래로",
    en: "The RSI of one-minute candles falls below 30",
    line: "카카오 1분봉 RSI 30 아래로 이탈하면",
    rule: { symbol: "035720", when: "rsi(14,1m) < 30", on: "crossing" },
  },
  {
    id: "minute-average",
    ko: "5분봉 20이평 돌파",
    en: "Crosses the average of twenty five-minute candles upwards",
    line: "네이버 5분봉 20이평 돌파",
    rule: { symbol: "035420", when: "sma(20,5m) > 0", on: "crossing" },
  },
  {
    id: "any-of-kosdaq",
    ko: "코스닥 아무 종목이나 10% 급등, 종목마다 하루에 한 번",
    en: "Any KOSDAQ stock up 10 %, each once a day",
    line: "코스닥 아무 종목이나 10% 급등 하루에 한 번",
    rule: { market: "KOSDAQ", when: "rate >= 10", repeat: "day", maxAlertsPerDay: 50 },
  },
  {
    id: "watch-list",
    ko: "관심 종목 가운데 하나라도 5% 하락, 정규장에서만",
    en: "Any of a list down 5 %, regular session only",
    rule: {
      symbols: ["000660", "005930", "035720"],
      when: "rate <= -5",
      sessions: ["regular"],
      repeat: "day",
    },
  },
];
