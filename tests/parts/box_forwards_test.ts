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
import { READ_TOGETHER } from "../../src/roles/notifier/options.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { makeRule } from "../../src/rules/make_rule.ts";
import { parseRule } from "../../src/rules/parse_rule.ts";
import { partitionsOf, placedOn } from "../../src/rules/placements.ts";
import { allRecords } from "../support/temporary_log.ts";
import { behindProxy } from "../support/kafka_behind_proxy.ts";
import { missingKafka, startKafka } from "../support/kafka_broker.ts";
import { RecordingChannel } from "../support/notifier_bench.ts";
import { partTest } from "../support/part.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { mailsIn, startTickbell, type Tickbell } from "../support/tickbell.ts";
import { until } from "../support/until.ts";

const CENTRE_PARTITIONS = 3;
const LONG_MS = 60_000;
/** What events.db may have. */
const BUDGET_MB = 16;
/** What of it is taken by what never goes: the rest is seconds of the simulated market. */
const TAKEN_MB = 12;

function names(prefix: string): Record<Topic, string> {
  return Object.fromEntries(TOPICS.map((topic) => [topic, `${prefix}${TOPIC_SPECS[topic].name}`])) as Record<
    Topic,
    string
  >;
}

/** What any trade of the simulated market fires, once a minute and symbol. */
function draftOf(id: string) {
  return {
    id,
    market: "*",
    when: "price >= 1",
    repeat: "1m",
    maxAlertsPerDay: 100_000,
    recipients: ["kim@example.com"],
  };
}

/** Makes a rule at the centre. */
async function putRule(centre: EventLog, id: string): Promise<void> {
  const rule = makeRule(parseRule(draftOf(id)), { id, now: 0 });
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

/** The log of a box that does not run. */
function openLog(folder: string): Promise<EventLog> {
  const path = `${folder}/events.db`;
  return openSqliteLog({ path, partitions: EMBEDDED_PARTITIONS, clock: systemClock });
}

/** How many records of topics are not there any more, as the log of a box that does not run says. */
async function goneOf(folder: string) {
  const log = await openLog(folder);
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

function saysAway(box: Tickbell): Promise<true> {
  const away = async () => (await upstreamState(box))?.detail.startsWith("the centre is away");
  return until(away, "the box to say that the centre is away", LONG_MS);
}

/** Takes room in the log of a box that does not run yet. */
async function takeRoom(folder: string): Promise<void> {
  const log = await openLog(folder);
  const value = new Uint8Array(2 ** 19);
  for (let taken = 0; taken < TAKEN_MB * 2 ** 20; taken += value.length) {
    await log.append([{ topic: "deadletter", key: "005930", value, timestamp: Date.now() }]);
  }
  await log.close();
}

/** A box whose centre cannot be reached works by itself until its budget is full and the oldest trades go; then it is killed. */
async function fillBudget(folder: string, args: readonly string[]): Promise<void> {
  await takeRoom(folder);
  const box = await startTickbell(folder, [...args, "--rate", "1500"]);
  try {
    const body = JSON.stringify(draftOf("of-the-box"));
    const made = await box.api("/v1/rules", { method: "POST", body });
    expect([made.status, await made.json()]).toEqual([201, expect.anything()]);
    await box.line(/rule of-the-box/);
    await saysAway(box);
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
  } finally {
    await box.kill();
  }
  const gone = await goneOf(folder);
  expect(gone.trades).toBeGreaterThan(0);
  expect(gone.alerts).toBe(0);
}

/** What the centre has of a box that does not run: each once and in order, up to where it came; only the oldest trades went unsent. */
async function expectForwarded(folder: string, ofBox: EventLog): Promise<void> {
  const log = await openLog(folder);
  try {
    for (const topic of ["trades", "alerts"] as const) {
      const there = await forwardedOffsets(ofBox, topic);
      const here: number[][] = Array.from({ length: EMBEDDED_PARTITIONS }, () => []);
      for (const { partition, offset } of await allRecords(log, topic)) here[partition]!.push(offset);
      for (const [partition, offsets] of there.entries()) {
        const isAgain = (offset: number, index: number) => index > 0 && offset <= offsets[index - 1]!;
        expect(offsets.filter(isAgain)).toEqual([]);
        const [first = 0] = here[partition]!;
        const kept = offsets.filter((offset) => offset >= first);
        // What the box wrote while it stopped waits for its next start.
        expect(kept.filter((offset, index) => offset !== here[partition]![index])).toEqual([]);
        expect(kept.length).toBeGreaterThan(topic === "trades" ? 100 : 0);
        // Of what was promised nothing has gone; of the oldest trades what there was no room for, unsent.
        if (topic === "alerts") expect(first).toBe(0);
        else expect(offsets.length - kept.length).toBeLessThan(first);
      }
    }
  } finally {
    await log.close();
  }
}

partTest(
  "a box with a centre: rules from there, everything once and in order through an outage, a full budget and a kill, mails from one place",
  { part: "Kafka", missing: missingKafka },
  async () => {
    await using ended = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "tickbell-box-" });
    ended.defer(() => Deno.remove(folder, { recursive: true }));
    const line = ended.adopt(startTcpProxy(), (proxy) => proxy.close());
    const nowhere = ended.adopt(startTcpProxy(), (proxy) => proxy.close());
    nowhere.refuse(true);
    const brokers = [`127.0.0.1:${line.port}`];
    const args = ["--box", "desk", "--upstream-replicas", "1", "--log-max-mb", String(BUDGET_MB)];
    const toCentre = [...args, "--upstream", ...brokers, "--rate", "200"];
    const shared = { brokers, clock: systemClock, random: Math.random };
    const retentionMs = { prices: 1e9, decisions: 1e9, candles: 1e9, audit: 1e9 };
    const plan = { partitions: CENTRE_PARTITIONS, replicationFactor: 1, minInsyncReplicas: 1, retentionMs };
    const making = (async () => {
      ended.adopt(await startKafka(1, behindProxy(line)), (cluster) => cluster.stop());
      await createTopics({ brokers, topics: names("") }, plan);
    })();
    // Meanwhile the box finds no centre: nothing of what goes was sent.
    const filling = fillBudget(folder, [...args, "--upstream", `127.0.0.1:${nowhere.port}`]);
    await Promise.allSettled([making, filling]);
    await making;
    await filling;
    const opened = async (topics: Readonly<Record<Topic, string>>, groupPrefix = "desk.") =>
      ended.adopt(
        await openKafkaLog({ ...shared, topics, groupPrefix, anyPartitions: true }),
        (log) => log.close(),
      );
    const centre = await opened(names(""), "centre.");
    const topics = namesAtCentre("desk");
    const ofBox = await opened(topics);
    const alertsThere = () => allRecords(ofBox, "alerts").catch(() => []);
    const started = async (args: readonly string[]) =>
      ended.adopt(await startTickbell(folder, args), (box) => box.kill());
    await putRule(centre, "of-the-centre");
    const before = await started(toCentre);
    await before.line(/rule of-the-centre/);
    await until(async () => (await alertsThere()).length > 0, "an alert at the centre", LONG_MS);
    line.refuse(true);
    await saysAway(before);
    await before.kill();
    // It starts without the line, and goes on behind what the centre has.
    const box = await started([...toCentre, "--mailer", "centre"]);
    await saysAway(box);
    line.refuse(false);
    await putRule(centre, "made-meanwhile");
    await box.line(/rule made-meanwhile/);
    await until(
      async () => (await alertsThere()).some(({ headers }) => headers.mailer === "centre"),
      "an alert that the centre mails",
      LONG_MS,
    );
    await until(
      async () => /^forwarding, \d{1,3} records/.test((await upstreamState(box))?.detail ?? ""),
      "the box to catch up",
      LONG_MS,
    );
    expect(await box.stop()).toBe(0);
    await expectForwarded(folder, ofBox);
    const alerts = await allRecords(ofBox, "alerts");
    const ofCentre = alerts.filter(({ headers }) => headers.mailer === "centre");
    expect([ofCentre.length > 0, ofCentre.length < alerts.length]).toEqual([true, true]);
    // The box mails what it had taken up before the centre mailed, and nothing of the centre's.
    const idsOfCentre = new Set(ofCentre.map(({ value }) => decodeAlert(value as Uint8Array).id));
    const mailed = (await mailsIn(box.outbox)).map((mail) => {
      const id = /^X-Tickbell-Delivery:\s*(\S+)/m.exec(mail)?.[1] ?? "";
      return decodeURIComponent(id).split("|")[0] ?? "";
    });
    expect(mailed.filter((id) => idsOfCentre.has(id))).toEqual([]);
    expect(new Set(mailed).size).toBe(mailed.length);
    const mail = new RecordingChannel();
    const stop = new AbortController();
    // As `tickbell notifier` there: beside the centre's own topics, which have another number of partitions.
    const atCentre = { ...names(""), alerts: topics.alerts, deliveries: ledgerAtCentre("desk") };
    const mailing = ended.adopt(
      await openKafkaLog({ ...shared, topics: atCentre, groupPrefix: "desk.", together: READ_TOGETHER }),
      (log) => log.close(),
    );
    const notifier = new Notifier({ ...shared, log: mailing, channels: [mail], stormPerMinute: 0 });
    const running = notifier.run(stop.signal);
    await until(() => mail.sent.length >= ofCentre.length, "the centre's mails", LONG_MS);
    stop.abort();
    await running;
    expect(mail.sent.length).toBe(ofCentre.length);
  },
);
