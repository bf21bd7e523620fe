import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { type Delivery, isDigest } from "../../alerts/ledger.ts";
import { silenceReason } from "../../alerts/silences.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { SilenceBook } from "../../books/silences.ts";
import { logger } from "../../telemetry/log.ts";
import type { Fault } from "./deliverer.ts";

const log = logger("notifier");

/** How often settings are looked over, and how old they may grow: the topic deletes old records. */
const REFRESH_MS = 24 * 3_600_000;
const REFRESH_AGE_MS = 5 * 24 * 3_600_000;

/**
 * Why a delivery is not to be made now: its recipient is suppressed, or somebody silenced it. Digests are not silenced:
 * what is in them was to be delivered when it came.
 */
export function hushOf(
  delivery: Delivery,
  given: { readonly book: RecipientBook; readonly silences: SilenceBook; readonly now: number },
): Fault | undefined {
  const { recipient } = delivery;
  const suppression = given.book.suppression(recipient);
  if (suppression !== undefined) return { code: suppression.cause, reason: suppression.reason };
  const [alert] = delivery.alerts ?? [];
  if (alert === undefined || isDigest(delivery)) return undefined;
  const silence = given.silences.silencing({ alert, recipient, now: given.now });
  return silence && silenceReason(silence);
}

/** Writes recipients' settings again before they are so old that the topic deletes them, until aborted. */
export async function keepFresh(book: RecipientBook, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await book.refresh(clock.now() - REFRESH_AGE_MS, clock.now());
    } catch (error) {
      log.warn("recipients' settings are not refreshed, tried again tomorrow: {error}", {
        error: messageOf(error),
      });
    }
    await clock.sleep(REFRESH_MS, signal);
  }
}
