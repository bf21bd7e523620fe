import { SEOUL_OFFSET_MS } from "../market/seoul_time.ts";
import type { FollowedPrice } from "./followed.ts";
import type { BacktestReport, FireReport, RuleReport } from "./report.ts";
import type { Average, Averages } from "./tally.ts";

/** Fires that are shown, at most. */
const MOST_SHOWN = 200;

/** The report as lines for a terminal. */
export function textOf(report: BacktestReport): string[] {
  const { days, trades, symbols, notes, sweep } = report;
  const first = days[0]?.date;
  const last = days.at(-1)?.date;
  const span = first === undefined ? "no day with trades" : first === last ? first : `${first} to ${last}`;
  const lines = [
    `${span}: ${many(days.length, "day")}, ${many(symbols, "symbol")}, ${many(trades, "trade")}`,
  ];
  for (const rule of report.rules) lines.push("", ...ruleLines(rule, days.length));
  if (sweep !== null) lines.push("", ...sweepLines(sweep));
  else if (report.fires.length > 0) lines.push("", ...fireLines(report));
  if (notes.length > 0) lines.push("", ...notes.map((note) => `note: ${note}`));
  return lines;
}

function ruleLines(rule: RuleReport, days: number): string[] {
  const { id, when, symbols, fires, repeats, quietDays, followed } = rule;
  const of = symbols.length > 3
    ? `${symbols.slice(0, 3).join(", ")} and ${symbols.length - 3} more`
    : symbols.join(", ");
  const lines = [
    `${id}: ${when} of ${of}, ${rule.on}${rule.repeat === null ? "" : `, at most once in ${rule.repeat}`}`,
  ];
  if (fires === 0) return [...lines, `  never fired on ${many(days, "day")}`];
  lines.push(
    `  fired ${many(fires, "time")} on ${days - quietDays.length} of ${many(days, "day")}, ` +
      `${many(repeats, "time")} again on the same day and symbol; ${many(quietDays.length, "quiet day")}`,
  );
  return [...lines, ...averageLines(followed).map((line) => `  ${line}`)];
}

function averageLines(followed: Averages): string[] {
  const { after5m, after30m, close, nextClose, highest, lowest } = followed;
  const known = [
    averageText("after 5 min", after5m),
    averageText("after 30 min", after30m),
    averageText("at the close", close),
    averageText("next day's close", nextClose),
  ].filter((text) => text !== undefined);
  const best = highest === null || lowest === null
    ? []
    : [`on the way ${signed(highest.mean)} at best, ${signed(lowest.mean)} at worst, on average`];
  return known.length === 0 ? best : [known.join("; "), ...best];
}

function averageText(when: string, average: Average | null): string | undefined {
  if (average === null) return undefined;
  const { mean, rose, fires } = average;
  return `${when} ${signed(mean)} on average, higher ${rose} of ${fires}`;
}

function sweepLines({ steps }: NonNullable<BacktestReport["sweep"]>): string[] {
  const most = Math.max(1, ...steps.map(({ fires }) => fires));
  const width = Math.max(5, ...steps.map(({ value }) => value.length));
  return [
    `${"value".padStart(width)}  fires  days  after 30 min  close`,
    ...steps.map(({ value, fires, days, followed }) =>
      [
        value.padStart(width),
        String(fires).padStart(5),
        String(days).padStart(4),
        meanOf(followed.after30m).padStart(12),
        meanOf(followed.close).padStart(7),
        "█".repeat(Math.round(fires / most * 30)),
      ].join("  ").trimEnd()
    ),
  ];
}

function fireLines({ fires, unlisted }: BacktestReport): string[] {
  const header =
    "date        time      symbol  price       5 min   30 min    close  next day   best / worst  rule";
  const shown = fires.slice(0, MOST_SHOWN);
  const rest = fires.length - shown.length + unlisted;
  return [
    header,
    ...shown.map(fireLine),
    ...(rest > 0 ? [`… and ${rest} more: --format csv or html has ${fires.length}`] : []),
  ];
}

function fireLine(fire: FireReport): string {
  const { date, at, symbol, price, after5m, after30m, close, nextClose, highest, lowest, ruleId } = fire;
  const followed = [after5m, after30m, close, nextClose].map((each) => percentOf(each).padStart(7)).join(
    "  ",
  );
  const extremes = `${percentOf(highest)} / ${percentOf(lowest)}`.padStart(15);
  return `${date}  ${clockOf(at)}  ${symbol}  ${
    price.toLocaleString("en").padStart(9)
  }  ${followed}  ${extremes}  ${ruleId}`;
}

/** `10:15:12` in Seoul. */
export function clockOf(at: string): string {
  return new Date(Date.parse(at) + SEOUL_OFFSET_MS).toISOString().slice(11, 19);
}

function percentOf(followed: FollowedPrice | null): string {
  return followed === null ? "–" : signed(followed.percent);
}

function meanOf(average: Average | null): string {
  return average === null ? "–" : signed(average.mean);
}

/** `+1.25 %`. */
export function signed(percent: number): string {
  return `${percent > 0 ? "+" : ""}${percent.toFixed(2)} %`;
}

/** `3 days`. */
export function many(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
