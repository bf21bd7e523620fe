import type { Symbol } from "../market/symbol.ts";
import { dateOfDay, seoulDay } from "../market/seoul_time.ts";
import { formatInstant } from "../rules/parse_instant.ts";
import type { Repeat } from "../rules/repeat.ts";
import type { Rule, Trigger } from "../rules/rule.ts";
import { formatWhen } from "../rules/when.ts";
import type { Found } from "./found.ts";
import { type ReportPoint, thinned } from "./chart_points.ts";
import type { Fire } from "./fire.ts";
import type { Followed, FollowedPrice } from "./followed.ts";
import type { SweepStep } from "./sweep.ts";
import type { Averages, Tally } from "./tally.ts";

/** Dates are `2026-11-27` in Asia/Seoul, times ISO 8601, prices won, per cent with two decimals. */
export interface BacktestReport {
  readonly days: readonly DayReport[];
  readonly symbols: number;
  readonly trades: number;
  /** Trades that were too late to fire, and records that the engine refused. */
  readonly late: number;
  readonly refused: number;
  readonly rules: readonly RuleReport[];
  /** In the order of time. */
  readonly fires: readonly FireReport[];
  /** Fires that are counted above and not listed for want of room. */
  readonly unlisted: number;
  readonly sweep: SweepReport | null;
  /** Prices at most a quarter of an hour apart of symbols that fired, to draw. */
  readonly charts: readonly SymbolChart[];
  /** What is to be known of the figures: days of minutes only, measures that had no value, … */
  readonly notes: readonly string[];
}

export interface DayReport {
  readonly date: string;
  readonly trades: number;
  readonly fires: number;
}

export interface RuleReport {
  readonly id: string;
  readonly when: string;
  readonly on: Trigger;
  readonly repeat: Repeat | null;
  /** Its symbols, or its market. */
  readonly symbols: readonly string[];
  readonly fires: number;
  /** Fires that were not the first of their day and symbol. */
  readonly repeats: number;
  readonly days: readonly { readonly date: string; readonly fires: number }[];
  /** Days with trades on which it did not fire. */
  readonly quietDays: readonly string[];
  readonly followed: Averages;
}

export interface FollowedReport extends FollowedPrice {
  readonly at: string;
}

export interface FireReport {
  readonly ruleId: string;
  readonly alertId: string;
  readonly symbol: Symbol;
  readonly name: string;
  readonly date: string;
  readonly at: string;
  readonly price: number;
  readonly rate: number;
  readonly change: number;
  readonly after5m: FollowedPrice | null;
  readonly after30m: FollowedPrice | null;
  readonly close: FollowedPrice | null;
  readonly nextClose: FollowedPrice | null;
  readonly highest: FollowedReport | null;
  readonly lowest: FollowedReport | null;
}

export interface SweepReport {
  /** Which of the rule's conditions, from 1. */
  readonly condition: number;
  readonly steps: readonly {
    readonly value: string;
    readonly fires: number;
    /** Days on which it fired. */
    readonly days: number;
    readonly followed: Averages;
  }[];
}

export interface SymbolChart {
  readonly symbol: Symbol;
  readonly name: string;
  /** Epoch ms and won. */
  readonly points: readonly ReportPoint[];
}

/** Symbols that are drawn, at most, and points of each. */
const MOST_CHARTS = 12;
const MOST_POINTS = 1_500;

/** What a report is made of, beside the backtest itself. */
export interface ReportOf {
  /** The rules that were asked for. */
  readonly rules: readonly Rule[];
  readonly sweep?: { readonly condition: number; readonly steps: readonly SweepStep[] };
  readonly nameOf: (symbol: Symbol) => string | undefined;
  readonly notes: readonly string[];
  readonly symbols: number;
}

/** The report of a backtest that has ended. */
export function reportOf(backtest: Found, given: ReportOf): BacktestReport {
  const { rules, sweep, nameOf, notes, symbols } = given;
  const days = backtest.days.filter(({ trades }) => trades > 0).map(({ day, trades, fires }) => ({
    date: dateText(day),
    trades,
    fires,
  }));
  const dates = days.map(({ date }) => date);
  return {
    days,
    symbols,
    trades: backtest.trades,
    late: backtest.late,
    refused: backtest.refused,
    rules: rules.map((rule) => ruleReport(rule, backtest.tallies.get(rule.id) as Tally, dates)),
    fires: backtest.fires.map((fire) => fireReport(fire, nameOf)),
    unlisted: backtest.unlisted,
    sweep: sweep === undefined ? null : {
      condition: sweep.condition + 1,
      steps: sweep.steps.map(({ value, rule }) => {
        const tally = backtest.tallies.get(rule.id) as Tally;
        return { value, fires: tally.fires, days: tally.perDay.size, followed: tally.averages() };
      }),
    },
    charts: chartsOf(backtest, nameOf),
    notes,
  };
}

function ruleReport(rule: Rule, tally: Tally, dates: readonly string[]): RuleReport {
  const perDay = new Map([...tally.perDay].map(([day, fires]) => [dateText(day), fires]));
  const { id, on, repeat, symbol, symbols, market } = rule;
  return {
    id,
    when: formatWhen(rule.conditions),
    on,
    repeat,
    symbols: symbol === null ? symbols ?? [market ?? "*"] : [symbol],
    fires: tally.fires,
    repeats: tally.repeats,
    days: [...perDay].map(([date, fires]) => ({ date, fires })),
    quietDays: dates.filter((date) => !perDay.has(date)),
    followed: tally.averages(),
  };
}

const NOTHING: Followed = {
  after5m: null,
  after30m: null,
  close: null,
  nextClose: null,
  highest: null,
  lowest: null,
};

function fireReport(fire: Fire, nameOf: ReportOf["nameOf"]): FireReport {
  const { ruleId, alertId, symbol, at, price, rate, change, followed = NOTHING } = fire;
  const { highest, lowest, ...rest } = followed;
  return {
    ruleId,
    alertId,
    symbol,
    name: nameOf(symbol) ?? symbol,
    date: dateText(seoulDay(at)),
    at: formatInstant(at),
    price,
    rate,
    change,
    ...rest,
    highest: highest && { ...highest, at: formatInstant(highest.at) },
    lowest: lowest && { ...lowest, at: formatInstant(lowest.at) },
  };
}

function chartsOf(backtest: Found, nameOf: ReportOf["nameOf"]): SymbolChart[] {
  const fired = new Map<Symbol, number>();
  for (const { symbol } of backtest.fires) fired.set(symbol, (fired.get(symbol) ?? 0) + 1);
  const symbols = [...fired].sort(([, one], [, other]) => other - one).map(([symbol]) => symbol);
  return symbols.slice(0, MOST_CHARTS).flatMap((symbol) => {
    const points = backtest.points.get(symbol);
    if (points === undefined) return [];
    return [{ symbol, name: nameOf(symbol) ?? symbol, points: thinned(points, MOST_POINTS) }];
  });
}

/** `2026-11-27` of a day. */
export function dateText(day: number): string {
  return dateOfDay(day).replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
}
