import { expect } from "expect";
import { SymbolDirectory } from "../../market/directory.ts";
import { LISTING } from "../../market/listing.ts";
import { parseRule } from "../parse_rule.ts";
import { RECIPES } from "../recipes.ts";
import { formatWhen } from "../when.ts";
import { readLine } from "./read_line.ts";

const directory = new SymbolDirectory(LISTING);

/** A line as it is read: symbol or market, conditions, and what differs from the defaults. */
function said(line: string): string {
  const { symbol, market, conditions, on, repeat, sessions, rest, missing } = readLine(line, { directory });
  const parts = [
    symbol ?? market ?? "?",
    formatWhen(conditions) || "?",
    on === "crossing" ? on : "",
    repeat ?? "",
    sessions?.join("+") ?? "",
    rest.length + missing.length > 0 ? `not understood: ${[...missing, ...rest].join(", ")}` : "",
  ];
  return parts.filter((part) => part !== "").join(" | ");
}

/** What people say, and what it is taken for. */
const LINES = `
삼성전자 7만원 넘으면 => 005930 | price > 70000
삼성전자 7만원 넘으면 알려줘 => 005930 | price > 70000
삼성전자가 7만원을 넘으면 알려주세요 => 005930 | price > 70000
삼성전자 70,000원 이상 => 005930 | price >= 70000
삼성전자 70000원 초과하면 => 005930 | price > 70000
삼성전자 7만2천원 돌파하면 => 005930 | price > 72000 | crossing
삼성전자 72,000원 돌파시 알림 => 005930 | price > 72000 | crossing
삼성전자 7만원 찍으면 => 005930 | price >= 70000
삼성전자 7만원 되면 => 005930 | price >= 70000
삼성전자 7만원 도달하면 => 005930 | price >= 70000
삼성전자 7만원 위로 가면 => 005930 | price > 70000
삼성전자 7만원 아래로 떨어지면 => 005930 | price < 70000
삼성전자 6만원 밑으로 내려가면 => 005930 | price < 60000
삼성전자 6만원 깨지면 => 005930 | price < 60000 | crossing
삼성전자 6만원 무너지면 => 005930 | price < 60000 | crossing
삼성전자 6만원 이하 => 005930 | price <= 60000
삼성전자 6만원 미만이면 => 005930 | price < 60000
삼성전자 6만원 이탈하면 => 005930 | price < 60000 | crossing
삼성전자 6만원까지 떨어지면 => 005930 | price <= 60000
삼성전자 8만원까지 오르면 => 005930 | price >= 80000
삼성전자 8만원으로 오르면 => 005930 | price >= 80000
삼전 7만 넘으면 => 005930 | price > 70000
삼전 7만 깨지면 문자 보내줘 => 005930 | price < 70000 | crossing
삼성전자 72000 넘을 때 => 005930 | price > 72000
삼성전자 주가가 7만원 이상이면 => 005930 | price >= 70000
삼성전자 현재가 7만원 이하 => 005930 | price <= 70000
삼성전자 가격 71,950원 초과 => 005930 | price > 71950
005930 7만원 넘으면 => 005930 | price > 70000
005930 price >= 70000 => 005930 | price >= 70000
005930 rate >= 5 and strength >= 120 => 005930 | rate >= 5 and strength >= 120
삼성전자 등락률 >= 5 => 005930 | rate >= 5
삼성전자 등락률 5% 이상 => 005930 | rate >= 5
하이닉스 3% 빠지면 => 000660 | rate <= -3
하이닉스 3% 빠지면 한 번만 => 000660 | rate <= -3 | once
SK하이닉스 3% 오르면 => 000660 | rate >= 3
sk하이닉스 5% 이상 오르면 => 000660 | rate >= 5
하이닉스 5% 넘게 빠지면 => 000660 | rate < -5
하이닉스 -3% 되면 => 000660 | rate <= -3
하이닉스 +5% => 000660 | rate >= 5
하이닉스 마이너스 5% => 000660 | rate <= -5
하이닉스 플러스 3프로 => 000660 | rate >= 3
하이닉스 3프로 하락 => 000660 | rate <= -3
하이닉스 3프로 급락하면 알림 => 000660 | rate <= -3
하이닉스 10퍼센트 급등 => 000660 | rate >= 10
하이닉스 10퍼 급등하면 => 000660 | rate >= 10
하이닉스 5% 상승시 하루에 한 번 => 000660 | rate >= 5 | day
하이닉스 5% 떨어지면 매일 한 번 => 000660 | rate <= -5 | day
하이닉스 어제보다 5% 오르면 => 000660 | rate >= 5
하이닉스 전일 대비 5% 상승 => 000660 | rate >= 5
하이닉스 전일대비 5% 하락하면 => 000660 | rate <= -5
하이닉스 5% 움직이면 => 000660 | abs_rate >= 5
하이닉스 3% 변동하면 10분마다 => 000660 | abs_rate >= 3 | 10m
하이닉스 1000원 오르면 => 000660 | change >= 1000
하이닉스 5천원 빠지면 => 000660 | change <= -5000
하이닉스 1만원 이상 하락하면 => 000660 | change <= -10000
카카오 52주 신고가 => 035720 | new_high(52w) >= 1
카카오 52주 신고가 나오면 => 035720 | new_high(52w) >= 1
카카오 52주 신고가 경신하면 알려줘 => 035720 | new_high(52w) >= 1
카카오 52주 최고가 갱신 => 035720 | new_high(52w) >= 1
카카오 1년 신고가 => 035720 | new_high(52w) >= 1
카카오 신고가 => 035720 | new_high >= 1
카카오 당일 신고가 갱신하면 => 035720 | new_high >= 1
카카오 20일 신고가 => 035720 | new_high(20d) >= 1
카카오 60일 신고가 => 035720 | new_high(60d) >= 1
카카오 52주 신저가 => 035720 | new_low(52w) >= 1
카카오 신저가 찍으면 => 035720 | new_low >= 1
카카오 당일 최저가 경신 => 035720 | new_low >= 1
카카오 52주 고점 대비 20% 하락 => 035720 | from_high(52w) <= -20
카카오 고점 대비 10% 빠지면 => 035720 | from_high <= -10
카카오 52주 저점 대비 30% 상승하면 => 035720 | from_low(52w) >= 30
카카오 저점에서 5% 오르면 => 035720 | from_low >= 5
카카오 고가 대비 3% 하락 => 035720 | from_high <= -3
카카오 20일 고점 대비 15% 떨어지면 => 035720 | from_high(20d) <= -15
카카오 시가 대비 5% 오르면 => 035720 | from_open >= 5
카카오 시가 대비 3% 하락하면 => 035720 | from_open <= -3
카카오 시초가보다 5% 상승 => 035720 | from_open >= 5
카카오 시가 대비 5% 급등하고 거래대금 100억 이상 => 035720 | from_open >= 5 and day_value >= 10000000000
카카오 상한가 => 035720 | limit >= 1
카카오 상한가 가면 => 035720 | limit >= 1
카카오 상한가 도달 => 035720 | limit >= 1
카카오 하한가 => 035720 | limit <= -1
카카오 하한가 맞으면 => 035720 | limit <= -1
카카오 상하한가 => 035720 | abs_limit >= 1
카카오 상한가 풀리면 => 035720 | limit < 1 | crossing
카카오 상한가 풀림 => 035720 | limit < 1 | crossing
카카오 하한가 풀리면 알려줘 => 035720 | limit > -1 | crossing
카카오 VI 발동 => 035720 | vi >= 1 | crossing
카카오 VI 걸리면 => 035720 | vi >= 1 | crossing
카카오 vi 해제되면 => 035720 | vi < 1 | crossing
카카오 변동성완화장치 발동하면 => 035720 | vi >= 1 | crossing
카카오 거래정지 => 035720 | halted >= 1 | crossing
카카오 거래정지되면 => 035720 | halted >= 1 | crossing
카카오 매매정지 => 035720 | halted >= 1 | crossing
카카오 거래 재개 => 035720 | halted < 1 | crossing
카카오 거래정지 풀리면 => 035720 | halted < 1 | crossing
카카오 거래정지 해제 => 035720 | halted < 1 | crossing
네이버 거래대금 100억 이상 => 035420 | day_value >= 10000000000
네이버 거래대금이 1000억 넘으면 => 035420 | day_value > 100000000000
네이버 거래대금 1조 돌파 => 035420 | day_value > 1000000000000 | crossing
네이버 거래량 100만주 넘으면 => 035420 | day_volume > 1000000
네이버 거래량이 50만주 이상 => 035420 | day_volume >= 500000
네이버 거래량 전일 대비 3배 => 035420 | volume_rate >= 300
네이버 거래량 3배 터지면 => 035420 | volume_rate >= 300
네이버 거래량 어제의 300% => 035420 | volume_rate >= 300
네이버 전일 동시간 대비 거래량 5배 => 035420 | volume_rate >= 500
네이버 체결강도 150 이상 => 035420 | strength >= 150
네이버 체결강도가 80 미만 => 035420 | strength < 80
네이버 회전율 10% 초과 => 035420 | turnover > 10
네이버 체결대금 5억 이상 => 035420 | trade_value >= 500000000
네이버 한번에 10억 이상 => 035420 | trade_value >= 1000000000
네이버 스프레드 1% 이상 => 035420 | spread >= 1
네이버 호가 스프레드 0.5% 넘으면 => 035420 | spread > 0.5
네이버 잔량비 3 이상 => 035420 | book_ratio >= 3
네이버 갭상승 3% => 035420 | gap >= 3
네이버 갭 3% 이상 => 035420 | gap >= 3
네이버 3% 이상 갭하락 => 035420 | gap <= -3
삼성전자 5분에 3% 급등하면 => 005930 | move(5m) >= 3
삼성전자 5분 만에 3% 넘게 빠지면 => 005930 | move(5m) < -3
삼성전자 10분간 2% 오르면 알려줘 => 005930 | move(10m) >= 2
삼성전자 1시간 동안 5% 하락하면 => 005930 | move(60m) <= -5
삼성전자 5분에 1000원 오르면 => 005930 | move_won(5m) >= 1000
삼성전자 최근 5분 동안 3% 움직이면 => 005930 | range(5m) >= 3
삼성전자 5분 거래량 5배 => 005930 | volume_ratio(5m) >= 5
삼성전자 거래량이 5분 평균의 5배 => 005930 | volume_ratio(5m) >= 5
삼성전자 거래량이 평소의 4배 => 005930 | volume_ratio(5m) >= 4
삼성전자 10분간 거래량 100만주 이상 => 005930 | volume(10m) >= 1000000
삼성전자 5분에 3% 오르고 5분 거래량 4배 => 005930 | move(5m) >= 3 and volume_ratio(5m) >= 4
삼성전자 RSI 30 이하 => 005930 | rsi <= 30
삼성전자 RSI 30 아래로 => 005930 | rsi < 30
삼성전자 RSI 30 아래로 내려가면 => 005930 | rsi < 30
삼성전자 RSI가 70을 넘으면 => 005930 | rsi > 70
삼성전자 5분봉 RSI 30 이하 => 005930 | rsi(14,5m) <= 30
삼성전자 15분봉 RSI(9) 70 이상 => 005930 | rsi(9,15m) >= 70
삼성전자 RSI 과매도 => 005930 | rsi <= 30
삼성전자 5분봉 20이평 돌파 => 005930 | sma(20,5m) > 0 | crossing
삼성전자 5분봉 20선 이탈하면 => 005930 | sma(20,5m) < 0 | crossing
삼성전자 볼린저밴드 상단 돌파 => 005930 | bollinger >= 100 | crossing
삼성전자 5분봉 볼린저 하단 이탈하면 => 005930 | bollinger(20,2,5m) <= 0 | crossing
삼성전자 MACD 골든크로스 => 005930 | macd > 0 | crossing
삼성전자 30분봉 MACD 데드크로스 => 005930 | macd(12,26,9,30m) < 0 | crossing
samsung electronics up 3% in 5 minutes => 005930 | move(5m) >= 3
samsung electronics rsi below 30 => 005930 | rsi < 30
samsung electronics 5 minute volume 5x => 005930 | volume_ratio(5m) >= 5
네이버 20일선 돌파 => 035420 | sma(20) > 0 | crossing
네이버 20일선 깨지면 => 035420 | sma(20) < 0 | crossing
네이버 60일 이동평균선 위로 올라가면 => 035420 | sma(60) > 0 | crossing
네이버 5일선 이탈하면 => 035420 | sma(5) < 0 | crossing
네이버 120일 이평선 돌파하면 하루 한 번 => 035420 | sma(120) > 0 | crossing | day
네이버 VI까지 1% 이하 => 035420 | vi_gap <= 1
코스닥 아무 종목이나 10% 급등 => KOSDAQ | rate >= 10
코스닥 전 종목 상한가 => KOSDAQ | limit >= 1
코스피 종목 중 52주 신고가 => KOSPI | new_high(52w) >= 1
코스닥 VI 발동 => KOSDAQ | vi >= 1 | crossing
아무 종목이나 상한가 가면 => * | limit >= 1
모든 ETF 3% 하락 => ETF | rate <= -3
코스닥에서 20% 오르면 => KOSDAQ | rate >= 20
전 종목 거래대금 1조 이상 => * | day_value >= 1000000000000
현대차 25만원 넘으면 정규장에서만 => 005380 | price > 250000 | regular
현대차 프리마켓에서 3% 오르면 => 005380 | rate >= 3 | pre
현대차 애프터마켓에서 5% 하락 => 005380 | rate <= -5 | after
현대차 장중 5% 오르면 => 005380 | rate >= 5 | regular
현대차 장중에만 25만원 이상 => 005380 | price >= 250000 | regular
현대차 30만원 넘으면 1시간에 한 번 => 005380 | price > 300000 | 1h
현대차 30만원 넘으면 30분마다 => 005380 | price > 300000 | 30m
현대차 20만원 밑으로 5분마다 => 005380 | price < 200000 | 5m
현대차 20만원 깨지면 딱 한 번 => 005380 | price < 200000 | crossing | once
현대차 5% 하락 1회 => 005380 | rate <= -5 | once
현대차 25만원 이상 두 시간마다 => 005380 | price >= 250000 | 2h
현대차 25만원 이상 4시간마다 => 005380 | price >= 250000 | 4h
현대차 25만원 넘으면 1분마다 => 005380 | price > 250000 | 1m
현대차 25만원 넘으면 매시간 => 005380 | price > 250000 | 1h
기아 10만원 이하로 떨어지면 => 000270 | price <= 100000
기아 9만 5천원 이하 => 000270 | price <= 95000
기아차 9만5천원 아래 => 000270 | price < 95000
LG에너지솔루션 40만원 넘으면 => 373220 | price > 400000
엘지엔솔 40만원 넘으면 => 373220 | price > 400000
엔솔 35만원 깨지면 => 373220 | price < 350000 | crossing
에코프로비엠 12만원 돌파 => 247540 | price > 120000 | crossing
에코프로 5% 급락하면 => 086520 | rate <= -5
포스코홀딩스 30만원 넘으면 => 005490 | price > 300000
POSCO홀딩스 30만원 돌파 => 005490 | price > 300000 | crossing
셀트리온 18만원 이상 => 068270 | price >= 180000
셀트 20만원 가면 => 068270 | price >= 200000
두산에너빌리티 7만원 넘으면 => 034020 | price > 70000
한화오션 10만원 돌파하면 알려줘 => 042660 | price > 100000 | crossing
알려줘 삼성전자 7만원 넘으면 => 005930 | price > 70000
7만원 넘으면 삼성전자 알려줘 => 005930 | price > 70000
혹시 하이닉스 30만원 넘으면 바로 알림 부탁해 => 000660 | price > 300000
하이브 28만원 깨지고 거래량 100만주 이상 => 352820 | price < 280000 and day_volume >= 1000000 | crossing
카카오 5% 오르고 체결강도 120 이상 => 035720 | rate >= 5 and strength >= 120
카카오 시가 대비 3% 오르고 거래대금 500억 넘고 체결강도 110 이상 => 035720 | from_open >= 3 and day_value > 50000000000 and strength >= 110
카카오 6만원 넘고 거래대금 1000억 이상이면 하루에 한 번 => 035720 | price > 60000 and day_value >= 100000000000 | day
카카오뱅크 3만원 이상이고 등락률 5% 이상 => 323410 | price >= 30000 and rate >= 5
Samsung Electronics above 70000 => 005930 | price > 70000
samsung above 70,000 won => 005930 | price > 70000
Samsung over 75000 once => 005930 | price > 75000 | once
samsung electronics below 60000 won => 005930 | price < 60000
SK hynix falls 3% => 000660 | rate <= -3
SK hynix falls 3% once => 000660 | rate <= -3 | once
hynix drops by 5% => 000660 | rate <= -5
hynix rises 5% or more => 000660 | rate >= 5
hynix up 5% => 000660 | rate >= 5
hynix down 3% daily => 000660 | rate <= -3 | day
Kakao 52 week high => 035720 | new_high(52w) >= 1
Kakao 52-week low => 035720 | new_low(52w) >= 1
kakao new high => 035720 | new_high >= 1
kakao hits upper limit => 035720 | limit >= 1
kakao lower limit => 035720 | limit <= -1
kakao volume over 1000000 => 035720 | day_volume > 1000000
kakao value over 10000000000 => 035720 | day_value > 10000000000
kakao moves 3% => 035720 | abs_rate >= 3
kakao volume 3x yesterday => 035720 | volume_rate >= 300
kakao trading halted => 035720 | halted >= 1 | crossing
kakao trading resumes => 035720 | halted < 1 | crossing
kakao rises 5% from the open => 035720 | from_open >= 5
kakao falls 10% from the 52 week high => 035720 | from_high(52w) <= -10
NAVER breaks above 250000 => 035420 | price > 250000 | crossing
NAVER above 250000 every 10 minutes => 035420 | price > 250000 | 10m
NAVER at least 250000 won regular session only => 035420 | price >= 250000 | regular
notify me when NAVER exceeds 250000 won => 035420 | price > 250000
alert me if kakao falls below 50000 => 035720 | price < 50000
kakao crosses 20 day moving average => 035720 | sma(20) > 0 | crossing
kakao below its 20-day average => 035720 | sma(20) < 0 | crossing
any stock limit up => * | limit >= 1
KOSDAQ any stock rises 10% => KOSDAQ | rate >= 10
KODEX 200 4만원 깨지면 => 069500 | price < 40000 | crossing
KODEX 레버리지 3% 오르면 => 122630 | rate >= 3
TIGER 미국S&P500 2만원 이하 => 360750 | price <= 20000
Q530036 2000원 밑 => Q530036 | price < 2000
069500 3% 하락 => 069500 | rate <= -3
`;

Deno.test("two hundred lines as people say them are read as the rules they mean, with nothing left over", () => {
  const lines = LINES.trim().split("\n").map((line) => line.split(" => ") as [string, string]);
  expect(lines.length).toBeGreaterThanOrEqual(200);
  expect(lines.map(([line]) => `${line} => ${said(line)}`)).toEqual(lines.map((line) => line.join(" => ")));
});

Deno.test("what is not understood is said, and what is missing", () => {
  for (
    const [line, wanted] of [
      ["삼성전자", "005930 | ? | not understood: conditions"],
      ["7만원 넘으면", "? | price > 70000 | not understood: symbol"],
      ["없는회사 7만원 넘으면", "? | price > 70000 | not understood: symbol, 없는회사"],
      ["삼성전자 PER 10배 이하", "005930 | ? | not understood: conditions, PER, 10배"],
      ["삼성전자 7만원 넘으면 매수", "005930 | price > 70000 | not understood: 매수"],
      ["", "? | ? | not understood: symbol, conditions"],
    ] as const
  ) expect([line, said(line)]).toEqual([line, wanted]);
});

Deno.test("a name that several have is asked back", () => {
  const { symbol, candidates } = readLine("에코 5% 오르면", { directory });
  expect(symbol).toBeNull();
  expect(candidates.map(({ name }) => name)).toContain("에코프로비엠");
});

Deno.test("a price that is to be reached is waited for from where it is now", () => {
  const at = (price: number) =>
    formatWhen(readLine("삼성전자 7만원 되면", { directory, priceOf: () => price }).conditions);
  expect([at(60_000), at(80_000)]).toEqual(["price >= 70000", "price <= 70000"]);
});

Deno.test("what was understood is answered piece by piece, in the line's order", () => {
  expect(readLine("하이닉스 3% 빠지면 한 번만", { directory }).understood).toEqual([
    { text: "하이닉스", as: "symbol 000660" },
    { text: "3% 빠지면", as: "rate <= -3" },
    { text: "한 번만", as: "repeat once" },
  ]);
});

Deno.test("the recipes' lines are read as their rules", () => {
  for (const { line, rule } of RECIPES) {
    if (line === undefined) continue;
    const recipients = ["kim@example.com"];
    const { symbol, market, conditions, on, repeat, sessions } = parseRule({ ...rule, recipients });
    expect([line, said(line)]).toEqual([line, said(line).replace(/ \| not understood.*/, "")]);
    expect(readLine(line, { directory })).toMatchObject({ symbol, market, conditions, on, repeat, sessions });
  }
});
