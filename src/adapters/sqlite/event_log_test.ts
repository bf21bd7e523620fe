import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../core/clock.ts";
import { eventLogContract, PARTITIONS } from "../../../tests/contract/event_log.ts";
import { openSqliteLog } from "./event_log.ts";
import { rowId, streamOf } from "./event_log_schema.ts";

eventLogContract("SQLite", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-log-" });
  const path = `${folder}/log.sqlite`;
  const open = () => openSqliteLog({ path, partitions: PARTITIONS, clock: systemClock });
  const first = await open();
  let log = first;
  return {
    log: first,
    reopen: async () => {
      await log.close();
      return log = await open();
    },
    forget: async (topic, partition, before) => {
      // The file is the log's alone while it is open.
      await log.close();
      const stream = streamOf(topic, partition);
      const database = new DatabaseSync(path);
      database.prepare("DELETE FROM segment WHERE id >= ? AND id < ?").run(
        rowId(stream, 0),
        rowId(stream, before),
      );
      database.close();
      return log = await open();
    },
    close: async () => {
      await log.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
});
