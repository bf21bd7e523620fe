import type { Symbol } from "../market/symbol.ts";
import type { ChannelName, Comparator, Direction, Locale, RuleKind } from "../rules/rule.ts";

/**
 * One alert as it is on the `alerts` topic, key the symbol: enough to write the mail with nothing looked up.
 * Times are epoch ms, UTC; the window is `[windowStart, windowEnd)`.
 */
export interface Alert {
  /** `ruleId@windowStart`, see {@link alertId}: the same however often the trade is evaluated. */
  readonly id: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly tenant: string;
  readonly kind: RuleKind;
  readonly comparator: Comparator | null;
  readonly value: string | null;
  /** The rule's direction. */
  readonly ruleDirection: Direction | null;
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
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly recipients: readonly string[];
  readonly channels: readonly ChannelName[];
  readonly locale: Locale;
  readonly note: string;
}

/** The id of a rule's alert in a window. */
export function alertId(ruleId: string, windowStart: number): string {
  return `${ruleId}@${windowStart}`;
}
