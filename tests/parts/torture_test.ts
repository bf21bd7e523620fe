import { expect } from "expect";
import { runChaos } from "../support/kafka_chaos.ts";
import { missingKafka } from "../support/kafka_broker.ts";
import { partTest } from "../support/part.ts";

const need = {
  part: "Kafka",
  // A broker that is killed must be ours.
  missing: () => Deno.env.get("TICKBELL_TEST_KAFKA") ? "Unset TICKBELL_TEST_KAFKA." : missingKafka(),
};

// The long run is scripts/kafka_chaos.ts.
partTest(
  "Kafka: real processes killed, frozen, replaced, the broker killed: effectively once",
  need,
  async () => {
    const lines: string[] = [];
    const report = await runChaos({
      seed: 7,
      seconds: 30,
      rules: 200,
      unknownOutcome: "hold",
      events: ["kill stream", "freeze notifier", "kill broker", "freeze stream", "replace stream"],
      say: (line) => lines.push(line),
    });
    const { trades, alerts, mails, held, resent, repeatedAlertRecords: _repeated, ...faults } = report;
    expect({ ...faults, lines }).toEqual({
      missingTrades: [],
      missingAlerts: [],
      wrongAlerts: [],
      mailedTwice: [],
      neverMailed: [],
      lostMails: [],
      missingRules: [],
      lines,
    });
    expect(trades).toBe(60_000);
    expect(resent).toBe(0);
    expect(alerts).toBeGreaterThan(100);
    // What is kept back was perhaps mailed, and perhaps not.
    expect(mails).toBeLessThanOrEqual(alerts);
    expect(mails + held).toBeGreaterThanOrEqual(alerts);
  },
);
