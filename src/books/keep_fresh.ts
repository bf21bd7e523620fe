import { messageOf } from "../core/errors.ts";
import { logger } from "../telemetry/log.ts";
import { appendUntil, type AppendUntilOptions } from "./append_until.ts";
import type { RecipientBook } from "./recipients.ts";

const log = logger("notifier");

/** How often settings are read through, and how old they may grow: the topic deletes old records. */
const REFRESH_MS = 24 * 3_600_000;
const REFRESH_AGE_MS = 5 * 24 * 3_600_000;

/**
 * Writes recipients' settings again, until aborted: before they are so old that the topic deletes them, and where a writer
 * that did not know them all wrote the newest record, which is the one that compaction leaves.
 */
export async function keepFresh(book: RecipientBook, given: AppendUntilOptions): Promise<void> {
  await Promise.all([refreshDaily(book, given), sayAgain(book, given)]);
}

async function refreshDaily(book: RecipientBook, { clock, signal }: AppendUntilOptions): Promise<void> {
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

async function sayAgain(book: RecipientBook, given: AppendUntilOptions): Promise<void> {
  const { clock, signal } = given;
  while (!signal.aborted) {
    const records = book.takeOverwritten(clock.now());
    if (records.length === 0) await book.changed.wait(signal);
    else await appendUntil(records, given);
  }
}
