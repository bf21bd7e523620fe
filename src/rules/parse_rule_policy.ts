import { MARKET_SESSIONS, type MarketSession } from "../market/market_session.ts";
import { wordMeant } from "./hints.ts";
import type { InputIssues } from "./input_issues.ts";
import type { RuleTarget } from "./parse_rule_target.ts";
import { type Repeat, REPEATS } from "./repeat.ts";
import { DEFAULT_MAX_ALERTS_PER_DAY, isForMany, type Trigger, TRIGGERS } from "./rule.ts";

/** When and how often a rule fires. */
export interface RulePolicy {
  readonly on: Trigger;
  readonly repeat: Repeat | null;
  readonly sessions: readonly MarketSession[] | null;
  readonly maxAlertsPerDay: number | null;
}

const DEFAULT_POLICY: RulePolicy = Object.freeze({
  on: "level",
  repeat: null,
  sessions: null,
  maxAlertsPerDay: null,
});
const DEFAULT_OF_MANY: RulePolicy = Object.freeze({
  ...DEFAULT_POLICY,
  maxAlertsPerDay: DEFAULT_MAX_ALERTS_PER_DAY,
});

/** The most that `maxAlertsPerDay` may be. */
export const MOST_ALERTS_PER_DAY = 1_000_000;

/** Reads `on`, `repeat`, `sessions` and `maxAlertsPerDay`, each with its default. */
export function parsePolicy(
  input: Readonly<Record<string, unknown>>,
  target: RuleTarget | undefined,
  issues: InputIssues,
): RulePolicy {
  const { on, repeat, sessions, maxAlertsPerDay } = input;
  const saysNothing = on === undefined && repeat === undefined && sessions === undefined &&
    maxAlertsPerDay === undefined;
  if (saysNothing) return target !== undefined && isForMany(target) ? DEFAULT_OF_MANY : DEFAULT_POLICY;
  return {
    on: word("on", input.on, TRIGGERS, issues) ?? "level",
    repeat: word("repeat", input.repeat, REPEATS, issues) ?? null,
    sessions: parseSessions(input.sessions, issues),
    maxAlertsPerDay: parseMost(input.maxAlertsPerDay, issues) ??
      (target !== undefined && isForMany(target) ? DEFAULT_MAX_ALERTS_PER_DAY : null),
  };
}

/** What people write for how often. */
const REPEATS_MEANT: ReadonlyMap<string, Repeat> = new Map([
  ["minute", "1m"],
  ["1min", "1m"],
  ["hour", "1h"],
  ["hourly", "1h"],
  ["60m", "1h"],
  ["1d", "day"],
  ["daily", "day"],
]);

function word<T extends string>(
  field: string,
  given: unknown,
  words: readonly T[],
  issues: InputIssues,
): T | undefined {
  if (given === undefined || given === null) return undefined;
  const known = words.find((each) => each === given);
  if (known !== undefined) return known;
  const near = REPEATS_MEANT.get(String(given).toLowerCase());
  const hint = field === "repeat" && near !== undefined ? `; did you mean ${near}?` : wordMeant(given, words);
  issues.refuse(field, `bad_${field}`, `must be one of ${words.join(", ")}${hint}`, given);
  return undefined;
}

/** Every list of sessions in their order, by its bits: a million rules share sixteen lists. */
const SESSION_LISTS = Array.from(
  { length: 2 ** MARKET_SESSIONS.length },
  (_, bits) => Object.freeze(MARKET_SESSIONS.filter((_, bit) => (bits >> bit & 1) === 1)),
);

function parseSessions(given: unknown, issues: InputIssues): readonly MarketSession[] | null {
  if (given === undefined || given === null) return null;
  if (!Array.isArray(given) || given.length < 1 || given.length > MARKET_SESSIONS.length) {
    issues.refuse("sessions", "bad_list", `must be a list of ${MARKET_SESSIONS.join(", ")}`, given);
    return null;
  }
  let bits = 0;
  given.forEach((each: unknown, index) => {
    const bit = MARKET_SESSIONS.findIndex((session) => session === each);
    const field = `sessions[${index}]`;
    if (bit < 0) {
      const reason = `must be one of ${MARKET_SESSIONS.join(", ")}${wordMeant(each, MARKET_SESSIONS)}`;
      issues.refuse(field, "bad_session", reason, each);
    } else if ((bits >> bit & 1) === 1) issues.refuse(field, "duplicate", "is in the list twice", each);
    else bits |= 1 << bit;
  });
  // All of them is what no list says.
  return bits === SESSION_LISTS.length - 1 ? null : SESSION_LISTS[bits] as readonly MarketSession[];
}

function parseMost(given: unknown, issues: InputIssues): number | undefined {
  if (given === undefined || given === null) return undefined;
  if (
    typeof given === "number" && Number.isSafeInteger(given) && given >= 1 && given <= MOST_ALERTS_PER_DAY
  ) {
    return given;
  }
  const reason = `must be a whole number from 1 to ${MOST_ALERTS_PER_DAY}`;
  issues.refuse("maxAlertsPerDay", "out_of_range", reason, given);
  return undefined;
}
