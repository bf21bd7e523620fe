import type { upstreamSettings } from "../config/upstream.ts";
import { logSettings } from "../config/log.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/backoff.ts";
import { DAY_MS } from "../market/seoul_time.ts";
import { DEFAULT_RETENTION } from "../adapters/sqlite/event_log_retention.ts";
import type { LogRetention } from "../adapters/sqlite/event_log_retention.ts";
import type { EventLog } from "../ports/event_log.ts";
import { type Topic, TOPIC_SPECS, TOPICS } from "../ports/topics.ts";
import { FORWARDED, type Forwarded } from "../roles/forwarder/place.ts";
import { kafkaSignIn, retentionOf } from "./open_log.ts";
import { badSetting } from "./bad_setting.ts";

type UpstreamConfig = Values<typeof upstreamSettings>;

/** The way to a centre. */
export interface Upstream {
  /** The centre's log, with the box's own topics under its name. */
  readonly log: EventLog;
  readonly topics: readonly Forwarded[];
  /** Makes the box's topics there. @throws {OutsideError} */
  prepare(partitions: number): Promise<void>;
}

/** How long prices wait for a line that is away. */
const PRICES_MS = 8 * DAY_MS;
/** How long the centre keeps what boxes send: as `topics create` has it by default. */
const KEPT_MS = retentionOf({
  retentionHours: logSettings.retentionHours.default,
  alertRetentionDays: logSettings.alertRetentionDays.default,
  candleRetentionDays: logSettings.candleRetentionDays.default,
  auditRetentionDays: logSettings.auditRetentionDays.default,
});
const BOX = /^[A-Za-z0-9_-]{1,60}$/;

/**
 * The centre that is configured; undefined without one. It may be away: nothing waits for it.
 *
 * @throws {InputError} `bad_configuration`.
 */
export async function openUpstream(
  config: UpstreamConfig,
  deps: { readonly clock: Clock; readonly random: Random },
): Promise<Upstream | undefined> {
  if (config.upstream.length === 0) return undefined;
  if (!BOX.test(config.box)) {
    throw badSetting("--box", "must be 1 to 60 letters, digits, _ or -", config.box);
  }
  const { openKafkaLog } = await import("../adapters/kafka/event_log.ts");
  const { createTopics } = await import("../adapters/kafka/topics.ts");
  const connection = {
    ...await kafkaSignIn({ ...config, brokers: config.upstream, setting: "--upstream" }),
    brokers: config.upstream,
    topics: namesAtCentre(config.box),
    groupPrefix: `tickbell.${config.box}.`,
  };
  const { upstreamReplicas: replicationFactor } = config;
  return {
    log: await openKafkaLog({ ...connection, ...deps, anyPartitions: true }),
    topics: FORWARDED,
    prepare: async (partitions) => {
      const minInsyncReplicas = Math.min(2, replicationFactor);
      const plan = { partitions, replicationFactor, minInsyncReplicas, retentionMs: KEPT_MS };
      await createTopics(connection, plan, FORWARDED);
      // A notifier of the centre has a ledger of its own: what was open in the box's is the box's to end.
      const topics = { ...connection.topics, deliveries: ledgerAtCentre(config.box) };
      await createTopics({ ...connection, topics }, plan, ["deliveries"]);
    },
  };
}

/**
 * The names of topics: the box's own begin with its name, rules are the centre's. Nothing else is used there, and a log works
 * when all of its topics are there: the others are the rules' too.
 */
export function namesAtCentre(box: string): Readonly<Record<Topic, string>> {
  const isForwarded = (topic: Topic) => (FORWARDED as readonly Topic[]).includes(topic);
  const names = TOPICS.map((topic) => [
    topic,
    isForwarded(topic) ? `${box}.${TOPIC_SPECS[topic].name}` : TOPIC_SPECS.rules.name,
  ]);
  return Object.fromEntries(names) as Record<Topic, string>;
}

/** The ledger of a notifier at the centre that delivers a box's alerts. */
export function ledgerAtCentre(box: string): string {
  return `${box}.centre.deliveries`;
}

/** How long the box keeps what it has: with a centre long enough for a line that is away for a week. */
export function boxRetention({ upstream, logMaxMb }: UpstreamConfig): Partial<LogRetention> {
  const maxBytes = logMaxMb * 1024 * 1024;
  if (upstream.length === 0) return { maxBytes };
  return { maxBytes, ageMs: { ...DEFAULT_RETENTION.ageMs, prices: PRICES_MS } };
}
