/**
 * The notifier as an AWS Lambda function on Node 22, for a self-managed Kafka event source on the alerts topic and a
 * schedule that has the digests sent; bundled by `deno task lambda`. Settings are environment variables, as everywhere:
 * `TICKBELL_MAIL_FROM`, `TICKBELL_LEDGER_TABLE`, ….
 *
 * @module
 */
import process from "node:process";
import { DynamoDeliveryStore } from "../adapters/dynamodb/delivery_store.ts";
import {
  type BatchItemFailures,
  batchItemFailures,
  isScheduledEvent,
  type KafkaEventRecord,
  readKafkaEvent,
} from "../adapters/lambda/kafka_event.ts";
import { readSecretField } from "../adapters/secrets_manager/secret_field.ts";
import { SesChannel } from "../adapters/ses/ses_channel.ts";
import { missingLinks } from "./consent_policy.ts";
import { sealsOf } from "./seal_keys.ts";
import type { Seals } from "../books/sealed_log.ts";
import { deliverySettings } from "../config/delivery.ts";
import { lambdaSettings } from "../config/lambda.ts";
import { loadConfig } from "../config/load.ts";
import { systemClock } from "../core/clock.ts";
import type { Channel } from "../ports/channel.ts";
import { type DeliveryConfig, notifierOptions, openChannels } from "./open_channels.ts";
import { BatchNotifier, type Counts } from "../roles/lambda/notifier_batch.ts";

const settings = { ...deliverySettings, ...lambdaSettings };

/** What Lambda gives beside the event. */
interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A rotated secret is in use after this time at the latest, in ms. */
const RENEW_MS = 600_000;

/** What handles events, as the settings and secrets say. */
interface Current {
  readonly notifier: BatchNotifier;
  /** Undefined: every record is believed. */
  readonly seals: Seals | undefined;
}

let current: Current | undefined;
let madeAt = 0;

/**
 * Handles the alerts of one event, of any number of partitions.
 *
 * @returns those that are to come again; or a schedule's.
 */
export async function handler(event: unknown, context: LambdaContext): Promise<BatchItemFailures> {
  const deadline = systemClock.now() + context.getRemainingTimeInMillis();
  const said = (level: "info" | "warn", message: string, counts: Counts) =>
    console.log(JSON.stringify({ level, message, requestId: context.awsRequestId, ...counts }));
  if (isScheduledEvent(event)) {
    said("info", "what is due", await (await currentNotifier()).notifier.tick(deadline));
    return batchItemFailures([]);
  }
  const current = await currentNotifier();
  const all = readKafkaEvent(event);
  const records = believed(all, current.seals);
  if (records.length < all.length) {
    said("warn", "records without our seal were passed over", { unsealed: all.length - records.length });
  }
  const { unfinished, counts } = await current.notifier.handle(records, deadline);
  const level = unfinished.length === 0 ? "info" : "warn";
  said(level, `${records.length} alerts, ${unfinished.length} to come again`, counts);
  return batchItemFailures(unfinished);
}

/** The alerts that somebody wrote who has the log's secret. */
function believed(
  records: readonly KafkaEventRecord[],
  seals: Seals | undefined,
): readonly KafkaEventRecord[] {
  if (seals === undefined) return records;
  return records.filter((record) => seals.isGood({ ...record, topic: "alerts" }));
}

async function currentNotifier(): Promise<Current> {
  if (current === undefined || systemClock.now() - madeAt >= RENEW_MS) {
    current = await makeNotifier();
    madeAt = systemClock.now();
  }
  return current;
}

async function makeNotifier(): Promise<Current> {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
  const config = loadConfig(settings, { flags: {}, env });
  const { sesRegion: region } = config;
  const webhookSecret = await secretOf(config.webhookSecret, config.webhookSecretArn, region);
  const linkSecret = await secretOf(config.linkSecret, config.linkSecretArn, region);
  const logSecret = await secretOf(config.logSecret, config.logSecretArn, region);
  const whole = { ...config, mail: "ses" as const, dataDir: "", webhookSecret, linkSecret };
  const missing = missingLinks(whole);
  if (missing !== undefined) console.log(JSON.stringify({ level: "warn", message: missing }));
  const endpoint = config.dynamodbEndpoint === undefined ? {} : { endpoint: config.dynamodbEndpoint };
  const notifier = new BatchNotifier({
    store: new DynamoDeliveryStore({ table: config.ledgerTable, region, ...endpoint }),
    channels: await openChannels(whole, openSes),
    clock: systemClock,
    random: Math.random,
    ...notifierOptions(whole),
  });
  return { notifier, seals: sealsOf({ ...config, logSecret }) };
}

/** Mail goes out by SES only: there is no disk for an outbox, and no port for SMTP. */
function openSes({ sesRegion: region, sesEndpoint, mailFrom: from }: DeliveryConfig): Promise<Channel> {
  const endpoint = sesEndpoint === undefined ? {} : { endpoint: sesEndpoint };
  return Promise.resolve(new SesChannel({ region, from, ...endpoint }));
}

/** A secret as it was given, or from Secrets Manager: a function's variables are readable to whoever may examine it. */
async function secretOf(
  given: string | undefined,
  secret: string | undefined,
  region: string,
): Promise<string | undefined> {
  if (given !== undefined || secret === undefined) return given;
  return await readSecretField({ secret, field: "secret", region });
}
