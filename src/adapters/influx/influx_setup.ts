import { logger } from "../../telemetry/log.ts";
import { OutsideError } from "../../core/errors.ts";
import type { InfluxApi } from "./influx_api.ts";
import { candleBucket, candleTasks, type InfluxTask } from "./influx_flux.ts";

/** What is to be there. */
export interface InfluxLayout {
  readonly org: string;
  readonly bucket: string;
  /** Days that ticks are kept. */
  readonly tickDays: number;
  /** Days that candles are kept. */
  readonly candleDays: number;
}

interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly retentionRules: readonly { readonly everySeconds: number }[];
}

const DAY_S = 86_400;
const log = logger("influx");

/**
 * Makes what is missing in InfluxDB: the buckets of ticks and candles with their retention, and the downsampling tasks.
 * What is there is brought up to date.
 *
 * @throws {OutsideError} when InfluxDB cannot be reached, shows this token no such organisation, or does not let it.
 */
export async function layOutInflux(api: InfluxApi, layout: InfluxLayout): Promise<void> {
  const orgID = await organisation(api, layout.org);
  await ensureBucket(api, { orgID, name: layout.bucket, days: layout.tickDays });
  await ensureBucket(api, { orgID, name: candleBucket(layout.bucket), days: layout.candleDays });
  await ensureTasks(api, orgID, candleTasks(layout.bucket));
}

/**
 * The same with whatever token there is: with one that may not do so writing goes on, because `tickbell topics create` or an
 * administrator has made them.
 *
 * @throws {OutsideError} when InfluxDB cannot be reached or shows neither the organisation nor the bucket.
 */
export async function setupInflux(api: InfluxApi, layout: InfluxLayout): Promise<void> {
  try {
    await layOutInflux(api, layout);
  } catch (thrown) {
    if (!(thrown instanceof OutsideError)) throw thrown;
    // A token of the buckets alone does not see their organisation.
    if (thrown.code === "influx_not_found" && await bucketNamed(api, { name: layout.bucket }) !== undefined) {
      return;
    }
    if (thrown.code !== "influx_unauthorized") throw thrown;
    log.warn("cannot check InfluxDB's buckets and tasks with this token: {reason}", {
      reason: thrown.message,
    });
  }
}

async function organisation(api: InfluxApi, name: string): Promise<string> {
  const { orgs } = await api.json<{ orgs: { id: string }[] }>(
    "GET",
    `/api/v2/orgs?${new URLSearchParams({ org: name })}`,
  );
  const id = orgs[0]?.id;
  if (id !== undefined) return id;
  throw new OutsideError(
    "influx_not_found",
    `InfluxDB has no organisation ${name}, or this token may not see it; check TICKBELL_INFLUX_ORG`,
    { retryable: false },
  );
}

async function ensureBucket(
  api: InfluxApi,
  wanted: { readonly orgID: string; readonly name: string; readonly days: number },
): Promise<void> {
  const { orgID, name, days } = wanted;
  const retentionRules = [{
    type: "expire",
    everySeconds: days * DAY_S,
    shardGroupDurationSeconds: shardOf(days),
  }];
  const found = await bucketNamed(api, { orgID, name });
  if (found === undefined) {
    await api.json("POST", "/api/v2/buckets", { orgID, name, retentionRules });
    log.info("made the bucket {name}, kept {days} days", { name, days });
  } else if (found.retentionRules[0]?.everySeconds !== days * DAY_S) {
    await api.json("PATCH", `/api/v2/buckets/${found.id}`, { retentionRules });
    log.info("the bucket {name} is now kept {days} days", { name, days });
  }
}

/** How long one shard is: InfluxDB's own choice, which it does not make again when the retention changes. */
function shardOf(days: number): number {
  if (days < 2) return 3600;
  return days < 180 ? DAY_S : 7 * DAY_S;
}

async function bucketNamed(
  api: InfluxApi,
  where: Readonly<Record<string, string>>,
): Promise<Bucket | undefined> {
  try {
    const query = new URLSearchParams(where);
    return (await api.json<{ buckets: Bucket[] }>("GET", `/api/v2/buckets?${query}`)).buckets[0];
  } catch (thrown) {
    if (thrown instanceof OutsideError && thrown.code === "influx_not_found") return undefined;
    throw thrown;
  }
}

async function ensureTasks(api: InfluxApi, orgID: string, wanted: readonly InfluxTask[]): Promise<void> {
  const query = new URLSearchParams({ orgID, limit: "500" });
  const { tasks } = await api.json<{ tasks: { id: string; name: string; flux: string }[] }>(
    "GET",
    `/api/v2/tasks?${query}`,
  );
  for (const { name, flux } of wanted) {
    const found = tasks.find((task) => task.name === name);
    if (found === undefined) await api.json("POST", "/api/v2/tasks", { orgID, flux, status: "active" });
    else if (found.flux !== flux) await api.json("PATCH", `/api/v2/tasks/${found.id}`, { flux });
  }
}
