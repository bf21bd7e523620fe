import { SEOUL_OFFSET_MS } from "../market/seoul_time.ts";
import type { FollowedPrice } from "./followed.ts";
import type { BacktestReport, FireReport, RuleReport, SymbolChart } from "./report.ts";
import { clockOf, many, signed } from "./report_text.ts";
import { barChart, escapeHtml, priceChart } from "./svg.ts";
import type { Average } from "./tally.ts";

/** What the page may load: nothing but what stands in it. */
export const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** Fires and rules that the page shows, at most. */
const MOST_FIRES = 2_000;
const MOST_RULES = 50;

const STYLE = `
:root{color-scheme:light dark;--line:#8888;--mark:#d33;--bar:#47a}
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
th,td{text-align:right;padding:.15rem .5rem;border-bottom:1px solid var(--line)}
th:first-child,td:first-child,td.t,th.t{text-align:left}
.scroll{overflow-x:auto}.up{color:#c33}.down{color:#36c}
svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor;opacity:.7}
svg line{stroke:var(--line)}svg polyline{fill:none;stroke:currentColor;stroke-width:1}
.bars rect{fill:var(--bar)}.marks circle{fill:var(--mark)}
code{font:inherit;font-weight:600}.note{opacity:.75}
`;

/** One page with everything in it: opened from a file, it asks nobody for anything. */
export function htmlOf(report: BacktestReport): string {
  const { days, trades, symbols, rules, notes } = report;
  const span = days.length === 0 ? "no day with trades" : `${days[0]!.date} – ${days.at(-1)!.date}`;
  const shown = rules.slice(0, MOST_RULES);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tickbell backtest ${escapeHtml(span)}</title>
<style>${STYLE}</style>
<h1>Backtest ${escapeHtml(span)}</h1>
<p>${many(days.length, "day")}, ${many(symbols, "symbol")}, ${many(trades, "trade")}, ${
    many(rules.length, "rule")
  }.</p>
${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join("\n")}
${shown.map((rule) => ruleSection(rule, report)).join("\n")}
${
    rules.length > shown.length
      ? `<p class="note">${rules.length - shown.length} more rules are in the JSON.</p>`
      : ""
  }
${sweepSection(report)}
${report.charts.map((chart) => chartSection(chart, report.fires)).join("\n")}
${fireSection(report)}
</html>
`;
}

function ruleSection(rule: RuleReport, { days, rules }: BacktestReport): string {
  const { id, when, symbols, on, repeat, fires, repeats, quietDays, followed } = rule;
  const perDay = new Map(rule.days.map((day) => [day.date, day.fires]));
  const of = symbols.length > 8
    ? `${symbols.slice(0, 8).join(", ")} and ${symbols.length - 8} more`
    : symbols.join(", ");
  const bars = days.map(({ date }) => ({ label: date.slice(5), value: perDay.get(date) ?? 0 }));
  const rows: [string, Average | null][] = [
    ["after 5 minutes", followed.after5m],
    ["after 30 minutes", followed.after30m],
    ["at the close", followed.close],
    ["next day's close", followed.nextClose],
    ["highest on the way", followed.highest],
    ["lowest on the way", followed.lowest],
  ];
  const means = rows.filter(([, average]) => average !== null).map(([name, average]) =>
    `<tr><td>${name}</td>${percentCell(average!.mean)}<td>${average!.rose} of ${average!.fires}</td></tr>`
  );
  return `<h2>${escapeHtml(id)}: <code>${escapeHtml(when)}</code></h2>
<p>${escapeHtml(of)}; ${on}${repeat === null ? "" : `, at most once in ${repeat}`}. Fired ${
    many(fires, "time")
  } on ${days.length - quietDays.length} of ${many(days.length, "day")}, ${
    many(repeats, "time")
  } again on the same day and symbol; ${many(quietDays.length, "quiet day")}.</p>
${fires > 0 && (rules.length <= 10 || days.length <= 60) ? barChart(bars) : ""}
${means.length === 0 ? "" : `<table><tr><th>what followed<th>mean<th>higher</tr>${means.join("")}</table>`}`;
}

function sweepSection({ sweep }: BacktestReport): string {
  if (sweep === null) return "";
  const rows = sweep.steps.map(({ value, fires, days, followed }) =>
    `<tr><td>${escapeHtml(value)}</td><td>${fires}</td><td>${days}</td>${
      [followed.after5m, followed.after30m, followed.close, followed.nextClose].map((average) =>
        average === null ? "<td>–</td>" : percentCell(average.mean)
      ).join("")
    }</tr>`
  );
  return `<h2>How the count changes with the threshold</h2>
${barChart(sweep.steps.map(({ value, fires }) => ({ label: value, value: fires })), 180)}
<div class="scroll"><table><tr><th>value<th>fires<th>days<th>5 min<th>30 min<th>close<th>next day</tr>${
    rows.join("")
  }</table></div>`;
}

function chartSection({ symbol, name, points }: SymbolChart, fires: readonly FireReport[]): string {
  if (points.length < 2) return "";
  const marks = fires.filter((fire) => fire.symbol === symbol).slice(0, MOST_FIRES).map((fire) => ({
    at: Date.parse(fire.at),
    price: fire.price,
    title: `${fire.date} ${clockOf(fire.at)} ${fire.price.toLocaleString("en")} ${fire.ruleId}`,
  }));
  return `<h2>${escapeHtml(name)} ${symbol}</h2>
${priceChart(points, marks, dayOf(points[0]![0]) === dayOf(points.at(-1)![0]) ? minuteOf : dayOf)}`;
}

function fireSection({ fires, unlisted }: BacktestReport): string {
  if (fires.length === 0) return "";
  const shown = fires.slice(0, MOST_FIRES);
  const rest = fires.length - shown.length + unlisted;
  const rows = shown.map((fire) => {
    const { date, at, symbol, name, price, after5m, after30m, close, nextClose, highest, lowest, ruleId } =
      fire;
    const followed = [after5m, after30m, close, nextClose, highest, lowest].map(followedCell).join("");
    return `<tr><td>${date} ${clockOf(at)}</td><td class="t">${escapeHtml(name)} ${symbol}</td><td>${
      price.toLocaleString("en")
    }</td>${followed}<td class="t">${escapeHtml(ruleId)}</td></tr>`;
  });
  return `<h2>Fires</h2>
${rest > 0 ? `<p class="note">The first ${shown.length}; ${rest} more are not shown.</p>` : ""}
<div class="scroll"><table><tr><th>time<th class="t">symbol<th>price<th>5 min<th>30 min<th>close<th>next day<th>best<th>worst<th class="t">rule</tr>${
    rows.join("\n")
  }</table></div>`;
}

function followedCell(followed: FollowedPrice | null): string {
  return followed === null ? "<td>–</td>" : percentCell(followed.percent);
}

function percentCell(percent: number): string {
  const side = percent > 0 ? "up" : percent < 0 ? "down" : "flat";
  return `<td class="${side}">${signed(percent)}</td>`;
}

function minuteOf(at: number): string {
  return new Date(at + SEOUL_OFFSET_MS).toISOString().slice(11, 16);
}

function dayOf(at: number): string {
  return new Date(at + SEOUL_OFFSET_MS).toISOString().slice(5, 10);
}
