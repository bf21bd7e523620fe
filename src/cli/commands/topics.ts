import { logSettings, topicNames } from "../../config/log.ts";
import { seriesSettings } from "../../config/series.ts";
import { growLog } from "../../books/grow_log.ts";
import type { EventLog } from "../../ports/event_log.ts";
import {
  aclsOf,
  aclsOfLambda,
  LAMBDA_USER,
  type RoleAcl,
  ROLES_OF_THE_LOG,
} from "../../ports/role_rights.ts";
import { type Topic, TOPIC_SPECS, TOPICS } from "../../ports/topics.ts";
import { flag, optionalText, type Values } from "../../config/setting.ts";
import { InputError } from "../../core/errors.ts";
import { command } from "../command.ts";
import { commonSettings } from "../../config/common.ts";
import { adoptUnsealed } from "../../books/adopt_unsealed.ts";
import { systemClock } from "../../core/clock.ts";
import { sealsOf } from "../seal_keys.ts";
import { kafkaConnection, openLog, topicPlan } from "../open_log.ts";

const settings = { ...logSettings };

const createSettings = {
  ...settings,
  ...seriesSettings,
  allowRoles: flag({
    description:
      "Also allow each role, as the user of its name, exactly what it needs; the brokers must have ACLs.",
  }),
};

/** `tickbell topics create`: makes the topics that are missing, and reports those that are not as configured. */
export const topicsCreateCommand = command({
  name: "topics create",
  summary:
    "Make Kafka's topics that are missing, and InfluxDB's buckets and tasks; report topics that differ",
  settings: createSettings,
  examples: [
    "tickbell topics create --brokers kafka-1:9092,kafka-2:9092,kafka-3:9092",
    "tickbell topics create --brokers localhost:9092 --replication-factor 1 --min-insync-replicas 1",
  ],
  async run({ config, out }) {
    needBrokers(config);
    const { createTopics } = await kafkaTopics();
    const created = await createTopics(await kafkaConnection(config), topicPlan(config));
    for (const name of created) out(`created ${name}`);
    if (config.allowRoles) {
      const { allowExactly } = await import("../../adapters/kafka/acls.ts");
      const { added, removed } = await allowExactly(await kafkaConnection(config), rightsOf(config));
      out(`rights of the roles: ${added} added, ${removed} taken away`);
    }
    await layOutPrices(config, out);
    return await reportDifferences(config, out);
  },
});

/** With a token that may make buckets and tasks, so that the consumer's need not. */
async function layOutPrices(
  config: Values<typeof seriesSettings>,
  out: (line: string) => void,
): Promise<void> {
  const { influxUrl: url, influxToken: token, influxOrg: org, influxBucket: bucket } = config;
  if (url === undefined || token === undefined) return;
  const { InfluxApi } = await import("../../adapters/influx/influx_api.ts");
  const { layOutInflux } = await import("../../adapters/influx/influx_setup.ts");
  const { seriesTickDays: tickDays, seriesCandleDays: candleDays } = config;
  await layOutInflux(new InfluxApi({ url, token, org }), { org, bucket, tickDays, candleDays });
  out(`InfluxDB's buckets ${bucket} and ${bucket}-candles and their tasks are as configured`);
}

/** `tickbell topics check`: changes nothing. */
export const topicsCheckCommand = command({
  name: "topics check",
  summary: "Compare Kafka's topics with the configuration; exit code 1 when they differ",
  settings,
  examples: ["tickbell topics check --brokers kafka-1:9092"],
  run({ config, out }) {
    needBrokers(config);
    return reportDifferences(config, out);
  },
});

const growSettings = {
  ...logSettings,
  suffix: optionalText({
    placeholder: "TEXT",
    description:
      "Put behind the names of the topics to make the new ones' names; .N for N partitions by default.",
  }),
};

/** `tickbell topics grow`: takes everything into new topics with another number of partitions. */
export const topicsGrowCommand = command({
  name: "topics grow",
  summary:
    "Take rules, alerts, deliveries and what is unread into new topics with --partitions; roles must be stopped",
  settings: growSettings,
  examples: ["tickbell topics grow --partitions 12 --brokers kafka-1:9092,kafka-2:9092,kafka-3:9092"],
  async run({ config, out, err }) {
    needBrokers(config);
    const old = await kafkaConnection(config);
    const suffix = config.suffix ?? `.${config.partitions}`;
    const names = grownNames(old.topics, suffix);
    const { busyGroups, createTopics } = await kafkaTopics();
    const groups = GROUPS.map((group) => `${config.groupPrefix}${group}`);
    const busy = await busyGroups(old, groups);
    if (busy.length > 0) {
      err(
        `stop the roles first (all of them, the producer and control too): ${busy.join(", ")} have members`,
      );
      return 1;
    }
    const grown = { ...old, topics: names };
    for (const name of await createTopics(grown, topicPlan(config))) out(`created ${name}`);
    const { openKafkaLog } = await import("../../adapters/kafka/event_log.ts");
    const deps = { clock: systemClock, random: Math.random };
    const from = await openKafkaLog({ ...old, ...deps, anyPartitions: true });
    const to = await openKafkaLog({ ...grown, ...deps });
    try {
      const full = await notEmpty(to);
      if (full.length > 0) {
        err(
          `${
            full.map((topic) => names[topic]).join(", ")
          } have records already: delete them, or choose a --suffix`,
        );
        return 1;
      }
      for (const [topic, count] of await growLog(from, to)) out(`${names[topic]}: ${count} records`);
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
    out("done. Start the roles with these settings, and delete the old topics once they are well:");
    out(`  TICKBELL_PARTITIONS=${config.partitions}`);
    for (const topic of GROWN) out(`  TICKBELL_TOPIC_${topic.toUpperCase()}=${names[topic]}`);
    return 0;
  },
});

/** The topics that are spread by symbol. */
const GROWN = TOPICS.filter((topic) => TOPIC_SPECS[topic].spread === "by symbol");
const GROUPS = ["stream", "consumer", "notifier", "control"];

function grownNames(names: Readonly<Record<Topic, string>>, suffix: string): Readonly<Record<Topic, string>> {
  return { ...names, ...Object.fromEntries(GROWN.map((topic) => [topic, names[topic] + suffix])) };
}

async function notEmpty(log: EventLog): Promise<readonly Topic[]> {
  const full: Topic[] = [];
  for (const topic of GROWN) {
    for (let partition = 0; partition < await log.partitions(topic); partition++) {
      if ((await log.bounds(topic, partition)).end === 0) continue;
      full.push(topic);
      break;
    }
  }
  return full;
}

/** What each user must be allowed: the roles, and the Lambda's event source. */
function rightsOf(config: Values<typeof settings>): ReadonlyMap<string, readonly RoleAcl[]> {
  const names = { topics: topicNames(config), groupPrefix: config.groupPrefix };
  return new Map([
    ...ROLES_OF_THE_LOG.map((role) => [role, aclsOf(role, names)] as const),
    [LAMBDA_USER, aclsOfLambda(names)] as const,
  ]);
}

/** `tickbell topics acls`: what to allow whom. */
export const topicsAclsCommand = command({
  name: "topics acls",
  summary: "Print the commands of Kafka that allow each role what it needs and no more",
  settings,
  examples: ["tickbell topics acls --brokers kafka-1:9092 | sh"],
  run({ config, out }) {
    needBrokers(config);
    for (const [user, acls] of rightsOf(config)) {
      for (const { resource, name, operation } of acls) {
        out(
          `kafka-acls.sh --bootstrap-server ${
            config.brokers.join(",")
          } --add --allow-principal User:${user} ` +
            `--operation ${operation} --${resource} ${name}`,
        );
      }
    }
    return Promise.resolve(0);
  },
});

/** `tickbell topics seal`: adopts what stood before there was a secret. */
export const topicsSealCommand = command({
  name: "topics seal",
  summary:
    "Seal the records that stood before there was TICKBELL_LOG_SECRET: rules, control's own, deliveries",
  settings: { ...commonSettings, ...settings },
  examples: ["tickbell topics seal --brokers kafka-1:9092"],
  async run({ config, out, signal }) {
    needBrokers(config);
    const seals = sealsOf(config);
    if (seals === undefined) {
      const reason = "is needed: it is what records are sealed with";
      throw new InputError("bad_configuration", [{ field: "--log-secret", code: "missing", reason }]);
    }
    const deps = { clock: systemClock, random: Math.random, stopping: signal };
    const log = await openLog({ ...config, logSecret: undefined }, deps);
    try {
      const counts = await adoptUnsealed(log, seals);
      for (const [topic, count] of counts) out(`${topic}: ${count} records sealed`);
      return 0;
    } finally {
      await log.close();
    }
  },
});

async function reportDifferences(
  config: Values<typeof settings>,
  out: (line: string) => void,
): Promise<number> {
  const { checkTopics } = await kafkaTopics();
  const differences = await checkTopics(await kafkaConnection(config), topicPlan(config));
  for (const { name, what, wanted, found } of differences) {
    out(
      what === "missing"
        ? `${name}: missing`
        : `${name}: ${what} is ${found || "unset"}, configured ${wanted}`,
    );
  }
  if (differences.length === 0) out("all topics are as configured");
  return differences.length === 0 ? 0 : 1;
}

function needBrokers(config: Values<typeof settings>): void {
  if (config.brokers.length > 0) return;
  throw new InputError("bad_configuration", [{
    field: "--brokers",
    code: "missing",
    reason: "is needed: the embedded log makes its topics itself",
  }]);
}

/** Loaded when it is needed: it brings native code, which other commands have no permission for. */
function kafkaTopics() {
  return import("../../adapters/kafka/topics.ts");
}
