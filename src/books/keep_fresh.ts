import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { logger } from "../telemetry/log.ts";
import type { RecipientBook } from "./recipients.ts";

const log = logger("notifier");

/** How often settings are read through, and how old they may grow: the topic deletes old records. */
const REFRESH_MS = 24 * 3_600_000;
const REFRESH_AGE_MS = 5 * 24 * 3_600_000;

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
