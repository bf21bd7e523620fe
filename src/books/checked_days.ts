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

/** How long a day's record is kept. */
const KEPT_MS = 35 * DAY_MS;

const count = z.number().int().nonnegative();
const stored = z.object({ rounds: count, trades: count, differences: count, at: count });

/** The record of what one process's self-check has come to on a day, `YYYYMMDD`. */
export function checkedRecord(
  checked: CheckedDay,
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
  readonly said: (CheckedDay & { readonly at: number }) | null;
}

/** What self-checks have come to, by day. */
export class CheckedDays implements ProjectionReader<CheckedNews> {
  readonly #days = new Map<string, CheckedDay & { readonly at: number }>();

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
