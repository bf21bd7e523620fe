/** The brokers as Terraform renders them, and the day's work on them: TLS, users, rights, a node away, a restore. */
import { expect } from "expect";
import { missingChroot, missingTerraform } from "../support/instance.ts";
import { missingKafka } from "../support/kafka_broker.ts";
import { RoleProcesses } from "../support/kafka_roles.ts";
import { partTest } from "../support/part.ts";
import { SecureCluster } from "../support/rendered_kafka.ts";
import { until } from "../support/until.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** A command of the program, with these settings. */
async function runTickbell(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", MAIN, ...args],
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

const RENDERED_KAFKA = {
  part: "Terraform, a chroot and Kafka",
  missing: async () => await missingTerraform() ?? await missingChroot() ?? await missingKafka(),
};

partTest("the brokers of infra/, as they are rendered", RENDERED_KAFKA, async (t) => {
  await using kafka = await SecureCluster.start();
  const env = (user: string) => ({
    TICKBELL_BROKERS: kafka.bootstrap,
    TICKBELL_KAFKA_TLS: "true",
    TICKBELL_KAFKA_CA_FILE: kafka.caFile,
    TICKBELL_KAFKA_SASL_MECHANISM: "scram-sha-512",
    TICKBELL_KAFKA_SASL_USERNAME: user,
    TICKBELL_KAFKA_SASL_PASSWORD: kafka.passwords[user] as string,
    TICKBELL_PARTITIONS: "2",
  });
  const inSync = () => kafka.run(0, "/usr/local/sbin/kafka-insync");

  await t.step("a node of them gives the users their passwords, which stand in no process list", async () => {
    const { code, text } = await kafka.run(0, "/usr/local/sbin/kafka-users", "60", "1");
    expect(text).toContain("kafka-users: topics producer stream consumer notifier control lambda");
    expect(code).toBe(0);
    const called = (await kafka.run(0, "/bin/cat", "/kafka-calls")).text;
    expect(called).toContain("--entity-name producer");
    for (const password of Object.values(kafka.passwords)) expect(called).not.toContain(password);
  });

  await t.step("who does not sign in is not listened to", async () => {
    const { code, err } = await runTickbell(["topics", "check"], {
      ...env("stream"),
      TICKBELL_KAFKA_SASL_PASSWORD: "another",
    });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/authentication failed/i) });
    const plain = await runTickbell(["topics", "check"], { TICKBELL_BROKERS: kafka.bootstrap });
    expect(plain.code).toBe(1);
  });

  await t.step(
    "topics and rights are made by the one user that may, and are then as they should be",
    async () => {
      const made = await runTickbell(["topics", "create", "--allow-roles"], env("topics"));
      expect(made.err).toBe("");
      expect(made.out).toMatch(/rights of the roles: \d{2,3} added, 0 taken away/);
      expect(made.out).toContain("all topics are as configured");
      const again = await runTickbell(["topics", "create", "--allow-roles"], env("topics"));
      expect(again.out).toContain("rights of the roles: 0 added, 0 taken away");
      const refused = await runTickbell(["topics", "create", "--allow-roles"], env("producer"));
      expect(refused.code).toBe(1);
      expect(refused.err).toMatch(/authoriz/i);
    },
  );

  await t.step("our roles work with their own credentials: a rule fires and is mailed", async () => {
    await using roles = await RoleProcesses.start((role) => env(role));
    await roles.ready();
    await roles.postRule({ id: "any", market: "*", when: "price >= 1", recipients: ["kim@example.com"] });
    await until(() => roles.mails().then((mails) => mails > 0), "a mail", 30_000);
    // A partition may still be on its way from one that was there first; a right that is missing stays.
    await until(async () => (await roles.unwell()).length === 0, "every role to be well").catch(
      async (thrown) => {
        throw new Error(`${thrown}: ${await roles.unwell()}`);
      },
    );
  });

  await t.step("kafka-insync says whether a node may be stopped", async () => {
    await kafka.end(2, "SIGTERM");
    const away = await inSync();
    expect(away.code).toBe(1);
    expect(away.text).toMatch(/partitions have a replica that is behind|of 3 nodes have caught up/);
    kafka.again(2);
    await until(() => kafka.replicated(), "the node to be back in sync", 40_000);
    expect((await inSync()).text).toContain("kafka-insync: all 3 nodes, every replica in sync");
  });

  await t.step({
    name: "a new authority: both are believed, then nodes have its certificates, then it alone is",
    // Eight restarts of nodes, for what is done once in years.
    ignore: Deno.env.get("TICKBELL_TEST_AUTHORITY") !== "1",
    fn: async () => {
      const former = await Deno.readTextFile(kafka.caFile);
      const formerFile = `${kafka.caFile}.former`;
      await Deno.writeTextFile(formerFile, former);
      const check = (ca: string) =>
        runTickbell(["topics", "check"], { ...env("topics"), TICKBELL_KAFKA_CA_FILE: ca });
      await kafka.rotate("authority");
      await kafka.restart(0, 1, 2);
      await expect(kafka.rotate("authority")).rejects.toThrow("certificates of the former authority");
      await kafka.rotate("brokers");
      // One node has the new certificate and its peers the old ones.
      await kafka.restart(0);
      expect((await check(kafka.caFile)).out).toContain("as configured");
      await kafka.restart(1, 2);
      await kafka.rotate("authority");
      expect(await Deno.readTextFile(kafka.caFile)).not.toContain(former.trim());
      await kafka.restart(0, 1, 2);
      expect((await check(kafka.caFile)).out).toContain("as configured");
      expect((await check(formerFile)).code).toBe(1);
    },
  });

  await t.step("all nodes lost: snapshots of three moments bring rules and rights back", async () => {
    const snapshots = [];
    for (const index of [0, 1, 2]) snapshots.push(await kafka.snapshot(index));
    for (const index of [0, 1, 2]) await kafka.end(index, "SIGKILL");
    for (const [index, snapshot] of snapshots.entries()) {
      await kafka.restore(index, snapshot);
      kafka.again(index);
    }
    // The node's own tool is patient with brokers that are on their way, longer than they are.
    await until(() => kafka.replicated(), "the restored brokers", 60_000);
    await until(
      async () => (await inSync()).code === 0 || undefined,
      "the restored nodes to be in sync",
      60_000,
    );
    // Signed in by the old password, with the old rights, and the rule is still there.
    expect((await runTickbell(["topics", "check"], env("topics"))).out).toContain(
      "all topics are as configured",
    );
    await using roles = await RoleProcesses.start((role) => env(role), ["control"]);
    await roles.ready();
    expect(await roles.rule("any")).toMatchObject({ id: "any", market: "*" });
  });
});
