import { expect } from "expect";
import { openKafkaLog } from "../../src/adapters/kafka/event_log.ts";
import { createTopics } from "../../src/adapters/kafka/topics.ts";
import { decodeAlert } from "../../src/alerts/codec.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { ledgerAtCentre, namesAtCentre } from "../../src/cli/open_upstream.ts";
import { EMBEDDED_PARTITIONS } from "../../src/cli/open_embedded_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { type Topic, TOPIC_SPECS, TOPICS } from "../../src/ports/topics.ts";
import { BOX_OFFSET_HEADER } from "../../src/roles/forwarder/place.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { makeRule } from "../../src/rules/make_rule.ts";
import { parseRule } from "../../src/rules/parse_rule.ts";
import { partitionsOf, placedOn } from "../../src/rules/placements.ts";
import { allRecords } from "../support/temporary_log.ts";
import { missingKafka, startKafka } from "../support/kafka_broker.ts";
import { RecordingChannel } from "../support/notifier_bench.ts";
import { partTest } from "../support/part.ts";
import { mailsIn, startTickbell, type Tickbell } from "../support/tickbell.ts";
import { until } from "../support/until.ts";

const CENTRE_PARTITIONS = 3;
const LONG_MS = 60_000;
/** What events.db may have: seconds of the simulated market. */
const BUDGET_MB = 16;

function names(prefix: string): Record<Topic, string> {
  return Object.fromEntries(TOPICS.map((topic) => [topic, `${prefix}${TOPIC_SPECS[topic].name}`])) as Record<
    Topic,
    string
  >;
}

/** A rule at the centre that any trade of the simulated market fires, once a minute and symbol. */
async function putRule(centre: EventLog): Promise<void> {
  const draft = parseRule({
    id: "of-the-centre",
    market: "*",
    when: "price >= 1",
    repeat: "1m",
    maxAlertsPerDay: 100_000,
    recipients: ["kim@example.com"],
  });
  const rule = makeRule(draft, { id: "of-the-centre", now: 0 });
  await centre.append(
    partitionsOf(rule, CENTRE_PARTITIONS).map((partition, index) => ({
      topic: "rules" as const,
      key: rule.id,
      placement: placedOn(partition, CENTRE_PARTITIONS),
      value: encodeRule(rule),
      timestamp: 0,
      headers: { [index === 0 ? "base" : "copy"]: index === 0 ? "0" : "1" },
    })),
  );
}

/** The offsets in the box of what a topic has at the centre, by partition. */
async function forwardedOffsets(log: EventLog, topic: Topic): Promise<number[][]> {
  const found: number[][] = Array.from({ length: EMBEDDED_PARTITIONS }, () => []);
  for (const { partition, headers } of await allRecords(log, topic)) {
    found[partition]!.push(Number(headers[BOX_OFFSET_HEADER]));
  }
  return found;
}

/** How many records of topics are not there any more, as the log of a box that does not run says. */
async function goneOf(folder: string) {
  const log = await openSqliteLog({
    path: `${folder}/events.db`,
    partitions: EMBEDDED_PARTITIONS,
    clock: systemClock,
  });
  const gone = { trades: 0, alerts: 0 };
  for (const topic of ["trades", "alerts"] as const) {
    for (let partition = 0; partition < EMBEDDED_PARTITIONS; partition++) {
      for await (const { records } of log.read({ topic, partition, from: 0 })) {
        gone[topic] += records[0]?.offset ?? 0;
        break;
      }
    }
  }
  await log.close();
  return gone;
}

async function upstreamState(box: Tickbell): Promise<{ state: string; detail: string } | undefined> {
  const { components } = await (await box.api("/v1/status")).json();
  return components?.upstream;
}

partTest(
  "a box with a centre: rules from there, everything once and in order through an outage, a full budget and a kill, mails from one place",
  { part: "Kafka", missing: missingKafka },
  async () => {
    const cluster = await startKafka(1);
    const { brokers } = cluster;
    const folder = await Deno.makeTempDir({ prefix: "tickbell-box-" });
    const shared = { brokers, clock: systemClock, random: Math.random };
    const retentionMs = { prices: 1e9, decisions: 1e9, candles: 1e9, audit: 1e9 };
    const plan = { partitions: CENTRE_PARTITIONS, replicationFactor: 1, minInsyncReplicas: 1, retentionMs };
    await createTopics({ brokers, topics: names("") }, plan);
    const centre = await openKafkaLog({ ...shared, topics: names(""), groupPrefix: "centre." });
    const topics = namesAtCentre("desk");
    const ofBox = await openKafkaLog({ ...shared, topics, groupPrefix: "desk.", anyPartitions: true });
    const args = [
      "--upstream",
      brokers.join(","),
      "--box",
      "desk",
      "--upstream-replicas",
      "1",
      ...["--log-max-mb", String(BUDGET_MB)],
    ];
    let box: Tickbell | undefined;
    try {
      await putRule(centre);
      box = await startTickbell(folder, [...args, "--rate", "2000"]);
      await box.line(/rule of-the-centre/);
      await until(
        async () => (await allRecords(ofBox, "alerts").catch(() => [])).length > 0,
        "an alert at the centre",
        LONG_MS,
      );
      await cluster.kill(0);
      const away = async () => (await upstreamState(box as Tickbell))?.state === "degraded";
      await until(away, "the box to say that the centre is away", LONG_MS);
      let most = 0;
      await until(
        async () => {
          const { size } = await Deno.stat(`${folder}/events.db`);
          most = Math.max(most, size);
          // It shrinks when the oldest have gone.
          return most > BUDGET_MB * 2 ** 20 && size < most;
        },
        "the budget to be full, and the oldest trades to go",
        LONG_MS,
      );
      await box.kill();
      const gone = await goneOf(folder);
      expect(gone.trades).toBeGreaterThan(0);
      expect(gone.alerts).toBe(0);
      // It starts and works without the line.
      box = await startTickbell(folder, [...args, "--rate", "200", "--mailer", "centre"]);
      await until(away, "the box to say so again", LONG_MS);
      await cluster.restart(0);
      await until(
        async () => /^forwarding, \d{1,3} records/.test((await upstreamState(box as Tickbell))?.detail ?? ""),
        "the box to catch up",
        LONG_MS,
      );
      await box.line(/rule of-the-centre/);
      expect(await box.stop()).toBe(0);
      const log = await openSqliteLog({
        path: `${folder}/events.db`,
        partitions: EMBEDDED_PARTITIONS,
        clock: systemClock,
      });
      try {
        for (const topic of ["trades", "alerts"] as const) {
          const there = await forwardedOffsets(ofBox, topic);
          const here: number[][] = Array.from({ length: EMBEDDED_PARTITIONS }, () => []);
          for (const { partition, offset } of await allRecords(log, topic)) here[partition]!.push(offset);
          for (const [partition, offsets] of there.entries()) {
            // Each once and in order.
            expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
            const [first = 0] = here[partition]!;
            const kept = offsets.filter((offset) => offset >= first);
            // What the box wrote while it stopped waits for its next start.
            expect(kept).toEqual(here[partition]!.slice(0, kept.length));
            expect(kept.length).toBeGreaterThan(topic === "trades" ? 100 : 0);
            // Of what was promised nothing has gone; of the oldest trades what there was no room for, unsent.
            if (topic === "alerts") expect(first).toBe(0);
            else expect(offsets.length - kept.length).toBeLessThan(first);
          }
        }
        const alerts = await allRecords(ofBox, "alerts");
        const ofCentre = alerts.filter(({ headers }) => headers.mailer === "centre").length;
        expect([ofCentre > 0, ofCentre < alerts.length]).toEqual([true, true]);
        // The box mails what it had taken up before the centre mailed, and nothing of the centre's.
        const ofTheCentre = new Set(
          alerts.filter(({ headers }) => headers.mailer === "centre")
            .map(({ value }) => decodeAlert(value as Uint8Array).id),
        );
        const mailed = (await mailsIn(box.outbox)).map((mail) => {
          const id = /^X-Tickbell-Delivery:\s*(\S+)/m.exec(mail)?.[1] ?? "";
          return decodeURIComponent(id).split("|")[0] ?? "";
        });
        expect(mailed.filter((id) => ofTheCentre.has(id))).toEqual([]);
        expect(new Set(mailed).size).toBe(mailed.length);
        const mail = new RecordingChannel();
        const stop = new AbortController();
        const ledger = { ...topics, deliveries: ledgerAtCentre("desk") };
        const mailing = await openKafkaLog({
          ...shared,
          topics: ledger,
          groupPrefix: "desk.",
          anyPartitions: true,
        });
        const notifier = new Notifier({ ...shared, log: mailing, channels: [mail], stormPerMinute: 0 });
        const running = notifier.run(stop.signal);
        await until(() => mail.sent.length >= ofCentre, "the centre's mails", LONG_MS);
        stop.abort();
        await running;
        await mailing.close();
        expect(mail.sent.length).toBe(ofCentre);
      } finally {
        await log.close();
      }
    } finally {
      await box?.kill();
      await centre.close();
      await ofBox.close();
      await cluster.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
