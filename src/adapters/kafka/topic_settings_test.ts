import { expect } from "expect";
import { settingDifferences, settingsFor, type TopicPlan } from "./topic_settings.ts";

const DAY_MS = 86_400_000;
const plan: TopicPlan = {
  partitions: 6,
  replicationFactor: 3,
  minInsyncReplicas: 2,
  retentionMs: { prices: 3 * DAY_MS, decisions: 30 * DAY_MS, candles: 9 * DAY_MS, audit: 365 * DAY_MS },
};

function found(
  changes: Readonly<Record<string, string>>,
  topic: "trades" | "rules" | "deliveries" = "trades",
) {
  return settingDifferences(topic, plan, new Map(Object.entries({ ...settingsFor(topic, plan), ...changes })))
    .map(({ what }) => what);
}

Deno.test("a topic as it is made differs in nothing; brokers that do not know a setting are not asked for it", () => {
  for (const topic of ["trades", "rules", "deliveries"] as const) expect(found({}, topic)).toEqual([]);
  expect(settingDifferences("trades", plan, new Map())).toEqual([]);
});

Deno.test("every setting that we rely on is examined", () => {
  const worse: Record<string, string> = {
    "cleanup.policy": "compact",
    "compression.type": "brotli",
    "max.message.bytes": "20000",
    "min.insync.replicas": "1",
    "unclean.leader.election.enable": "true",
    "message.timestamp.type": "LogAppendTime",
    "message.timestamp.after.max.ms": "3600000",
    "message.timestamp.before.max.ms": "86400000",
    "retention.ms": "3600000",
    "retention.bytes": "1073741824",
  };
  for (const [what, value] of Object.entries(worse)) expect(found({ [what]: value })).toEqual([what]);
  expect(Object.keys(settingsFor("trades", plan)).sort()).toEqual(Object.keys(worse).sort());
  expect(found({ "delete.retention.ms": "1000", "min.compaction.lag.ms": "0" }, "rules"))
    .toEqual(["delete.retention.ms", "min.compaction.lag.ms"]);
});

Deno.test("what is as good is no difference", () => {
  for (const codec of ["lz4", "snappy", "zstd", "gzip", "uncompressed"]) {
    expect(found({ "compression.type": codec })).toEqual([]);
  }
  expect(found({ "max.message.bytes": "5000000" })).toEqual([]);
  expect(found({ "cleanup.policy": "delete,compact" }, "deliveries")).toEqual([]);
});
