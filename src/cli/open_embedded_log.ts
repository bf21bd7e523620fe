import { openSqliteLog, type SqliteEventLog } from "../adapters/sqlite/event_log.ts";
import type { LogRetention } from "../adapters/sqlite/event_log_retention.ts";
import { type Clock, systemClock } from "../core/clock.ts";

/** How many partitions the embedded log has: one core does the work, more would only add engines. */
export const EMBEDDED_PARTITIONS = 2;

/** The event log of the data directory. */
export function openEmbeddedLog(
  dataDir: string,
  { clock = systemClock, retention = {} }: {
    readonly clock?: Clock;
    readonly retention?: Partial<LogRetention>;
  } = {},
): Promise<SqliteEventLog> {
  const path = `${dataDir}/events.db`;
  return openSqliteLog({ path, partitions: EMBEDDED_PARTITIONS, clock, retention });
}
