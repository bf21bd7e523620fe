import { marketSessionStarts } from "../../market/market_session.ts";
import { MINUTE_MS, type MinuteSum } from "../../market/minute_sum.ts";
import { DAY_MS, SEOUL_OFFSET_MS, seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import type { Trade } from "../../market/trade.ts";
import type { Param } from "../condition.ts";
import type { ParamSpec, Progress, Snapshot } from "./measure.ts";

/** A symbol's minutes as a snapshot finds them. */
export interface Minutes {
  /** The snapshot's own minute, epoch ms / 60,000. */
  readonly now: number;
  /**
   * The minutes up to `now` that have trades, ascending, the snapshot's own trade among them. A minute counts as the stream
   * closed it: see `MinuteCandle`.
   */
  readonly sums: readonly MinuteSum[];
}

/** The parameter of a measure of the last minutes: 1m to 60m. */
const LENGTH: ParamSpec = { name: "length", words: Array.from({ length: 60 }, (_, at) => `${at + 1}m`) };

/** What all measures of the last minutes have in common: they look back within a day. */
export const LAST_MINUTES = { params: [LENGTH], need: "candles", lookBack: () => 0 } as const;

/** The minutes of a length such as `5m`. */
export function minutesIn(length: Param | undefined): number {
  return Number.parseInt(String(length));
}

/** Minutes since the epoch at which a day in Seoul begins. */
export function firstMinuteOf(day: number): number {
  return startOfSeoulDay(day) / MINUTE_MS;
}

/** The day in Seoul of a minute. */
export function dayOfMinute(minute: number): number {
  return Math.floor((minute * MINUTE_MS + SEOUL_OFFSET_MS) / DAY_MS);
}

/** The minutes of the snapshot's own day from one on to another, both included. */
export function today({ now, sums }: Minutes, from: number, to: number): readonly MinuteSum[] {
  const first = Math.max(from, firstMinuteOf(dayOfMinute(now)));
  return sums.filter(({ minute }) => minute >= first && minute <= to);
}

/**
 * The close of the last minute of today that had ended `length` minutes before the trade; undefined: there is none.
 */
export function closeBack({ minutes }: Snapshot, length: number): number | undefined {
  return minutes && today(minutes, 0, minutes.now - length - 1).at(-1)?.close;
}

/** How far there is a minute of today that had ended `length` minutes before the trade. */
export function pastMinutes({ minutes }: Snapshot, length: number): Progress {
  const first = minutes && today(minutes, 0, minutes.now)[0]?.minute;
  const passed = first === undefined || minutes === undefined ? 0 : minutes.now - first;
  return { have: Math.min(length + 1, passed), want: length + 1, of: "minutes since the day's first trade" };
}

/**
 * The shares of the last `length` minutes, the one that forms included. Undefined of a price that was asked for: nobody
 * knows what was traded.
 */
export function volumeOf({ minutes, trade }: Snapshot, length: number): number | undefined {
  if (minutes === undefined || trade.origin === "polled") return undefined;
  return sumOf(today(minutes, minutes.now - length + 1, minutes.now));
}

/** The shares traded in some pieces together. */
export function sumOf(sums: readonly MinuteSum[]): number {
  return sums.reduce((total, { volume }) => total + volume, 0);
}

/** The minute with which the market session of a trade began, by its venue's hours. */
export function sessionMinute({ venue, eventTime }: Trade): number {
  const day = seoulDay(eventTime);
  const sinceMidnight = eventTime - startOfSeoulDay(day);
  let from = 0;
  for (const start of marketSessionStarts(venue ?? "KRX", day)) {
    if (start.fromMs <= sinceMidnight) from = start.fromMs;
  }
  return Math.floor((startOfSeoulDay(day) + from) / MINUTE_MS);
}
