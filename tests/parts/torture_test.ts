/** A short torture of each system; the long one is `deno task torture`. */
import { expect } from "expect";
import { faultsOf } from "../torture/check.ts";
import { tortureBox } from "../torture/box_run.ts";
import { tortureKafka } from "../torture/kafka_run.ts";
import { MailPeer } from "../torture/peers.ts";
import type { Outcome } from "../torture/torment.ts";
import { missingKafka } from "../support/kafka_broker.ts";
import { partTest } from "../support/part.ts";

const need = {
  part: "Kafka",
  // A broker that is killed must be ours.
  missing: () => Deno.env.get("TICKBELL_TEST_KAFKA") ? "Unset TICKBELL_TEST_KAFKA." : missingKafka(),
};
const seed = Number(Deno.env.get("TICKBELL_TEST_SEED") ?? Date.now() % 100_000);

function expectSound({ findings, happened }: Outcome, lines: readonly string[]): void {
  const { trades, alerts, messages, held } = findings;
  expect({ seed, faults: faultsOf(findings), lines }).toEqual({ seed, faults: {}, lines });
  expect(trades).toBeGreaterThan(10_000);
  expect(alerts).toBeGreaterThan(30);
  expect(messages + held).toBeGreaterThanOrEqual(alerts);
  expect(Object.keys(happened).length).toBeGreaterThanOrEqual(2);
}

Deno.test("a mail server that is slow has the mail, and says so late", async () => {
  const mail = await MailPeer.open();
  mail.behave("slow");
  const { hostname, port } = new URL(mail.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = ["MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", "Message-ID: <one@b>", "", "text", "."];
  await connection.write(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  const began = performance.now();
  const answers: string[] = [];
  for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) {
    answers.push(piece);
    if (piece.includes("queued")) break;
  }
  expect(answers.join("")).toContain("354 go");
  expect(performance.now() - began).toBeGreaterThan(400);
  expect(mail.came).toEqual(new Map([["one", 1]]));
  await mail.close();
});

Deno.test("everything in one process, tortured for 20 s: nothing lost, wrong or double", async () => {
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  expectSound(await tortureBox({ seed, seconds: 20, rules: 200, rate: 1_000, say }), lines);
});

partTest("Kafka: every role, tortured for 30 s: nothing lost, wrong or double", need, async () => {
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const options = { seed, seconds: 30, rules: 200, rate: 1_000, brokers: 1, say } as const;
  expectSound(await tortureKafka(options), lines);
});
