import type { Symbol } from "../market/symbol.ts";
import { PRICE_SCALE, RATE_SCALE } from "../market/decimal.ts";
import type { ChannelName } from "./channels.ts";

/** What a rule looks at. 상/하한가, 등락률, 목표가, 전일대비. */
export const RULE_KINDS = ["price_limit", "change_rate", "target_price", "day_change"] as const;
export type RuleKind = typeof RULE_KINDS[number];

export const COMPARATORS = ["gt", "gte", "lt", "lte"] as const;
export type Comparator = typeof COMPARATORS[number];

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
  readonly symbol: Symbol;
  readonly kind: RuleKind;
  /** Null for `price_limit`. */
  readonly comparator: Comparator | null;
  /** A decimal text at the kind's scale ({@link scaleOf}), shortest form; null for `price_limit`. */
  readonly value: string | null;
  readonly direction: Direction | null;
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
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** Decimal places of a kind's value: rates 2, won 0. */
export function scaleOf(kind: RuleKind): number {
  return kind === "change_rate" ? RATE_SCALE : PRICE_SCALE;
}
