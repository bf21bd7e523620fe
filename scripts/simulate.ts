/**
 * The simulation: days that never happened, over a model of Kafka's brokers, with every role and every fault under one
 * scheduler. A seed is a day; the same seed is the same day, byte for byte. After every step the promises of ARCHITECTURE.md
 * hold; a seed that breaks one is shrunk to the few steps that do, and printed with the command that repeats them.
 *
 *     deno task simulate [--seed N] [--seeds N | --seconds S] [--steps M] [--only I,J,…] [--log FILE] [--quick] [--record]
 *
 * Without a seed it begins with one of chance. `--seconds` runs as many seeds as fit, one after the other; `--only` does some
 * of a seed's steps; `--log` writes down everything that happens; `--quick` stops at the first failure without shrinking it. `--record`
 * notes a run in which every promise held for docs/reliability.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Counters } from "../tests/simulation/counters.ts";
import { planOf } from "../tests/simulation/plan.ts";
import { type Failure, run } from "../tests/simulation/run.ts";
import { only, shrink } from "../tests/simulation/shrink.ts";
import { noteRun } from "./reliability/record.ts";

/** How long a failure is shrunk, ms. */
const SHRINK_MS = 60_000;
const STEPS = 120;
/** Virtual time and chance stand in these functions' places while a seed runs. */
const now = performance.now.bind(performance);

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    seconds: { type: "string" },
    steps: { type: "string" },
    only: { type: "string" },
    log: { type: "string" },
    quick: { type: "boolean" },
    record: { type: "boolean" },
  },
});
const first = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const steps = Number(values.steps ?? STEPS);
const places = values.only?.split(",").map(Number);
const end = now() + Number(values.seconds ?? Infinity) * 1_000;
const most = Number(values.seeds ?? (values.seconds === undefined ? 1 : Infinity));

const counters = new Counters();
const begun = now();
let events = 0;
let lastedMs = 0;
let seeds = 0;
for (let seed = first; seeds < most && (seeds === 0 || now() < end); seed++) {
  const whole = planOf(seed, steps);
  const plan = places === undefined ? whole : only(whole, places);
  const lines: string[] = [];
  const log = values.log === undefined ? {} : { onLine: (line: string) => void lines.push(line) };
  const ran = await run({ seed, plan, ...log });
  if (values.log !== undefined) await Deno.writeTextFile(values.log, `${lines.join("\n")}\n`);
  seeds++;
  events += ran.events;
  lastedMs += ran.lastedMs;
  counters.add(ran.counters);
  if (most === 1) console.log(`seed ${seed}: ${ran.hash}`);
  if (ran.failure === undefined) continue;
  console.error(
    `seed ${seed} broke a promise after ${
      Math.round((now() - begun) / 1_000)
    } s, at step ${ran.failure.step}`,
  );
  await report(ran.failure, { seed, plan: whole });
  Deno.exit(1);
}
for (const [what, times] of counters.all) console.log(`${String(times).padStart(9)}  ${what}`);
const seconds = (now() - begun) / 1_000;
console.log(
  `${seeds} seeds from ${first} on, ${steps} steps each: ${
    Math.round(lastedMs / 60_000)
  } minutes of the world, ` +
    `${events} events, in ${seconds.toFixed(1)} s; every promise held`,
);
if (values.record) {
  const minutesOfTheWorld = Math.round(lastedMs / 60_000);
  const happened = Object.fromEntries(counters.all);
  await noteRun("simulate", { seeds, firstSeed: first, steps, minutesOfTheWorld, events, happened });
}

async function report(failure: Failure, { seed, plan }: { seed: number; plan: ReturnType<typeof planOf> }) {
  console.error(`  ${failure.detail}`);
  if (values.quick || places !== undefined) return void console.error(failure.thrown);
  const shrunk = await shrink({ seed, plan, failure, until: now() + SHRINK_MS, now });
  console.error(`\nshrunk to ${shrunk.kept.length} of ${plan.steps.length} steps by ${shrunk.runs} runs:`);
  for (const place of shrunk.kept) console.error(`  ${place}: ${JSON.stringify(plan.steps[place])}`);
  console.error(`  ${shrunk.failure.detail}`);
  console.error(
    `\nagain with:\n  deno task simulate --seed ${seed} --steps ${steps} --only ${shrunk.kept.join(",")}`,
  );
}
