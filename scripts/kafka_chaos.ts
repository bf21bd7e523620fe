/**
 * The long run of tests/support/kafka_chaos.ts, three minutes by default:
 *
 *     deno run -A scripts/kafka_chaos.ts [--seconds 180] [--seed 1] [--policy hold|resend]
 *
 * Exit code 1 when anything is missing, wrong or double.
 *
 * @module
 */
import { CHAOS_EVENTS, runChaos } from "../tests/support/kafka_chaos.ts";

function option(name: string, otherwise: string): string {
  const at = Deno.args.indexOf(name);
  return at < 0 ? otherwise : Deno.args[at + 1] ?? otherwise;
}

const seconds = Number(option("--seconds", "180"));
const count = Math.max(CHAOS_EVENTS.length, Math.round(seconds / 9));
const report = await runChaos({
  seed: Number(option("--seed", "1")),
  seconds,
  rules: 300,
  unknownOutcome: option("--policy", "hold") === "resend" ? "resend" : "hold",
  events: Array.from({ length: count }, (_, at) => CHAOS_EVENTS[at % CHAOS_EVENTS.length] ?? "kill stream"),
  say: console.error,
});
console.log(JSON.stringify(report, undefined, 2));
const faults = Object.values(report).filter((value) => Array.isArray(value) && value.length > 0);
Deno.exit(faults.length === 0 ? 0 : 1);
