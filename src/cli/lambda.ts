/**
 * The notifier as an AWS Lambda function on Node 22, for a self-managed Kafka event source on the alerts topic; bundled
 * by `deno task lambda`. Settings are environment variables, as everywhere: `TICKBELL_MAIL_FROM`,
 * `TICKBELL_LEDGER_TABLE`, ….
 *
 * @module
 */
import process from "node:process";
import { DynamoDeliveryStore } from "../adapters/dynamodb/delivery_store.ts";
import { type BatchItemFailures, batchItemFailures, readKafkaEvent } from "../adapters/lambda/kafka_event.ts";
import { SesChannel } from "../adapters/ses/ses_channel.ts";
import { SlackChannel } from "../adapters/slack/slack_channel.ts";
import { TelegramChannel } from "../adapters/telegram/telegram_channel.ts";
import { WebhookChannel } from "../adapters/webhook/webhook_channel.ts";
import { linksOf } from "../alerts/links.ts";
import { deliverySettings } from "../config/delivery.ts";
import { lambdaSettings } from "../config/lambda.ts";
import { loadConfig } from "../config/load.ts";
import { systemClock } from "../core/clock.ts";
import type { Channel } from "../ports/channel.ts";
import { BatchNotifier } from "../roles/notifier_batch.ts";

const settings = { ...deliverySettings, ...lambdaSettings };

/** What Lambda gives beside the event. */
interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

let notifier: BatchNotifier | undefined;

/** Handles the alerts of one event, of any number of partitions; answers those that are to come again. */
export async function handler(event: unknown, context: LambdaContext): Promise<BatchItemFailures> {
  const records = readKafkaEvent(event);
  notifier ??= makeNotifier();
  const deadline = systemClock.now() + context.getRemainingTimeInMillis();
  const { unfinished, counts } = await notifier.handle(records, deadline);
  console.log(JSON.stringify({
    level: unfinished.length === 0 ? "info" : "warn",
    message: `${records.length} alerts, ${unfinished.length} to come again`,
    requestId: context.awsRequestId,
    ...counts,
  }));
  return batchItemFailures(unfinished);
}

function makeNotifier(): BatchNotifier {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
  const config = loadConfig(settings, { flags: {}, env }, settings);
  const { sesRegion: region } = config;
  const channels: Channel[] = [
    new SesChannel({
      region,
      from: config.mailFrom,
      ...(config.sesEndpoint === undefined ? {} : { endpoint: config.sesEndpoint }),
    }),
    new SlackChannel({ base: config.slackApi }),
  ];
  if (config.webhookSecret !== undefined) channels.push(new WebhookChannel({ secret: config.webhookSecret }));
  if (config.telegramToken !== undefined) {
    channels.push(new TelegramChannel({ token: config.telegramToken, base: config.telegramApi }));
  }
  const { consoleUrl, linkSecret: secret } = config;
  return new BatchNotifier({
    store: new DynamoDeliveryStore({
      table: config.ledgerTable,
      region,
      ...(config.dynamodbEndpoint === undefined ? {} : { endpoint: config.dynamodbEndpoint }),
    }),
    channels,
    clock: systemClock,
    random: Math.random,
    unknown: config.unknownOutcome,
    maxAttempts: config.deliveryAttempts,
    ...(consoleUrl === undefined
      ? {}
      : { links: linksOf({ consoleUrl, ...(secret === undefined ? {} : { secret }) }) }),
  });
}
