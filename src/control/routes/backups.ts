import { type Route, route } from "./route_table.ts";
import { HttpProblem } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import { BackupView } from "../schemas/operations.ts";

const makeBackup = route({
  method: "post",
  path: "/v1/backups",
  operationId: "makeBackup",
  summary: "Copy the data directory's log and prices into its folder backups, while everything goes on",
  description: "With the embedded log only; Kafka's and InfluxDB's own tools back up theirs.",
  tag: "operations",
  access: "operator",
  idempotent: false,
  answers: { 201: { description: "Where it is", schema: BackupView } },
  failures: [409],
}, async ({ c, who }, { deps, topics }) => {
  if (deps.backup === undefined) {
    throw new HttpProblem(
      409,
      "no_data_directory",
      "There is nothing to back up here: the log is not a file",
    );
  }
  const made = await deps.backup();
  const entry = { action: "backup.made", target: made.folder, before: null, after: { files: made.files } };
  await topics.append([], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json(made, 201);
});

/** Backups of a data directory, where this process has one. They have everybody's rules, so operators only. */
export const BACKUP_ROUTES: readonly Route[] = [
  makeBackup,
];
