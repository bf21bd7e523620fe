import type { SteadyClock } from "../core/steady_clock.ts";
import type { ComponentHealth } from "./health.ts";
import { logger } from "./log.ts";

const log = logger("clock");

/** Says that the machine's time was changed in one step, and that it is not believed yet; writes a line for each step. */
export function clockHealth(clock: SteadyClock): () => ComponentHealth {
  let said: number | undefined;
  return () => {
    const { step } = clock;
    if (step === undefined) {
      said = undefined;
      return { state: "ready", detail: "the machine's time goes on steadily" };
    }
    const { aheadMs, forMs } = step;
    const [by, which] = [durationText(Math.abs(aheadMs)), aheadMs > 0 ? "forward" : "back"];
    const detail = `the machine's time was put ${which} by ${by}, ${durationText(forMs)} ago; ` +
      "it is believed once it has stood for ten minutes";
    if (said !== aheadMs) log.warn("{detail}", { detail });
    said = aheadMs;
    return { state: "degraded", detail };
  };
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
