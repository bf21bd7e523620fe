import type { BacktestReport, FireReport } from "./report.ts";
import type { FollowedPrice } from "./followed.ts";

const HEADER = [
  "rule",
  "symbol",
  "name",
  "date",
  "at",
  "price",
  "rate",
  "change",
  "after_5m",
  "after_5m_percent",
  "after_30m",
  "after_30m_percent",
  "close",
  "close_percent",
  "next_close",
  "next_close_percent",
  "highest",
  "highest_percent",
  "highest_at",
  "lowest",
  "lowest_percent",
  "lowest_at",
];

/** The fires of a report as CSV, a line each; after a sweep its steps instead. */
export function csvOf(report: BacktestReport): string {
  const rows = report.sweep === null ? [HEADER, ...report.fires.map(rowOf)] : sweepRows(report.sweep);
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function rowOf(fire: FireReport): readonly (string | number)[] {
  const { after5m, after30m, close, nextClose, highest, lowest } = fire;
  return [
    fire.ruleId,
    fire.symbol,
    fire.name,
    fire.date,
    fire.at,
    fire.price,
    fire.rate,
    fire.change,
    ...[after5m, after30m, close, nextClose].flatMap(pair),
    ...[highest, lowest].flatMap((extreme) => [...pair(extreme), extreme?.at ?? ""]),
  ];
}

function pair(followed: FollowedPrice | null): readonly (string | number)[] {
  return followed === null ? ["", ""] : [followed.price, followed.percent];
}

function sweepRows({ steps }: NonNullable<BacktestReport["sweep"]>): (readonly (string | number)[])[] {
  const header = [
    "value",
    "fires",
    "days",
    "after_5m_mean",
    "after_30m_mean",
    "close_mean",
    "next_close_mean",
  ];
  return [
    header,
    ...steps.map(({ value, fires, days, followed: { after5m, after30m, close, nextClose } }) => [
      value,
      fires,
      days,
      ...[after5m, after30m, close, nextClose].map((average) => average?.mean ?? ""),
    ]),
  ];
}

/** A cell; a text that a spreadsheet would run has an apostrophe before it. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?[\d.]+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
