/**
 * Real processes under every fault of the table (tests/torture/faults.ts), embedded and on Kafka by turns, in an order of
 * chance that a seed gives; an oracle checks what they left:
 *
 *     deno task torture [--minutes 10] [--seed N] [--on box|kafka|both] [--brokers 1|3] [--only "FAULT;FAULT"] [--record]
 *
 * Exit code 1 when anything is missing, wrong or double.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { faultsOf } from "../tests/torture/check.ts";
import { FAULTS } from "../tests/torture/faults.ts";
import { tortureBox } from "../tests/torture/box_run.ts";
import { tortureKafka } from "../tests/torture/kafka_run.ts";
import type { Outcome } from "../tests/torture/torment.ts";
import { missingKafka } from "../tests/support/kafka_broker.ts";
import { noteRun } from "./reliability/record.ts";

/** A round's market lasts so long at most, s. */
const ROUND_S = 180;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    on: { type: "string", default: "both" },
    brokers: { type: "string", default: "3" },
    only: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const missing = values.on === "box" ? undefined : await missingKafka();
if (missing !== undefined) console.error(`Not on Kafka: ${missing}`);
const systems = (["box", "kafka"] as const).filter((one) =>
  (values.on === "both" || values.on === one) && (one === "box" || missing === undefined)
);
const totalS = Number(values.minutes) * 60;
const rounds = Math.max(systems.length, Math.round(totalS / ROUND_S));
const happened: Record<string, number> = {};
const notRun: Record<string, string> = {};
const found: string[] = [];
const sums = { trades: 0, alerts: 0, messages: 0, held: 0 };
const began = performance.now();
for (let round = 0; round < rounds; round++) {
  const system = systems[round % systems.length]!;
  const options = {
    seed: seed + round,
    seconds: Math.max(20, Math.round(totalS / rounds)),
    rules: 300,
    rate: system === "box" ? 500 : 1_000,
    ...(values.only === undefined ? {} : { only: values.only.split(";") }),
    say: console.error,
  };
  console.error(`round ${round + 1} of ${rounds}: ${system}, seed ${options.seed}`);
  try {
    note(
      system === "box"
        ? await tortureBox(options)
        : await tortureKafka({ ...options, brokers: values.brokers === "1" ? 1 : 3 }),
    );
  } catch (thrown) {
    found.push(`seed ${options.seed} (${system}): ${String(thrown).slice(0, 300)}`);
    console.error(thrown);
  }
}
const notReached = FAULTS.map(({ name }) => name).filter((name) => !happened[name] && !notRun[name]);
const report = {
  minutes: Math.round((performance.now() - began) / 6_000) / 10,
  seed,
  systems,
  ...sums,
  happened,
  notRun,
  notReached,
  found,
};
console.log(JSON.stringify(report, undefined, 2));
if (values.record) await noteRun("torture", report);
Deno.exit(found.length === 0 ? 0 : 1);

function note(outcome: Outcome): void {
  const { findings } = outcome;
  for (const [name, count] of Object.entries(outcome.happened)) {
    happened[name] = (happened[name] ?? 0) + count;
  }
  Object.assign(notRun, outcome.notRun);
  for (const key of ["trades", "alerts", "messages", "held"] as const) sums[key] += findings[key];
  const faults = faultsOf(findings);
  for (const [what, which] of Object.entries(faults)) {
    found.push(`${what}: ${which.length}, ${which.slice(0, 5).join("; ")}`);
  }
}
