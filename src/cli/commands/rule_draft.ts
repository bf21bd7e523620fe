import { list, optionalOneOf, optionalText } from "../../config/setting.ts";
import { MARKET_SCOPES } from "../../rules/parse_rule_target.ts";
import { REPEATS } from "../../rules/repeat.ts";
import { DIRECTIONS, TRIGGERS } from "../../rules/rule.ts";
import type { ApiRuleInput } from "../../control/client/types.ts";

/** What a rule waits for, in the shorthand's words; left out with `--when`. */
export const conditionArgs = ["[symbol]", "[kind]", "[comparator]", "[value]"];

/** What a rule on the command line is made of, beside its words. */
export const draftSettings = {
  to: list({
    default: [],
    placeholder: "ADDRESS,…",
    description:
      "Who gets the messages of a rule: mail addresses, webhook:https://…, slack:https://…, telegram:CHAT, discord:https://…, ntfy:TOPIC, sms:PHONE.",
  }),
  when: optionalText({
    placeholder: "TEXT",
    description: 'What a rule waits for: "from_open >= 5 and day_value >= 100억".',
  }),
  on: optionalOneOf(TRIGGERS, {
    placeholder: "HOW",
    description: "When a rule fires: level or crossing.",
  }),
  repeat: optionalOneOf(REPEATS, {
    placeholder: "TIME",
    description: "At most once in 1m, 5m, 10m, 30m, 1h, 2h, 4h, a day, or once.",
  }),
  sessions: optionalText({
    placeholder: "NAME,…",
    description: "The sessions that count for a rule: pre, regular, after, closing.",
  }),
  ruleSymbols: optionalText({
    placeholder: "CODE,…",
    description: "The symbols of a rule for several.",
  }),
  market: optionalOneOf(MARKET_SCOPES, {
    placeholder: "NAME",
    description: "The market of a rule for all its symbols: KOSPI, KOSDAQ, ETF, ETN or *.",
  }),
  maxAlerts: optionalText({
    placeholder: "COUNT",
    description: "The most alerts of a rule a day.",
  }),
  direction: optionalOneOf(DIRECTIONS, {
    placeholder: "WAY",
    description: "A rule's direction: up, down or either.",
  }),
  note: optionalText({ placeholder: "TEXT", description: "Your own words in a rule's messages." }),
  id: optionalText({ placeholder: "ID", description: "A rule's id; given by the API when left out." }),
};

/** The values of {@link draftSettings}, those that are given. */
export type DraftConfig =
  & { readonly to: readonly string[] }
  & { readonly [Name in Exclude<keyof typeof draftSettings, "to">]?: string | undefined };

/** A rule from the words of a command line; the comparator and the value may change places. */
export function draftOf(args: readonly string[], config: DraftConfig): ApiRuleInput {
  const [symbol, kind, first, second] = args;
  const swapped = first !== undefined && /^[+-]?\d/.test(first);
  const [comparator, value] = swapped ? [second, first] : [first, second];
  const fields = {
    symbol,
    symbols: config.ruleSymbols?.split(",").map((code) => code.trim()),
    market: config.market,
    when: config.when,
    kind,
    comparator,
    value,
    direction: config.direction,
    on: config.on,
    repeat: config.repeat,
    sessions: config.sessions?.split(",").map((name) => name.trim()),
    maxAlertsPerDay: config.maxAlerts === undefined ? undefined : Number(config.maxAlerts),
    note: config.note,
    id: config.id,
    recipients: [...config.to],
  };
  // The API judges the words.
  return Object.fromEntries(
    Object.entries(fields).filter(([, field]) => field !== undefined),
  ) as unknown as ApiRuleInput;
}
