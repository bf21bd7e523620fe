import { seoulTimeOfDay } from "../../market/seoul_time.ts";
import type { Locale } from "../../rules/rule.ts";
import { type DayReport, LATE_MS } from "./day_report.ts";

/** A report in words: what a mail, a page and the terminal say. */
export interface ReportText {
  /** One line: whether anything was missed. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** Losses of a symbol that are named with their minute. */
const MINUTES_NAMED = 3;

/** A report in a language. Times are Seoul's. */
export function reportText(report: DayReport, locale: Locale): ReportText {
  const say = (ko: string, en: string) => (locale === "ko" ? ko : en);
  const day = `${report.date.slice(0, 4)}-${report.date.slice(4, 6)}-${report.date.slice(6)}`;
  const soFar = report.isOver ? "" : say(" (지금까지)", " (so far)");
  const verdict = verdictOf(report, say);
  return {
    title: `${day}${soFar}: ${verdict}`,
    lines: [
      ...tradeLines(report, say),
      ...gapLines(report, say),
      ...checkLines(report, say),
      ...silentLines(report, say),
      ...messageLines(report, say),
    ],
  };
}

type Say = (ko: string, en: string) => string;

function verdictOf({ trades, isWhole, isTradingDay, isOver }: DayReport, say: Say): string {
  if (!isWhole) return say("빠진 것이 있습니다", "something was missed");
  if (trades.trades > 0) return say("빠진 것이 없습니다", "nothing was missed");
  // Trades are counted once their minute is closed.
  if (!isOver) return say("마감된 분에 체결이 없습니다", "no closed minute has a trade");
  return isTradingDay ? say("체결이 오지 않았습니다", "no trade came") : say("휴장일", "no trading");
}

function tradeLines({ trades, losses, isOver }: DayReport, say: Say): string[] {
  if (trades.trades === 0) {
    return [
      isOver
        ? say("체결: 없음", "Trades: none")
        : say("체결: 마감된 분에는 없음", "Trades: none in closed minutes"),
    ];
  }
  const { symbols, received, exchange, before, missing, twice, polled, since, symbolsMissing } = trades;
  const lines = [
    say(
      `체결: ${symbols}종목 ${n(trades.trades)}건 ${n(received)}주, 거래소 누적 ${n(exchange)}주`,
      `Trades: ${n(trades.trades)} of ${symbols} symbols, ${n(received)} shares; the exchange's count is ${
        n(exchange)
      }`,
    ),
    say(
      `  누락 ${n(missing)}주 (${symbolsMissing}종목)`,
      `  missing: ${n(missing)} shares of ${symbolsMissing} symbols`,
    ),
  ];
  if (before > 0 && since !== null) {
    lines.push(say(
      `  첫 체결(${time(since)}) 전 거래 ${n(before)}주는 받은 적이 없습니다`,
      `  before the first trades came, from ${time(since)} on: ${n(before)} shares, which nobody listened to`,
    ));
  }
  if (twice > 0) lines.push(say(`  중복 ${n(twice)}주`, `  came twice: ${n(twice)} shares`));
  if (polled > 0) {
    lines.push(say(
      `  ${polled}종목은 REST로 가격만 조회 (거래량 확인 불가)`,
      `  of ${polled} symbols only prices were asked for: their volume cannot be checked`,
    ));
  }
  for (const { symbol, missing, lost } of losses) {
    const minutes = lost.slice(0, MINUTES_NAMED).map(({ at, shares }) => `${time(at)} ${n(shares)}`);
    const more = lost.length > MINUTES_NAMED ? ", …" : "";
    lines.push(say(
      `  ${symbol}: ${n(missing)}주 누락 (${minutes.join(", ")}${more})`,
      `  ${symbol}: ${n(missing)} shares missing (${minutes.join(", ")}${more})`,
    ));
  }
  const unlisted = symbolsMissing - losses.length;
  if (unlisted > 0) lines.push(say(`  그 밖에 ${unlisted}종목`, `  and ${unlisted} more symbols`));
  return lines;
}

function gapLines({ feedGaps, logGaps }: DayReport, say: Say): string[] {
  return [
    say(`시세 공백: ${feedGaps.length}건`, `Gaps of the feed: ${feedGaps.length}`),
    ...feedGaps.map(({ symbol, at, reason }) =>
      `  ${time(at)} ${symbol === "*" ? say("전 종목", "all symbols") : symbol}: ${reason}`
    ),
    say(`로그 공백: ${logGaps.length}건`, `Gaps of the event log: ${logGaps.length}`),
    ...logGaps.map(({ at, id, detail, acknowledgedAt }) =>
      `  ${time(at)} ${id}: ${detail}${
        acknowledgedAt === undefined ? "" : say(" (확인됨)", " (acknowledged)")
      }`
    ),
  ];
}

function checkLines({ selfCheck, trades }: DayReport, say: Say): string[] {
  const share = trades.trades === 0 ? 0 : (selfCheck.trades / trades.trades) * 100;
  const shown = share > 0 && share < 0.1 ? "<0.1" : Math.min(100, share).toFixed(1);
  return [say(
    `자체 검사: 체결의 ${shown}% 재평가 (${selfCheck.rounds}회), 차이 ${selfCheck.differences}건`,
    `Self-check: ${shown} % of the trades evaluated again in ${selfCheck.rounds} rounds, ${selfCheck.differences} differences`,
  )];
}

function silentLines({ silent, isOver }: DayReport, say: Say): string[] {
  if (silent.rules === 0) {
    return [say("조용한 종목을 기다린 규칙: 없음", "Rules that waited for silent symbols: none")];
  }
  return [
    isOver
      ? say(
        `체결이 없는 종목을 기다린 규칙: ${n(silent.rules)}개`,
        `Rules that waited for symbols of which nothing came: ${n(silent.rules)}`,
      )
      : say(
        `마감된 분에 체결이 없는 종목을 기다리는 규칙: ${n(silent.rules)}개`,
        `Rules that wait for symbols without a trade in a closed minute: ${n(silent.rules)}`,
      ),
    `  ${silent.symbols.map(({ symbol, rules }) => `${symbol} (${n(rules)})`).join(", ")}`,
  ];
}

function messageLines({ alerts, messages, deadLetters }: DayReport, say: Say): string[] {
  const { outcomes, late, slowestMs } = messages;
  const letters = Object.entries(deadLetters);
  const counts = (all: readonly (readonly [string, number])[]) =>
    all.length === 0 ? say("없음", "none") : all.map(([name, count]) => `${name} ${n(count)}`).join(", ");
  return [
    say(`알림: ${n(alerts)}건`, `Alerts: ${n(alerts)}`),
    say(
      `메시지: ${counts(Object.entries(outcomes).sort())}`,
      `Messages: ${counts(Object.entries(outcomes).sort())}`,
    ),
    say(
      `  늦은 것 (${LATE_MS / 1_000}초 초과): ${n(late)}건, 가장 느린 것 ${(slowestMs / 1_000).toFixed(1)}초`,
      `  late (over ${LATE_MS / 1_000} s): ${n(late)}; the slowest took ${(slowestMs / 1_000).toFixed(1)} s`,
    ),
    say(`데드레터: ${counts(letters)}`, `Dead letters: ${counts(letters)}`),
  ];
}

function n(count: number): string {
  return count.toLocaleString("en-US");
}

function time(at: number): string {
  const minutes = Math.floor(seoulTimeOfDay(at) / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
