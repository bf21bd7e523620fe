import { openSqliteLog } from "../adapters/sqlite/event_log.ts";
import { systemClock } from "../core/clock.ts";
import { twoControlsContract } from "../../tests/contract/two_controls.ts";
import { withControl } from "../../tests/support/control.ts";

twoControlsContract("two controls over SQLite", async (body) => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 3, clock: systemClock });
  try {
    await withControl((a) => withControl((b) => body(a, b), { log }), { log });
  } finally {
    await log.close();
  }
});
