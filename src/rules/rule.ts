import { PRICE_SCALE, RATE_SCALE } from "../market/decimal.ts";
import type { MarketSession } from "../market/market_session.ts";
import type { RuleMarket } from "../market/reference.ts";
import type { Symbol } from "../market/symbol.ts";
import type { ChannelName } from "./channels.ts";
import type { Comparator, Condition } from "./condition.ts";
import type { Repeat } from "./repeat.ts";

export { type Comparator, COMPARATORS } from "./condition.ts";

/** The kinds that are shorthands of one condition. 상/하한가, 등락률, 목표가, 전일대비. */
export const SHORTHAND_KINDS = ["price_limit", "change_rate", "target_price", "day_change"] as const;
export type ShorthandKind = typeof SHORTHAND_KINDS[number];

/** What a rule says: one of the shorthands, or any other conditions. */
export const RULE_KINDS = [...SHORTHAND_KINDS, "condition"] as const;
export type RuleKind = typeof RULE_KINDS[number];

/**
 * When a rule fires within its window: `level` on the first counted trade on which its conditions hold, `crossing` on one
 * on which they hold while they did not all hold on the one before.
 */
export const TRIGGERS = ["level", "crossing"] as const;
export type Trigger = typeof TRIGGERS[number];

/**
 * Which way a rule looks.
 * - `up`: the rise is compared, a fall is a negative rise;
 * - `down`: the fall is compared, a rise is a negative fall;
 * - `either`: the absolute value is compared.
 * For `price_limit`: which limit. Null for `target_price`.
 */
export const DIRECTIONS = ["up", "down", "either"] as const;
export type Direction = typeof DIRECTIONS[number];

export { addressOf, type ChannelName, channelOf, CHANNELS } from "./channels.ts";

export const LOCALES = ["ko", "en"] as const;
export type Locale = typeof LOCALES[number];

/** A rule as it is stored on the `rules` topic and answered by the API. Never changed once made. */
export interface Rule {
  /** 1 to 64 of A-Z a-z 0-9 . _ - ; given by us unless the caller chose it. */
  readonly id: string;
  /** The one symbol it is for; null for a rule with `symbols` or `market`. */
  readonly symbol: Symbol | null;
  /** The symbols it is for, each on its own; 1 to {@link MAX_SYMBOLS}, sorted. */
  readonly symbols: readonly Symbol[] | null;
  /** The market whose every symbol it is for; `*`: all. */
  readonly market: RuleMarket | "*" | null;
  /** What must hold, all of it; 1 to 4. This decides; kind, comparator, value and direction are its shorthand. */
  readonly conditions: readonly Condition[];
  readonly kind: RuleKind;
  /** Null for `price_limit` and `condition`. */
  readonly comparator: Comparator | null;
  /** A decimal text at the kind's scale ({@link scaleOf}), shortest form; null for `price_limit` and `condition`. */
  readonly value: string | null;
  /** Null for `target_price` and `condition`. */
  readonly direction: Direction | null;
  readonly on: Trigger;
  /** How long its windows are; null: as `--window-ms` says. */
  readonly repeat: Repeat | null;
  /** The sessions whose trades count, in their order; null: all. */
  readonly sessions: readonly MarketSession[] | null;
  /** The most alerts of a day in Seoul; null: no limit. */
  readonly maxAlertsPerDay: number | null;
  /** A mail address, or `webhook:https://…`, `slack:https://…`, `telegram:CHAT_ID`. 1 to 50. */
  readonly recipients: readonly string[];
  /** The channels that are on; by default those that the recipients name. */
  readonly channels: readonly ChannelName[];
  readonly locale: Locale;
  /** The user's own words, up to 200 characters; "" when there are none. */
  readonly note: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Who it belongs to. */
  readonly tenant: string;
  readonly enabled: boolean;
  /** Epoch ms; the rule never fires once its partition has seen this event time. Null: never expires. */
  readonly expiresAt: number | null;
  /** 1 when made, one more at each change. */
  readonly version: number;
  /** The version that armed it last: what it fired before counts no more. 1 in ids is not written. */
  readonly armed: number;
  /** When that was, epoch ms: where the window of a rule that fires once begins. */
  readonly armedAt: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** Rules in an order, as an array has them. One that is read of it may be another one at the next reading. */
export interface RuleList {
  readonly length: number;
  at(index: number): Rule | undefined;
}

/** The longest line that is read as a rule. */
export const MAX_LINE = 300;
/** The most symbols of one rule. */
export const MAX_SYMBOLS = 200;
/** The alerts a day of a rule for many symbols that says no other number. */
export const DEFAULT_MAX_ALERTS_PER_DAY = 200;

/** The key whose partition a rule's record is placed on first: its symbol, or its id when it is for several. */
export function placementKey(rule: Pick<Rule, "id" | "symbol">): string {
  return rule.symbol ?? rule.id;
}

/** The symbols that a rule names; none of one for a market. */
export function symbolsOf(rule: Pick<Rule, "symbol" | "symbols">): readonly Symbol[] {
  return rule.symbol === null ? rule.symbols ?? [] : [rule.symbol];
}

/** Whether a rule is for several symbols, so that its alerts' ids name theirs. */
export function isForMany(rule: Pick<Rule, "symbol">): boolean {
  return rule.symbol === null;
}

/** Decimal places of a kind's value: rates 2, won 0. */
export function scaleOf(kind: RuleKind): number {
  return kind === "change_rate" ? RATE_SCALE : PRICE_SCALE;
}
