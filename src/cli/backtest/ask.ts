import { type BacktestJob, checkSpan, MOST_DAYS, parseDay } from "../../backtest/job.ts";
import { parseSweep, sweptRules } from "../../backtest/sweep.ts";
import { type ListedSymbol, referenceOfListed } from "../../market/directory.ts";
import { seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import type { Symbol } from "../../market/symbol.ts";
import { makeRule } from "../../rules/make_rule.ts";
import { parseRule } from "../../rules/parse_rule.ts";
import type { Rule } from "../../rules/rule.ts";
import { readRuleFile, RULE_FILE } from "../rule_file.ts";
import { filesOf } from "../../files/visible_files.ts";
import { type DraftConfig, draftOf } from "../commands/rule_draft.ts";
import { badSetting } from "../bad_setting.ts";

/** Who would get the messages of a rule that names nobody: nobody gets any. */
const NOBODY = ["backtest@example.com"];
/** Fires that are listed, at most. */
const MOST_FIRES = 100_000;

/** What the command line says of a backtest. */
export interface Asked {
  /** A rule in words, and its other fields. */
  readonly draft: DraftConfig;
  /** Rules in place of the draft: a file, or a folder of them. */
  readonly ruleFile: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly symbols: readonly Symbol[];
  readonly sweep: string | undefined;
  /** Whether recorded files are read: they say themselves which days there are. */
  readonly recorded: boolean;
  readonly windowMs: number;
  readonly graceMs: number;
  readonly maxAheadMs: number;
  readonly listing: readonly ListedSymbol[];
  /** Epoch ms. */
  readonly now: number;
}

/**
 * The backtest that is asked for.
 *
 * @throws {InputError} `bad_configuration`, `bad_rule`, `bad_rule_file`, `bad_day`, `bad_sweep`.
 */
export async function askedJob(asked: Asked): Promise<BacktestJob> {
  const { from, to } = daysOf(asked);
  const rules = await rulesOf(asked, startOfSeoulDay(from));
  const sweep = asked.sweep === undefined ? null : parseSweep(asked.sweep);
  if (sweep !== null) {
    if (rules.length !== 1) throw badSetting("--sweep", "is of one rule", rules.length);
    sweptRules(rules[0] as Rule, sweep);
  }
  return {
    rules,
    sweep,
    from,
    to,
    symbols: asked.symbols.length === 0 ? null : asked.symbols,
    references: asked.listing.map(referenceOfListed),
    windowMs: asked.windowMs,
    graceMs: asked.graceMs,
    maxAheadMs: asked.maxAheadMs,
    mostFires: MOST_FIRES,
  };
}

function daysOf({ from, to, recorded, now }: Asked): { readonly from: number; readonly to: number } {
  if (recorded) {
    return {
      from: from === undefined ? 0 : parseDay(from, "--from"),
      to: to === undefined ? Infinity : parseDay(to, "--to"),
    };
  }
  if (from === undefined) throw badSetting("--from", "is needed: a day such as 2026-11-02, or --source FILE");
  const days = {
    from: parseDay(from, "--from"),
    to: to === undefined
      ? Math.min(seoulDay(now), parseDay(from, "--from") + MOST_DAYS - 1)
      : parseDay(to, "--to"),
  };
  checkSpan(days, { from: "--from", to: "--to" });
  return days;
}

async function rulesOf({ draft, ruleFile, symbols }: Asked, armedAt: number): Promise<readonly Rule[]> {
  if (ruleFile === undefined) {
    if (draft.when === undefined) {
      throw badSetting("--when", 'is needed: --when "price >= 71950", or --rules FILE');
    }
    // Without symbols it is for whatever is in the trades.
    const target = symbols.length === 0
      ? { market: draft.market ?? "*" }
      : symbols.length === 1
      ? { symbol: symbols[0] }
      : { symbols };
    const parsed = parseRule({ id: "rule", ...draftOf([], draft), ...target, recipients: NOBODY });
    const limit = draft.maxAlerts === undefined ? { maxAlertsPerDay: null } : {};
    return [{ ...makeRule(parsed, { id: "rule", now: armedAt }), ...limit }];
  }
  if (draft.when !== undefined) throw badSetting("--when", "stands beside --rules: give one of them");
  const rules: Rule[] = [];
  for (const path of await filesOf(ruleFile, RULE_FILE)) {
    for (const { place, value } of await readRuleFile(path)) {
      const given = { recipients: NOBODY, ...Object(value) };
      const parsed = parseRule(given, { prefix: `${path}, ${place}: `, serverFields: "ignore" });
      rules.push(makeRule(parsed, { id: `rule-${rules.length + 1}`, now: armedAt }));
    }
  }
  const twice = rules.find(({ id }, index) => rules.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) throw badSetting("--rules", "has an id twice", twice.id);
  return rules;
}
