/**
 * What the control API answers, as the console reads it. Times are epoch ms here, whatever the API writes.
 *
 * @module
 */

import type { Alert } from "../../alerts/alert.ts";
import type { DeliveryState } from "../../alerts/ledger.ts";
import type { Rule } from "../../rules/rule.ts";

/** A rule as the API answers it. */
export type ApiRule = Omit<Rule, "tenant" | "updatedAt">;

/** What a rule is made from. */
export type RuleBody =
  & Pick<
    ApiRule,
    "symbol" | "kind" | "comparator" | "value" | "direction" | "recipients" | "locale" | "note"
  >
  & {
    /** ISO 8601. */
    readonly expiresAt: string | null;
  };

/** What became of an alert for one recipient. */
export interface ApiDelivery {
  readonly recipient: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly reason: string;
  readonly at: number | null;
}

/** An alert as the API answers it. */
export type ApiAlert =
  & Pick<
    Alert,
    | "id"
    | "ruleId"
    | "kind"
    | "comparator"
    | "value"
    | "ruleDirection"
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
    readonly deliveries: readonly ApiDelivery[];
  };

/** A mail in the embedded outbox. */
export interface ApiMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly at: number;
  readonly text: string;
  readonly html: string;
}

/** How often a rule would have fired on recorded trades. */
export interface ApiTrial {
  readonly trades: number;
  readonly fires: number;
  /** When it would have fired last. */
  readonly last: number | null;
}

/** What could not be handled. */
export interface ApiDeadLetter {
  readonly id: string;
  readonly at: number;
  readonly role: string;
  readonly code: string;
  readonly reason: string;
  /** Whether it came from a topic that takes it back. */
  readonly redrivable: boolean;
}

/** The state of a component or of the feed, with a line for people. */
export interface ApiComponent {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

/** Something that happened to a symbol: a gap in its trades, a halt. `symbol` is "" for all of them. */
export interface ApiHappening {
  readonly symbol: string;
  readonly text: string;
  readonly at: number;
}

/** What /v1/status answers. */
export interface ApiStatus {
  readonly components: readonly ApiComponent[];
  readonly source:
    | ApiComponent & { readonly refused: readonly { readonly symbol: string; readonly text: string }[] }
    | null
    | undefined;
  readonly gaps: readonly ApiHappening[];
  readonly events: readonly ApiHappening[];
  readonly lag: readonly { readonly role: string; readonly records: number }[];
}
