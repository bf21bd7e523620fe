import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { retry } from "../../core/retry.ts";
import { Signal } from "../../core/signal.ts";
import { recipientKey } from "../../alerts/recipient_settings.ts";
import { type Addressee, ask } from "../../books/consents.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { Locale } from "../../rules/rule.ts";
import { logger } from "../../telemetry/log.ts";

const log = logger("notifier");

const WAITS = { baseMs: 200, capMs: 10_000, floorMs: 100 };

/** An address to be asked, and in which language. */
export type Newcomer = Addressee & { readonly locale: Locale };

/**
 * Has addresses asked that an alert is for and nobody has asked yet: of rules that were not made by the API of this
 * version. Whoever is asked has a record that says so, in the same append as the mail's.
 */
export class ConsentAsker {
  readonly #book: RecipientBook;
  readonly #wanted = new Map<string, Newcomer>();
  readonly #more = new Signal();

  constructor(book: RecipientBook) {
    this.#book = book;
  }

  /** Whether an address is about to be asked. */
  wants({ tenant, recipient }: Addressee): boolean {
    return this.#wanted.has(recipientKey(recipient, tenant));
  }

  /** Has an address asked, once. */
  want(who: Newcomer): void {
    const key = recipientKey(who.recipient, who.tenant);
    if (this.#wanted.has(key)) return;
    this.#wanted.set(key, who);
    this.#more.notify();
  }

  /** Asks until the signal is aborted. */
  async run({ clock, random, signal }: { clock: Clock; random: Random; signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      if (this.#wanted.size === 0) {
        await this.#more.wait(signal);
        continue;
      }
      const wanted = [...this.#wanted];
      // Another process may have asked meanwhile.
      const open = wanted.map(([, who]) => who).filter((who) =>
        this.#book.consent(who.recipient, who.tenant) === undefined
      );
      await retry(() => ask(this.#book, open, clock.now()), {
        clock,
        random,
        signal,
        waits: WAITS,
        failed: (thrown) =>
          log.warn("new addresses cannot be asked, trying again: {error}", { error: messageOf(thrown) }),
      });
      for (const [key] of wanted) this.#wanted.delete(key);
    }
  }
}
