import type { Delivery } from "../alerts/ledger.ts";
import type { RecipientSettings } from "../alerts/recipient_settings.ts";
import type { NewRecord } from "./event_log.ts";

/** A delivery as a store has it. */
export interface StoredDelivery {
  readonly delivery: Delivery;
  /** Counts its changes: what a change must know to be taken. */
  readonly version: number;
}

/**
 * The ledger where there is no event log to write: one record a delivery, changed only by who has seen its newest
 * state. For the Lambda; the notifier that runs all the time keeps its ledger in the event log.
 */
export interface DeliveryStore {
  /** The newest state, read consistently; undefined when there is none. */
  get(id: string, recipient: string): Promise<StoredDelivery | undefined>;
  /**
   * Writes the next state if the stored one is still of `version` (0: there is none). Answers whether it was written.
   *
   * @throws {OutsideError} when the store cannot be reached.
   */
  put(delivery: Delivery, version: number): Promise<boolean>;
  /** What is known of a recipient; undefined when nothing is. */
  recipient(recipient: string): Promise<RecipientSettings | undefined>;
  /** Keeps dead letters. Writing one again changes nothing. */
  bury(letters: readonly NewRecord[]): Promise<void>;
}
