import type { MarketSession } from "../market/market_session.ts";
import type { Symbol } from "../market/symbol.ts";
import { InputError } from "../core/errors.ts";
import { COMPARATOR_SIGNS } from "../rules/names.ts";
import { formatWhen } from "../rules/when.ts";
import type { Condition } from "../rules/condition.ts";
import { conditionWritten, type WrittenCondition } from "../rules/read_conditions.ts";
import type { Match } from "../rules/evaluation.ts";
import type { Repeat } from "../rules/repeat.ts";
import {
  type ChannelName,
  type Comparator,
  type Direction,
  isForMany,
  type Locale,
  type RuleKind,
  type Trigger,
} from "../rules/rule.ts";

/** A condition of the rule, and what its measure said when it fired. */
export interface MeasuredCondition extends WrittenCondition {
  /** A decimal, shortest form; absent in alerts that were written before it was kept. */
  readonly measured?: string;
}

/**
 * One alert as it is on the `alerts` topic, key the symbol: enough to write the mail with nothing looked up.
 * Times are epoch ms, UTC; the window is `[windowStart, windowEnd)`. Ids are made by {@link alertId}.
 */
export interface Alert {
  /** The same however often the trade is evaluated, see {@link alertId}. */
  readonly id: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  /** The rule's version that armed it: a restart sets the bit of this arming only. */
  readonly armed: number;
  readonly tenant: string;
  readonly kind: RuleKind;
  readonly comparator: Comparator | null;
  readonly value: string | null;
  /** The rule's direction. */
  readonly ruleDirection: Direction | null;
  /** The rule's conditions, with the values that made it fire. */
  readonly conditions: readonly MeasuredCondition[];
  readonly on: Trigger;
  /** How often the rule repeats; null: as `--window-ms` says, which is the window's length. */
  readonly repeat: Repeat | null;
  readonly symbol: Symbol;
  /** The company's Korean name, or the code where none is known. */
  readonly name: string;
  /** English name, where known. */
  readonly nameEn?: string;
  /** Which way the trade stands against yesterday's close. */
  readonly direction: "up" | "down" | "flat";
  readonly price: number;
  /** Per cent. */
  readonly rate: number;
  /** Won. */
  readonly change: number;
  readonly volume: number;
  readonly eventTime: number;
  /** The market session of the trade; absent in alerts of earlier versions. */
  readonly marketSession?: MarketSession;
  /** How the trade came: filled in after a gap, or a price that was asked for; absent: live. */
  readonly origin?: "filled" | "polled";
  readonly windowStart: number;
  /** Null: of a rule that fires once, until it is armed again. */
  readonly windowEnd: number | null;
  /** The rule's last alert of the day here: it has reached its `maxAlertsPerDay`. */
  readonly closing?: boolean;
  readonly recipients: readonly string[];
  readonly channels: readonly ChannelName[];
  readonly locale: Locale;
  readonly note: string;
  /** The rule's labels; absent: none. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What an alert's id is made of. */
export interface AlertKey {
  readonly ruleId: string;
  /** Of a rule for several symbols; null: the rule has one symbol. */
  readonly symbol: Symbol | null;
  /** The rule's arming; 1 is not written. */
  readonly armed: number;
  readonly windowStart: number;
}

/** The id of a rule's alert in a window: `rule@start`, `rule:SYMBOL@start`, `rule!N@start`, `rule:SYMBOL!N@start`. */
export function alertId({ ruleId, symbol, armed, windowStart }: AlertKey): string {
  const of = symbol === null ? ruleId : `${ruleId}:${symbol}`;
  return `${armed === 1 ? of : `${of}!${armed}`}@${windowStart}`;
}

/** The id of the alert of a match. */
export function idOfMatch(
  { rule, symbol, windowStart }: Pick<Match, "rule" | "symbol" | "windowStart">,
): string {
  const { id: ruleId, armed } = rule;
  return alertId({ ruleId, symbol: isForMany(rule) ? symbol : null, armed, windowStart });
}

/** The conditions of an alert as rules have them; undefined when a newer stream wrote one that is not known here. */
export function conditionsOf(alert: Pick<Alert, "conditions">): readonly Condition[] | undefined {
  try {
    return alert.conditions.map(conditionWritten);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    return undefined;
  }
}

/** The conditions of an alert as text, as well as it is known. */
export function whenOf(alert: Pick<Alert, "conditions">): string {
  const known = conditionsOf(alert);
  if (known !== undefined) return formatWhen(known);
  return alert.conditions.map(({ measure, params = [], comparator, value }) => {
    const of = params.length === 0 ? measure : `${measure}(${params.join(",")})`;
    return `${of} ${COMPARATOR_SIGNS[comparator]} ${value}`;
  }).join(" and ");
}
