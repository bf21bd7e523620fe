import type { mirrorSettings } from "../config/lambda.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";
import type { EventLog } from "../ports/event_log.ts";
import { LedgerMirror } from "../roles/lambda/ledger_mirror.ts";
import type { Health } from "../telemetry/health.ts";

/** What copies between the event log and a Lambda's table; undefined where no Lambda delivers. */
export async function openMirror(
  config: Values<typeof mirrorSettings>,
  parts: { readonly log: EventLog; readonly clock: Clock; readonly health: Health },
): Promise<LedgerMirror | undefined> {
  const { lambdaTable: table, sesRegion: region, dynamodbEndpoint } = config;
  if (table === undefined) return undefined;
  // Amazon's client is large: it is loaded where it is used.
  const { DynamoDeliveryMirror } = await import("../adapters/dynamodb/delivery_mirror.ts");
  const endpoint = dynamodbEndpoint === undefined ? {} : { endpoint: dynamodbEndpoint };
  const store = new DynamoDeliveryMirror({ table, region, ...endpoint });
  return new LedgerMirror({ ...parts, store, owner: crypto.randomUUID() });
}
