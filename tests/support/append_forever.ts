/** Appends to a SQLite log for ever, printing each acknowledged value on a line: to be killed by a test. */
import { systemClock } from "../../src/core/clock.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";

const [path = "", name = ""] = Deno.args;
const log = await openSqliteLog({ path, partitions: 2, clock: systemClock });
for (let at = 0;; at++) {
  const topic = at % 2 === 0 ? "trades" : "alerts";
  const value = `${name}-${at}`;
  await log.append([{ topic, key: `${at}`, value, timestamp: at }]);
  console.log(value);
}
