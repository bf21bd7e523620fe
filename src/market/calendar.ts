import {
  HOLIDAYS,
  KRX_SESSIONS,
  NXT_SESSIONS,
  type Phase,
  type PhaseRow,
  type SessionTable,
  shiftOf,
} from "./calendar_data.ts";
import {
  dateOfDay,
  DAY_MS,
  dayOfDate,
  seoulDay,
  startOfSeoulDay,
  timeOfHour,
  weekdayOf,
} from "./seoul_time.ts";

export type { Phase } from "./calendar_data.ts";

/** A marketplace: the exchange or the alternative one. */
export type Venue = "KRX" | "NXT";

/** A phase at a time, and when the next one begins. */
export interface PhaseAt {
  readonly phase: Phase;
  /** Epoch ms. */
  readonly until: number;
}

/** A phase `[start, end)` of one day, epoch ms. */
interface Span {
  readonly phase: Phase;
  readonly start: number;
  readonly end: number;
}

const SESSIONS: Readonly<Record<Venue, readonly SessionTable[]>> = { KRX: KRX_SESSIONS, NXT: NXT_SESSIONS };
/** A break of the exchanges is never longer: the search for the next phase ends here. */
const LONGEST_BREAK_DAYS = 30;

/**
 * When KRX and NXT trade. What differs from the holidays that are known (through 2027) is given when it is made.
 *
 * @example
 * ```ts
 * import { assert } from "../core/errors.ts";
 * import { MarketCalendar } from "./calendar.ts";
 * const calendar = new MarketCalendar();
 * const noon = Date.parse("2026-11-23T12:00:00+09:00");
 * assert(calendar.phaseAt("KRX", noon).phase === "continuous", "KRX trades at noon");
 * ```
 */
export class MarketCalendar {
  readonly #holidays: ReadonlySet<string>;

  /** @param changes holidays as YYYYMMDD; with a minus before it, a day on which there is trading after all. */
  constructor(changes: readonly string[] = []) {
    const holidays = new Set(HOLIDAYS);
    for (const change of changes) {
      if (change.startsWith("-")) holidays.delete(change.slice(1));
      else holidays.add(change);
    }
    this.#holidays = holidays;
  }

  /** Whether there is trading on a day in Asia/Seoul (see `seoulDay`). */
  isTradingDay(day: number): boolean {
    const weekday = weekdayOf(day);
    return weekday !== 0 && weekday !== 6 && !this.#holidays.has(dateOfDay(day));
  }

  /** The last trading day before a day. */
  previousTradingDay(day: number): number {
    for (let before = day - 1;; before--) {
      if (this.isTradingDay(before)) return before;
    }
  }

  /** The phase of a marketplace at a time. */
  phaseAt(venue: Venue, at: number): PhaseAt {
    const day = seoulDay(at);
    for (let ahead = 0; ahead <= LONGEST_BREAK_DAYS; ahead++) {
      for (const span of this.#spans(venue, day + ahead)) {
        if (at < span.start) return { phase: "closed", until: span.start };
        if (at < span.end) return { phase: span.phase, until: span.end };
      }
    }
    return { phase: "closed", until: startOfSeoulDay(day) + LONGEST_BREAK_DAYS * DAY_MS };
  }

  /**
   * Whether a feed should be connected: from `leadMs` before the first phase of any of the marketplaces to the end of
   * their last one that day; and when that changes next, epoch ms.
   */
  feedTime(
    venues: readonly Venue[],
    at: number,
    leadMs: number,
  ): { readonly open: boolean; readonly until: number } {
    const day = seoulDay(at);
    for (let ahead = 0; ahead <= LONGEST_BREAK_DAYS; ahead++) {
      const spans = venues.flatMap((venue) => this.#spans(venue, day + ahead));
      if (spans.length === 0) continue;
      const start = Math.min(...spans.map((span) => span.start)) - leadMs;
      const end = Math.max(...spans.map((span) => span.end));
      if (at < start) return { open: false, until: start };
      if (at < end) return { open: true, until: end };
    }
    return { open: false, until: at + DAY_MS };
  }

  #spans(venue: Venue, day: number): readonly Span[] {
    if (!this.isTradingDay(day)) return [];
    const table = SESSIONS[venue].find((one) => day >= (dayOfDate(one.from) as number));
    return (table?.phases ?? []).flatMap((row) => spanOf(row, day) ?? []);
  }
}

/** Undefined: that day the phase is not. */
function spanOf(row: PhaseRow, day: number): Span | undefined {
  const shift = shiftOf(day);
  const isLate = shift.open > 0;
  if (isLate && row.phase === "pre_market") return undefined;
  const startMin = BEFORE_CLOSE.has(row.phase) ? shift.open : shift.close;
  const endMin = row.phase === "opening_auction" ? shift.open : LAST.has(row.phase) ? 0 : shift.close;
  const midnight = startOfSeoulDay(day);
  return {
    phase: row.phase,
    start: midnight + (timeOfHour(row.start) as number) + startMin * 60_000,
    end: midnight + (timeOfHour(row.end) as number) + endMin * 60_000,
  };
}

/** Phases that begin before the regular session's closing auction: a late opening moves their beginning. */
const BEFORE_CLOSE: ReadonlySet<Phase> = new Set(["pre_market", "opening_auction", "continuous"]);
/** The day's last phases: they end at their usual time on a late day too. */
const LAST: ReadonlySet<Phase> = new Set(["after_hours_auction", "after_market"]);
