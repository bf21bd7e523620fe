import { z } from "zod";
import { DAY_MS } from "../market/seoul_time.ts";
import type { LogRecord, NewRecord } from "../ports/event_log.ts";
import { ownId, ownKey } from "./own_keys.ts";
import type { ProjectionReader } from "./projection.ts";
import { readJson } from "./read_json.ts";

/** What a self-check has evaluated again on a day. */
export interface CheckedDay {
  readonly rounds: number;
  /** Trades that were evaluated again. */
  readonly trades: number;
  /** Alerts that were missing, or should not have been there. */
  readonly differences: number;
}

/** What came of checks since a time: one process's of a day, or all on every day that is kept. */
export interface CheckedSpan extends CheckedDay {
  /** Those of the differences that are alerts that were missing. */
  readonly missed: number;
  /** When the first of the rounds ended, epoch ms. */
  readonly since: number;
}

/** How long a day's record is kept. */
const KEPT_MS = 35 * DAY_MS;

const count = z.number().int().nonnegative();
const stored = z.object({
  rounds: count,
  trades: count,
  differences: count,
  // Absent up to version 0.1.0: then each difference may be one that was missed, and the day began when it was written last.
  missed: count.optional(),
  since: count.optional(),
  at: count,
});
type StoredDay = z.output<typeof stored>;

/** The record of what one process's self-check has come to on a day, `YYYYMMDD`. */
export function checkedRecord(
  checked: CheckedSpan,
  { date, instance, at }: { readonly date: string; readonly instance: string; readonly at: number },
): NewRecord {
  return {
    topic: "status",
    key: ownKey("selfCheck", `${date}/${instance}`),
    value: JSON.stringify({ ...checked, at }),
    timestamp: at,
  };
}

/** What a record says of a day: what was checked, or that it is forgotten. */
interface CheckedNews {
  readonly id: string;
  readonly said: StoredDay | null;
}

/** What self-checks have come to, by day. */
export class CheckedDays implements ProjectionReader<CheckedNews> {
  readonly #days = new Map<string, StoredDay>();

  /** What all processes have checked on a day, `YYYYMMDD`. */
  of(date: string): CheckedDay {
    let [rounds, trades, differences] = [0, 0, 0];
    for (const [id, day] of this.#days) {
      if (!id.startsWith(`${date}/`)) continue;
      rounds += day.rounds;
      trades += day.trades;
      differences += day.differences;
    }
    return { rounds, trades, differences };
  }

  /** What all processes have checked on every day that is kept; undefined before the first round. */
  all(): CheckedSpan | undefined {
    if (this.#days.size === 0) return undefined;
    let [rounds, trades, differences, missed, since] = [0, 0, 0, 0, Infinity];
    for (const day of this.#days.values()) {
      rounds += day.rounds;
      trades += day.trades;
      differences += day.differences;
      missed += day.missed ?? day.differences;
      since = Math.min(since, day.since ?? day.at);
    }
    return { rounds, trades, differences, missed, since };
  }

  /** Tombstones of days that are long over. */
  surplus(now: number): readonly NewRecord[] {
    const over = [...this.#days].filter(([, { at }]) => at < now - KEPT_MS);
    return over.slice(0, 1_000).map(([id]) => ({
      topic: "status",
      key: ownKey("selfCheck", id),
      value: null,
      timestamp: now,
    }));
  }

  /** @throws {Error} for what is no such record. */
  decode({ key, value }: LogRecord): CheckedNews | undefined {
    const id = ownId("selfCheck", key);
    return id === undefined ? undefined : { id, said: value && readJson(value, stored) };
  }

  apply({ id, said }: CheckedNews): void {
    if (said === null) this.#days.delete(id);
    else this.#days.set(id, said);
  }
}
