/** What version 0.1.0 wrote is read by this one: its data directory, and its records on Kafka. */
import { expect } from "expect";
import { recordsOf } from "../../src/books/records_of.ts";
import { openEmbeddedLog } from "../../src/cli/open_embedded_log.ts";
import { missingKafka, testKafka } from "../support/kafka_broker.ts";
import { makeTopics } from "../support/kafka_log.ts";
import { openWith, RoleProcesses } from "../support/kafka_roles.ts";
import { partTest } from "../support/part.ts";
import { startTickbell, until } from "../support/tickbell.ts";

const FIXTURE = new URL("../fixtures/data-0.1.0.tar.gz", import.meta.url).pathname;
const OLD_TOPICS = ["trades", "quotes", "rules", "alerts", "deliveries", "deadletter"] as const;

/** The fixture, unpacked into a folder that ends with the test. */
async function unpack(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-old-" });
  const { success, stderr } = await new Deno.Command("tar", { args: ["xzf", FIXTURE, "-C", folder] })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return folder;
}

/** The reader's key of the fixture, as its page has it. */
async function readersKey(): Promise<string> {
  const page = await Deno.readTextFile(new URL("../fixtures/data-0.1.0.md", import.meta.url));
  return /`(tbk_\w+)`/.exec(page)?.[1] as string;
}

Deno.test("a data directory of 0.1.0 goes on: rules, alerts, deliveries, silences, keys, prices", async () => {
  const data = await unpack();
  try {
    const running = await startTickbell(data, ["--rate", "50"]);
    const get = async (path: string) => {
      const answer = await running.api(path);
      return { status: answer.status, body: await answer.json() };
    };
    const rules = await until(
      async () => {
        const { status, body } = await get("/v1/rules");
        return status === 200 && body.data.length === 2 ? body.data : undefined;
      },
      "the rules",
      30_000,
    );
    expect(rules.map(({ id }: { id: string }) => id).sort()).toEqual(["old-rate", "old-target"]);
    const alerts = (await get("/v1/alerts?ruleId=old-target")).body.data;
    const [first] = alerts.slice(-1);
    const { body: alert } = await get(`/v1/alerts/${encodeURIComponent(first.id)}`);
    expect(alert.deliveries).toMatchObject([{ recipient: "kim@example.com", state: "sent" }]);
    // It moved to another topic since.
    const silences = await until(
      async () => {
        const { body } = await get("/v1/silences");
        return body.data?.length === 1 ? body.data : undefined;
      },
      "the silence",
      30_000,
    );
    expect(silences).toMatchObject([{ comment: "kept" }]);
    const reader = await fetch(`${running.url}/v1/rules`, {
      headers: { authorization: `Bearer ${await readersKey()}` },
    });
    expect(reader.status).toBe(200);
    await reader.body?.cancel();
    const candles = (await get("/v1/market/005930/candles")).body.data;
    expect(candles.length).toBeGreaterThan(0);
    // Changed, the old rule is armed anew and fires, in the hour of its first alert too.
    const changed = await running.api("/v1/rules/old-target", {
      method: "PATCH",
      body: JSON.stringify({ value: "2" }),
    });
    expect({ status: changed.status, text: changed.ok ? "" : await changed.text() }).toEqual({
      status: 200,
      text: "",
    });
    await running.line(/rule old-target$/);
    expect(await running.stop()).toBe(0);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

partTest("the topics of 0.1.0 on Kafka go on", { part: "Kafka", missing: missingKafka }, async () => {
  const data = await unpack();
  const kafka = await testKafka();
  const made = await makeTopics(kafka.brokers, { partitions: 2 });
  const env = {
    ...Object.fromEntries(
      Object.entries(made.names).map(([topic, name]) => [`TICKBELL_TOPIC_${topic.toUpperCase()}`, name]),
    ),
    TICKBELL_BROKERS: kafka.brokers.join(","),
    TICKBELL_GROUP_PREFIX: made.groupPrefix,
    TICKBELL_PARTITIONS: "2",
  };
  try {
    const old = await openEmbeddedLog(data);
    const log = await openWith(env);
    for (const topic of OLD_TOPICS) {
      const records = [];
      for (let partition = 0; partition < await old.partitions(topic); partition++) {
        const { start, end } = await old.bounds(topic, partition);
        for await (const record of recordsOf(old, { topic, partition, from: start, to: end })) {
          records.push(record);
        }
      }
      const taken = records.slice(-500).map(({ key, value, timestamp, headers }) => ({
        ...{ topic, key, value, timestamp },
        ...(headers === undefined ? {} : { headers }),
      }));
      if (taken.length > 0) await log.append(taken);
    }
    await Promise.all([old.close(), log.close()]);
    await using roles = await RoleProcesses.start(() => env);
    await roles.ready();
    const rule = await until(
      async () => {
        const found = await roles.rule("old-target") as { id?: string };
        return found.id === undefined ? undefined : found;
      },
      "the rule",
      30_000,
    );
    expect(rule).toMatchObject({ id: "old-target", symbol: "005930" });
    await until(() => roles.mails().then((mails) => mails > 0), "a mail", 60_000);
    expect(await roles.unwell()).toEqual([]);
  } finally {
    await made.close();
    await kafka.stop();
    await Deno.remove(data, { recursive: true });
  }
});
