/**
 * The dated facts of the KRX and NXT calendars: data, so that a change of the exchanges is a new row here.
 *
 * @module
 */
import { dayOfDate } from "./seoul_time.ts";

/** A phase of a trading day. */
export type Phase =
  /** Nothing is traded. */
  | "closed"
  /** NXT, before the regular session. */
  | "pre_market"
  /** Call auction that finds the opening price; expected prices only. */
  | "opening_auction"
  /** The regular session. */
  | "continuous"
  /** Call auction that finds the closing price; expected prices only. */
  | "closing_auction"
  /** Trading at the closing price after the close. */
  | "after_close"
  /** Call auctions every ten minutes after the close (시간외단일가). */
  | "after_hours_auction"
  /** NXT, the call auction before its after-market. */
  | "after_auction"
  /** Continuous trading after the close. */
  | "after_market";

/** A phase `[start, end)` of a day; times as HHMMSS in Asia/Seoul. */
export interface PhaseRow {
  readonly phase: Phase;
  readonly start: string;
  readonly end: string;
}

export interface SessionTable {
  /** YYYYMMDD, the first day it is in force. */
  readonly from: string;
  readonly phases: readonly PhaseRow[];
}

const KRX_REGULAR: readonly PhaseRow[] = [
  { phase: "opening_auction", start: "083000", end: "090000" },
  { phase: "continuous", start: "090000", end: "152000" },
  { phase: "closing_auction", start: "152000", end: "153000" },
  { phase: "after_close", start: "154000", end: "160000" },
];

/** Newest first. KRX's after-market has been reported since 2026-09-14 in place of the auctions to 18:00. */
export const KRX_SESSIONS: readonly SessionTable[] = [
  { from: "20260914", phases: [...KRX_REGULAR, { phase: "after_market", start: "160000", end: "200000" }] },
  {
    from: "20160801",
    phases: [...KRX_REGULAR, { phase: "after_hours_auction", start: "160000", end: "180000" }],
  },
];

/** Newest first. Nextrade opened on 2025-03-04. */
export const NXT_SESSIONS: readonly SessionTable[] = [
  {
    from: "20250304",
    phases: [
      { phase: "pre_market", start: "080000", end: "085000" },
      { phase: "continuous", start: "090030", end: "152000" },
      { phase: "after_auction", start: "153000", end: "154000" },
      { phase: "after_market", start: "154000", end: "200000" },
    ],
  },
];

/**
 * Days on which the exchanges are closed though it is no weekend, YYYYMMDD. KRX publishes its list in December for the
 * year to come; `--holidays` adds a day, and takes one out with a minus before it.
 *
 * - 2025: as they were.
 * - 2026: as published, and 07-17, a public holiday again by the law that the Assembly passed on 2026-01-29.
 * - 2027: reckoned from the law on public holidays (Seollal 02-07, Buddha's birthday 05-13, Chuseok 09-15, days in
 *   lieu, among them 05-03 for Labour Day) and KRX's own (12-31); not published yet, to be compared with KRX's list when it is.
 */
export const HOLIDAYS: ReadonlySet<string> = new Set([
  ...["20250101", "20250127", "20250128", "20250129", "20250130", "20250303", "20250501", "20250505"],
  ...["20250506", "20250603", "20250606", "20250815", "20251003", "20251006", "20251007", "20251008"],
  ...["20251009", "20251225", "20251231"],
  ...["20260101", "20260216", "20260217", "20260218", "20260302", "20260501", "20260505", "20260525"],
  ...["20260603", "20260717", "20260817", "20260924", "20260925", "20261005", "20261009", "20261225"],
  ...["20261231"],
  ...[
    "20270101",
    "20270208",
    "20270209",
    "20270301",
    "20270503",
    "20270505",
    "20270513",
    "20270719",
    "20270816",
  ],
  ...["20270914", "20270915", "20270916", "20271004", "20271011", "20271227", "20271231"],
]);

/** A day whose sessions are shifted, in minutes. */
export interface DayShift {
  /** Everything up to the beginning of the regular session. */
  readonly open: number;
  /** The end of the regular session, and what follows up to the beginning of the last session. */
  readonly close: number;
}

/** A day on which the exchanges open late. Then NXT has no pre-market, and the last session ends at its usual time. */
export interface LateDay extends DayShift {
  /** YYYYMMDD. */
  readonly date: string;
}

/**
 * The first trading day of a year opens late; on the day of the college entrance test (수능) the regular session is an
 * hour later, while the after-hours session ends at its usual time (KRX 18:00, since 2026-09-14 20:00; NXT 20:00). The
 * tests of 2025, 2026 and 2027 are on the days that the Ministry of Education announced; that KRX opens late on them and
 * on the first trading day of 2027 is what it does every year, and is announced some weeks before.
 */
const LATE_DAYS: readonly LateDay[] = [
  { date: "20250102", open: 60, close: 0 },
  { date: "20251113", open: 60, close: 60 },
  { date: "20260102", open: 60, close: 0 },
  { date: "20261119", open: 60, close: 60 },
  { date: "20270104", open: 60, close: 0 },
  { date: "20271118", open: 60, close: 60 },
];

const NO_SHIFT: DayShift = { open: 0, close: 0 };
const SHIFTS: ReadonlyMap<number, DayShift> = new Map(
  LATE_DAYS.map((late) => [dayOfDate(late.date) as number, late]),
);

/** By how many minutes a day's sessions are shifted. */
export function shiftOf(day: number): DayShift {
  return SHIFTS.get(day) ?? NO_SHIFT;
}

/** When a market session begins, HHMMSS, and with which of a late day's shifts it moves. */
export interface SessionStartRow {
  readonly session: "pre" | "regular" | "after" | "closing";
  readonly from: string;
  readonly moves?: keyof DayShift;
}

/**
 * Which session a trade belongs to by its time, where the feed does not say it (before 2026-09-14 it never did).
 *
 * - KRX: trading at yesterday's closing price 08:30 to 08:40 and at today's 15:40 to 16:00; the closing auction's trades
 *   come up to a minute after 15:30 and are the regular session's.
 * - NXT: what comes from 15:30 is its after-market.
 * - Consolidated: KRX's trades at the closing price cannot be known from NXT's after-market by time; all are "after".
 */
export const MARKET_SESSION_STARTS: Readonly<Record<"KRX" | "NXT" | "UN", readonly SessionStartRow[]>> = {
  KRX: [
    { session: "pre", from: "000000" },
    { session: "closing", from: "083000", moves: "open" },
    { session: "pre", from: "084000", moves: "open" },
    { session: "regular", from: "090000", moves: "open" },
    { session: "closing", from: "154000", moves: "close" },
    { session: "after", from: "160000", moves: "close" },
  ],
  NXT: [
    { session: "pre", from: "000000" },
    { session: "regular", from: "090000", moves: "open" },
    { session: "after", from: "153000", moves: "close" },
  ],
  UN: [
    { session: "pre", from: "000000" },
    { session: "regular", from: "090000", moves: "open" },
    { session: "after", from: "154000", moves: "close" },
  ],
};
