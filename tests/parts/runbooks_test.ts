/**
 * The commands that runbooks name, run: those of the product against a program that runs, those about Kafka against a
 * broker. What they have in capitals stands for something, and is filled in here.
 *
 * @module
 */
import { expect } from "expect";
import { missingKafka, startKafka } from "../support/kafka_broker.ts";
import { partTest } from "../support/part.ts";
import { runTickbell, startTickbell } from "../support/tickbell.ts";

const RUNBOOKS = new URL("../../docs/runbooks/", import.meta.url);
/** What stands for something. */
const FILLED: Readonly<Record<string, string>> = { ADDRESS: "ops@example.com", ID: "0" };

/** Every command of the product that a runbook names, in a line of code or among words. */
async function commands(): Promise<string[]> {
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(RUNBOOKS)) {
    const text = await Deno.readTextFile(new URL(name, RUNBOOKS));
    for (const [, inline, line] of text.matchAll(/`(tickbell [^`\n]+)`|^ *(tickbell .+)$/gm)) {
      found.add((inline ?? line)!.replace(/\b[A-Z]{2,}\b/g, (word) => FILLED[word] ?? word));
    }
  }
  return [...found].sort();
}

Deno.test("every command of a runbook runs against a program that runs", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-runbooks-" });
  const running = await startTickbell(folder);
  try {
    const named = (await commands()).filter((command) => !command.startsWith("tickbell topics"));
    expect(named.length).toBeGreaterThan(5);
    for (const command of named) {
      const words = command.split(" ").slice(1);
      // 2 is wrong use, 5 a right that is missing; 1 and 4 say that there is something, or nothing, to be seen.
      const { code, err } = await runTickbell([...words, "--data-dir", folder], {
        TICKBELL_API_URL: running.url,
      });
      expect({ command, code: [2, 3, 5].includes(code) ? code : 0, err: err.includes("error: ") ? err : "" })
        .toEqual({ command, code: 0, err: "" });
    }
  } finally {
    await running.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

partTest("every command of a runbook about topics runs against a broker", {
  part: "Kafka",
  missing: missingKafka,
}, async () => {
  const named = (await commands()).filter((command) => command.startsWith("tickbell topics"));
  expect(named.length).toBeGreaterThan(1);
  const cluster = await startKafka(1);
  try {
    const one = [
      "--brokers",
      cluster.brokers.join(","),
      "--replication-factor",
      "1",
      "--min-insync-replicas",
      "1",
    ];
    const more = (command: string) => command.includes("--partitions") ? [] : ["--partitions", "2"];
    expect(await launched(["topics", "create", ...one, "--partitions", "2"])).toEqual({ code: 0, err: "" });
    for (const command of named) {
      const words = command.split(" ").slice(1);
      const partitions = command.includes("grow") ? ["--partitions", "3"] : more(command);
      expect({ command, ...await launched([...words, ...one, ...partitions]) }).toEqual({
        command,
        code: 0,
        err: "",
      });
    }
  } finally {
    await cluster.stop();
  }
});

/** By the launcher, as `tickbell` is: it gives Kafka's checksums their native code. */
async function launched(words: readonly string[]): Promise<{ code: number; err: string }> {
  const program = new URL("../../src/cli/tickbell.ts", import.meta.url).pathname;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", program, ...words],
    env: { NO_COLOR: "1" },
  }).output();
  return { code, err: new TextDecoder().decode(stderr) };
}
