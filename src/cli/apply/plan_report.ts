import { counted } from "../../core/counted.ts";
import type { PlannedChange, RulePlan } from "./rule_plan.ts";

const SIGNS = { make: "+", change: "~", remake: "~", delete: "-", leave: "?" } as const;
const DONE = {
  make: "made",
  change: "changed",
  remake: "made again",
  delete: "deleted",
  leave: "left",
} as const;
const TO_DO = {
  make: "to make",
  change: "to change",
  remake: "to make again",
  delete: "to delete",
  leave: "left",
} as const;

/** A plan, or what was done of it, in one line: `rules.ndjson: 2 made, 1 changed, 5 as they were`. */
export function planSummary({ set, changes, unchanged }: RulePlan, done: boolean): string {
  const words = done ? DONE : TO_DO;
  const parts = (Object.keys(words) as PlannedChange["type"][]).flatMap((type) => {
    const count = changes.filter((change) => change.type === type).length;
    return count === 0 ? [] : [`${count} ${words[type]}`];
  });
  if (unchanged > 0 || parts.length === 0) parts.push(`${counted(unchanged, "rule")} as before`);
  return `${set}: ${parts.join(", ")}`;
}

/** A line for each change, at most `limit`; those that make a rule only where they are wanted. */
export function planLines(
  { changes }: RulePlan,
  { limit = Infinity, made = true }: { readonly limit?: number; readonly made?: boolean } = {},
): string[] {
  const shown = changes.filter(({ type }) => made || type !== "make");
  const lines = shown.slice(0, limit).map(({ type, id, words }) => `  ${SIGNS[type]} ${id}  ${words}`);
  return shown.length > limit ? [...lines, `  … and ${shown.length - limit} more`] : lines;
}
