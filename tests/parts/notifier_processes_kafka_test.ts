/**
 * Two `tickbell notifier` on Kafka, every channel at once against servers on loopback: one is killed amid calls, one is
 * stopped amid calls.
 */
import { expect } from "expect";
import { ChannelSides } from "../support/channel_sides.ts";
import { missingKafka, testKafka } from "../support/kafka_broker.ts";
import { makeTopics, patiently } from "../support/kafka_log.ts";
import { topicVariables } from "../support/kafka_roles.ts";
import { appendAlerts } from "../support/notifier_bench.ts";
import { alertsFor, NotifierProcess, unsent } from "../support/notifier_process.ts";
import { partTest } from "../support/part.ts";
import { until } from "../support/until.ts";

/** Recipients of each side in a batch, and how many are to be called when a process is killed. */
const EACH = 25;
const CALLED = 30;
/** A new owner waits for the dead one's lease. */
const TAKEOVER_MS = 90_000;

partTest(
  "of two processes one is killed, then one stopped: every channel's messages arrive, twice at most what was called when it was killed",
  {
    part: "Kafka",
    missing: missingKafka,
  },
  async () => {
    const { brokers } = await testKafka();
    const topics = await makeTopics(brokers, { partitions: 6 });
    const log = await topics.open();
    const folder = await Deno.makeTempDir({ prefix: "tickbell-notifier-" });
    await using sides = await ChannelSides.open("mail");
    const env = {
      ...sides.env,
      ...topicVariables(topics),
      TICKBELL_BROKERS: brokers.join(","),
      TICKBELL_GROUP_PREFIX: topics.groupPrefix,
    };
    const running = new Set<NotifierProcess>();
    const start = (name: string) => {
      const process = new NotifierProcess(`${folder}/${name}`, env);
      running.add(process);
      return process;
    };
    const end = async (process: NotifierProcess, signal: "SIGKILL" | "SIGTERM") => {
      running.delete(process);
      return await process.end(signal);
    };
    const group = `${topics.groupPrefix}notifier`;
    const members = async (count: number) => {
      const { groups: [found] } = await patiently(() => topics.admin.describeGroups([group]));
      return found?.state === "Stable" && found.members.length === count;
    };
    const batches = [0, 1, 2].map((batch) => alertsFor(sides, EACH, batch * EACH));
    const append = (batch: number) => appendAlerts(log, (batches[batch] ?? []).map(({ alert }) => alert));
    /** What of a batch came so often, at least. */
    const came = (batch: number, times = 1) => {
      const counts = Map.groupBy(sides.arrivals, (arrival) => arrival);
      return (batches[batch] ?? []).filter(({ arrival }) => (counts.get(arrival)?.length ?? 0) >= times)
        .map(({ arrival }) => arrival);
    };
    const all = EACH * sides.sides.length;
    try {
      const [first, second] = [start("first"), start("second")];
      await until(() => members(2), "two notifiers in the group", TAKEOVER_MS);
      await append(0);
      await until(() => came(0).length === all, "the first batch", TAKEOVER_MS);

      sides.silent = true;
      await append(1);
      await until(() => came(1).length >= CALLED, "calls that are not answered", TAKEOVER_MS);
      await end(first, "SIGKILL");
      const called = new Set(came(1));
      sides.silent = false;
      await until(() => came(1).length === all, "the second batch", TAKEOVER_MS);

      start("third");
      await until(() => members(2), "the third notifier in the group", TAKEOVER_MS);
      await append(2);
      await until(() => came(2).length > all / 4, "some of the third batch", TAKEOVER_MS);
      expect(await end(second, "SIGTERM")).toBe(0);
      await until(() => came(2).length === all, "the third batch", TAKEOVER_MS);

      const alerts = batches.flat().map(({ alert }) => alert);
      let left: readonly string[] = [];
      await until(
        async () => (left = await unsent(log, alerts)).length === 0,
        "the ledger to say so",
        TAKEOVER_MS,
      ).catch(() => expect(left).toEqual([]));
      expect(came(0, 2)).toEqual([]);
      expect(came(1, 2).filter((arrival) => !called.has(arrival))).toEqual([]);
      expect(came(1, 3)).toEqual([]);
      expect(came(2, 2)).toEqual([]);
    } finally {
      for (const process of running) await process.end("SIGKILL");
      await log.close();
      await topics.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
