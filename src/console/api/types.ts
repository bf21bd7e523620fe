/**
 * What the control API answers, as the console shows it. Times are epoch ms here.
 *
 * @module
 */

import type { ApiMailSummary, ApiStatus } from "../../control/client/types.ts";
import type { Alert } from "../../alerts/alert.ts";
import type { Delivery } from "../../alerts/delivery_fields.ts";
import type { Condition } from "../../rules/condition.ts";
import type { MarketSession } from "../../market/market_session.ts";
import type { Rule } from "../../rules/rule.ts";

/** A rule. */
export type ShownRule = Omit<Rule, "tenant" | "updatedAt">;

/** What is odd about a rule without being wrong. */
export interface ShownWarning {
  readonly field: string;
  readonly code: string;
  readonly reason: string;
}

/** A rule that was just written. */
export type SavedRule = ShownRule & {
  readonly warnings?: readonly ShownWarning[];
  /** What happens next, in English. */
  readonly next?: string;
};

/** What a rule is made from: one of the targets, and all that the form has. */
export interface RuleBody extends Pick<ShownRule, "on" | "repeat" | "locale" | "note" | "maxAlertsPerDay"> {
  readonly symbol?: string;
  readonly symbols?: string[];
  readonly market?: NonNullable<ShownRule["market"]>;
  readonly when: string;
  readonly sessions: MarketSession[] | null;
  readonly recipients: string[];
  readonly labels: Record<string, string>;
  /** ISO 8601. */
  readonly expiresAt: string | null;
}

/** What a rule is tried with. */
export type TriedRule = Omit<RuleBody, "locale" | "note" | "labels" | "expiresAt">;

/** Fields of a rule that change; a label that is null goes. */
export type RuleEdit =
  & Partial<Omit<RuleBody, "labels">>
  & { readonly labels?: Record<string, string | null>; readonly value?: string };

/** What became of an alert for one recipient. */
export type ShownDelivery = Pick<Delivery, "recipient" | "state" | "attempts"> & {
  readonly reason: string;
  /** Null while nothing is known of it. */
  readonly at: number | null;
};

/** An alert. */
export type ShownAlert =
  & Pick<
    Alert,
    | "id"
    | "ruleId"
    | "kind"
    | "comparator"
    | "value"
    | "ruleDirection"
    | "on"
    | "armed"
    | "windowEnd"
    | "symbol"
    | "name"
    | "price"
    | "rate"
    | "change"
    | "eventTime"
    | "recipients"
    | "note"
  >
  & {
    /** "" where none is known. */
    readonly nameEn: string;
    readonly conditions: readonly Condition[];
    readonly deliveries: readonly ShownDelivery[];
  };

/** A mail in the embedded outbox. */
export type ShownMail = Omit<ApiMailSummary, "at"> & { readonly at: number };

/** How often a rule would have fired on recorded trades. */
export interface ShownTrial {
  /** The span that was examined, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly trades: number;
  readonly fires: number;
  readonly warnings: readonly ShownWarning[];
  /** When it would have fired, the first 1,000, ascending. */
  readonly times: readonly number[];
}

/** What could not be handled. */
export interface ShownDeadLetter {
  readonly id: string;
  readonly at: number;
  readonly role: string;
  readonly code: string;
  readonly reason: string;
  /** Whether it came from a topic that takes it back. */
  readonly redrivable: boolean;
}

/** The state of a component or of the feed, with a line for people. */
export interface ShownComponent {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

/** Something that happened to a symbol: a gap in its trades, a halt. `symbol` is "" for all of them. */
export interface ShownHappening {
  readonly symbol: string;
  readonly text: string;
  readonly at: number;
}

/** A symbol that is subscribed at a live feed. Times are epoch ms. */
export interface ShownSubscription {
  readonly symbol: string;
  readonly venue: string;
  readonly since: number;
  /** Null: it never spoke. */
  readonly lastAt: number | null;
}

/** How the system is. */
export interface ShownStatus {
  readonly components: readonly ShownComponent[];
  readonly source:
    | ShownComponent & {
      readonly refused: readonly { readonly symbol: string; readonly text: string }[];
      /** Symbols that are subscribed and have never spoken. */
      readonly silent: readonly ShownHappening[];
      readonly symbols: readonly ShownSubscription[];
    }
    | null;
  readonly gaps: readonly ShownHappening[];
  readonly events: readonly ShownHappening[];
  readonly lag: ApiStatus["lag"];
  /** Null before the first round. */
  readonly selfCheck: { readonly since: number; readonly missed: number; readonly trades: number } | null;
  /** The server's clock, epoch ms. */
  readonly now: number;
}
