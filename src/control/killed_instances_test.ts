import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock } from "../core/clock.ts";
import { killedControlsContract } from "../../tests/contract/killed_controls.ts";

killedControlsContract("controls over SQLite", async (body) => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 4, clock: systemClock });
  try {
    await body(log, () => Promise.resolve(log));
  } finally {
    await log.close();
  }
});
