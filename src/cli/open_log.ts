import type { KafkaLogOptions } from "../adapters/kafka/event_log.ts";
import type { TopicPlan } from "../adapters/kafka/topic_settings.ts";
import type { commonSettings } from "../config/common.ts";
import { type logSettings, topicNames } from "../config/log.ts";
import type { Values } from "../config/setting.ts";
import { sealsOf } from "./seal_keys.ts";
import { SealedLog } from "../books/sealed_log.ts";
import { messageOf } from "../core/errors.ts";
import type { EventLog } from "../ports/event_log.ts";
import { DAY_MS } from "../market/seoul_time.ts";
import { badSetting } from "./bad_setting.ts";

const HOUR_MS = 3_600_000;

/** The settings the event log needs: its own group, and the data directory. */
export type LogConfig = Values<typeof logSettings> & Pick<Values<typeof commonSettings>, "dataDir">;

/**
 * The event log that is configured: Kafka when there are brokers, else the embedded one in the data directory. With
 * Kafka it returns at once; brokers that are away are reported by its health.
 *
 * @throws {InputError} `bad_configuration`
 * @throws {OutsideError} when the embedded log cannot be opened.
 */
export async function openLog(
  config: LogConfig,
  deps: Pick<KafkaLogOptions, "clock" | "random" | "stopping" | "together">,
): Promise<EventLog> {
  // Each is loaded when it is needed: nobody has both, and Kafka's brings native code, for which an embedded start has no
  // permission.
  if (config.brokers.length === 0) {
    const { openEmbeddedLog } = await import("./open_embedded_log.ts");
    const { prepareDataDir } = await import("./data_dir.ts");
    return await openEmbeddedLog(await prepareDataDir(config.dataDir), { clock: deps.clock });
  }
  const { openKafkaLog } = await import("../adapters/kafka/event_log.ts");
  return sealed(await openKafkaLog({ ...await kafkaConnection(config), ...deps }), config);
}

/** The log whose records are believed with a seal alone, where there is a secret; without one, as it is. */
function sealed(
  log: EventLog,
  config: Pick<Values<typeof logSettings>, "logSecret" | "acceptUnsealed">,
): EventLog {
  const seals = sealsOf(config);
  return seals === undefined ? log : new SealedLog(log, seals);
}

/**
 * How to reach Kafka.
 *
 * @throws {InputError} that names the setting that is wrong.
 */
export async function kafkaConnection(
  config: Values<typeof logSettings>,
): Promise<Omit<KafkaLogOptions, "clock" | "random" | "stopping" | "together">> {
  return {
    brokers: config.brokers,
    topics: topicNames(config),
    groupPrefix: config.groupPrefix,
    ...await kafkaSignIn({ ...config, setting: "--brokers" }),
  };
}

/** What of the settings says how to sign in to brokers. */
type SignInConfig = Pick<
  Values<typeof logSettings>,
  | "brokers"
  | "kafkaTls"
  | "kafkaCaFile"
  | "kafkaSaslMechanism"
  | "kafkaSaslUsername"
  | "kafkaSaslPassword"
>;

/**
 * How to sign in to brokers.
 *
 * @throws {InputError} `bad_configuration`; `setting` is the flag that names the brokers.
 */
export async function kafkaSignIn(
  config: SignInConfig & { readonly setting: string },
): Promise<Pick<KafkaLogOptions, "tls" | "sasl">> {
  const bad = config.brokers.find((broker) => !/^[^:\s]+:\d{1,5}$/.test(broker));
  if (bad !== undefined) throw badSetting(config.setting, "must be HOST:PORT separated by commas", bad);
  const ca = config.kafkaCaFile === undefined ? undefined : await readAuthority(config.kafkaCaFile);
  const sasl = saslOf(config);
  return {
    ...(config.kafkaTls || ca !== undefined ? { tls: ca === undefined ? true : { ca: [ca] } } : {}),
    ...(sasl ? { sasl } : {}),
  };
}

/**
 * How the topics are to be.
 *
 * @throws {InputError} that names the setting that is wrong.
 */
export function topicPlan(config: Values<typeof logSettings>): TopicPlan {
  if (config.minInsyncReplicas > config.replicationFactor) {
    const reason = `must not be above the replication factor, ${config.replicationFactor}`;
    throw badSetting("--min-insync-replicas", reason, config.minInsyncReplicas);
  }
  return {
    partitions: config.partitions,
    replicationFactor: config.replicationFactor,
    minInsyncReplicas: config.minInsyncReplicas,
    retentionMs: retentionOf(config),
  };
}

/** How long Kafka keeps what topics have, ms. */
export function retentionOf(
  { retentionHours, alertRetentionDays, candleRetentionDays, auditRetentionDays }: Pick<
    Values<typeof logSettings>,
    "retentionHours" | "alertRetentionDays" | "candleRetentionDays" | "auditRetentionDays"
  >,
): TopicPlan["retentionMs"] {
  return {
    prices: retentionHours * HOUR_MS,
    decisions: alertRetentionDays * DAY_MS,
    candles: candleRetentionDays * DAY_MS,
    audit: auditRetentionDays * DAY_MS,
  };
}

function saslOf(config: SignInConfig): KafkaLogOptions["sasl"] {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username, kafkaSaslPassword: password } = config;
  if (mechanism === "none") return undefined;
  if (username === undefined) {
    throw badSetting("--kafka-sasl-username", "is needed with --kafka-sasl-mechanism");
  }
  if (password === undefined) {
    throw badSetting("--kafka-sasl-password", "is needed with --kafka-sasl-mechanism");
  }
  return { mechanism, username, password };
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (thrown) {
    throw badSetting("--kafka-ca-file", `cannot be read: ${messageOf(thrown)}`, file);
  }
}
