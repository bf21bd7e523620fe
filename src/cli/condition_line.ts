import type { ApiExplanation } from "../control/client/types.ts";
import { type MeasureName, MEASURES } from "../rules/measures.ts";
import type { Unit } from "../rules/measures/measure.ts";

const UNITS: Readonly<Record<Unit, string>> = {
  won: " won",
  percent: " %",
  shares: " shares",
  times: " ×",
  points: "",
  flag: "",
};

/** `price >= 71950: now 71,900 won, has to rise by 50 won` */
export function conditionLine(condition: ApiExplanation["conditions"][number]): string {
  const { when, measured, distance, holds, missing } = condition;
  if (measured === null) return `${when}: not known${missing === null ? "" : `, ${missing}`}`;
  const name = /^[a-z_]+/.exec(when)?.[0] ?? "";
  const unit = name in MEASURES ? UNITS[MEASURES[name as MeasureName].unit] : "";
  const now = `now ${grouped(measured)}${unit}`;
  if (holds) return `${when}: ${now}, holds`;
  if (distance === null) return `${when}: ${now}`;
  const fall = distance.startsWith("-");
  // At the threshold itself, a strict comparison wants more.
  if (/^-?0(?:\.0+)?$/.test(distance)) return `${when}: ${now}, has to pass it`;
  return `${when}: ${now}, has to ${fall ? "fall" : "rise"} by ${grouped(distance.replace("-", ""))}${unit}`;
}

/** A decimal with commas between thousands. */
function grouped(decimal: string): string {
  const [whole = "", ...rest] = decimal.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}
