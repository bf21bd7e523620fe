import { expect } from "expect";
import type { RecordBatch } from "../../src/ports/event_log.ts";
import { Gatherer, texts, within } from "../support/gather.ts";
import {
  allowRoles,
  credentialsOf,
  fillTopics,
  openWith,
  RoleProcesses,
  whatItMay,
} from "../support/kafka_roles.ts";
import { ROLE_RIGHTS, ROLES_OF_THE_LOG } from "../../src/ports/role_rights.ts";
import { missingKafka } from "../support/kafka_broker.ts";
import { makeTopics, type TestTopics } from "../support/kafka_log.ts";
import { type SecureKafka, startSecureKafka } from "../support/kafka_secure.ts";
import { findProgram, partTest } from "../support/part.ts";
import { runTickbell, until } from "../support/tickbell.ts";

const need = {
  part: "Kafka",
  missing: async () => {
    if (Deno.env.get("TICKBELL_TEST_KAFKA")) {
      return "Unset TICKBELL_TEST_KAFKA: this test sets the broker up.";
    }
    return await missingKafka() ?? (await findProgram("openssl") ? undefined : "Install openssl.");
  },
};
const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** The settings as a process is given them. */
function environment(kafka: SecureKafka, made: TestTopics): Record<string, string> {
  const topics = Object.entries(made.names).map((
    [topic, name],
  ) => [`TICKBELL_TOPIC_${topic.toUpperCase()}`, name]);
  return {
    ...Object.fromEntries(topics),
    TICKBELL_BROKERS: kafka.sasl,
    TICKBELL_GROUP_PREFIX: made.groupPrefix,
    TICKBELL_KAFKA_TLS: "true",
    TICKBELL_KAFKA_CA_FILE: kafka.caFile,
    TICKBELL_KAFKA_SASL_MECHANISM: "plain",
    TICKBELL_KAFKA_SASL_USERNAME: kafka.username,
    TICKBELL_KAFKA_SASL_PASSWORD: kafka.password,
  };
}

/** Appends a record and has a member of a group take it. */
async function goesThrough(env: Record<string, string>, what: string): Promise<void> {
  const log = await openWith(env);
  try {
    const appending = log.append([{ topic: "alerts", key: "005930", value: what, timestamp: 1 }]);
    const [written] = await within(appending, `an append by ${what}`);
    const gathered = new Gatherer<RecordBatch>({ commits: true });
    const member = await log.join(gathered.options(what, ["alerts"]));
    await gathered.until(() => JSON.stringify(texts(gathered.batches)).includes(`"${what}"`), what);
    await member.leave();
    const committed = await log.committed(what, "alerts", written?.partition ?? 0);
    expect(committed?.offset).toBe((written?.offset ?? 0) + 1);
  } finally {
    await log.close();
  }
}

/** What health says of a log that cannot be opened. */
async function troubleOf(env: Record<string, string>): Promise<string> {
  const log = await openWith(env);
  try {
    const trouble = () => {
      const { ok, detail } = log.health();
      return !ok && !detail.startsWith("connecting to Kafka at") ? detail : undefined;
    };
    return await until(trouble, "trouble to be reported");
  } finally {
    await log.close();
  }
}

/** Runs a stream as a process with these settings until it says what is wrong. */
async function roleOutput(env: Record<string, string>): Promise<{ readyz: string; log: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "stream", "--metrics-port", "0"],
    env: { ...env, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let said = "";
  const reading = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) said += text;
  }));
  try {
    const port = await until(() => /metrics on port (\d+)/.exec(said)?.[1], "the port");
    await until(() => /authentication/i.exec(said)?.[0], "a line in the log");
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(response.status).toBe(503);
    return { readyz: await response.text(), log: said };
  } finally {
    child.kill("SIGTERM");
    const { code } = await child.status;
    await reading;
    // It had nothing to finish.
    expect(code).toBe(0);
  }
}

partTest("Kafka: TLS, PLAIN and SCRAM; a wrong password is reported", need, async (t) => {
  const kafka = await startSecureKafka();
  const made = await makeTopics(kafka.brokers, { partitions: 2 });
  const env = environment(kafka, made);
  const wrong = { ...env, TICKBELL_KAFKA_SASL_PASSWORD: "not the password" };
  try {
    await t.step("TLS alone", async () => {
      await goesThrough(
        { ...env, TICKBELL_BROKERS: kafka.tls, TICKBELL_KAFKA_SASL_MECHANISM: "none" },
        "tls",
      );
    });
    for (const mechanism of MECHANISMS) {
      await t.step(`signed in by ${mechanism}`, async () => {
        await goesThrough({ ...env, TICKBELL_KAFKA_SASL_MECHANISM: mechanism }, mechanism);
      });
      await t.step(`a wrong password by ${mechanism}`, async () => {
        const trouble = await troubleOf({ ...wrong, TICKBELL_KAFKA_SASL_MECHANISM: mechanism });
        expect(trouble).toMatch(/authentication failed/i);
      });
    }
    await t.step("an authority that is not trusted", async () => {
      expect(await troubleOf({ ...env, TICKBELL_KAFKA_CA_FILE: "" })).toMatch(/certificate|issuer/i);
    });
    await t.step("a role with a wrong password says so in /readyz and its log, and goes on", async () => {
      const { readyz, log } = await roleOutput(wrong);
      expect(readyz).toMatch(/authentication failed/i);
      expect(log).not.toContain("not the password");
    });
    await t.step("topics check with a wrong password ends with a clear error", async () => {
      const { code, err } = await runTickbell(["topics", "check"], wrong);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/authentication failed/i) });
    });
    await t.step("topics check signs in", async () => {
      const { out } = await runTickbell(["topics", "check"], env);
      expect(out).toContain("partitions is 2, configured 6");
    });
    await t.step("each role's credentials write and read what its table says, and nothing else", async () => {
      await allowRoles(kafka, made);
      await fillTopics(env);
      for (const role of ROLES_OF_THE_LOG) {
        const { writes, reads } = ROLE_RIGHTS[role];
        const able = await whatItMay({ ...env, ...credentialsOf(kafka, role) });
        expect({ role, ...able }).toEqual({ role, writes: [...writes].sort(), reads: [...reads].sort() });
      }
    });
    await t.step("with them every role works: a rule is made, fires and is mailed", async () => {
      await using roles = await RoleProcesses.start((role) => ({ ...env, ...credentialsOf(kafka, role) }));
      await roles.ready();
      await roles.postRule({ id: "any", market: "*", when: "price >= 1", recipients: ["kim@example.com"] });
      await until(() => roles.mails().then((mails) => mails > 0), "a mail", 30_000);
      expect(await roles.unwell()).toEqual([]);
    });
  } finally {
    await made.close();
    await kafka.stop();
  }
});
