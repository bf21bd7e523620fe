import { type ConsentPolicy, NOBODY_IS_ASKED, type Standing } from "../../alerts/consent.ts";
import { quietUntil, StormBreaker } from "../../alerts/gate.ts";
import { type DayLimits, DayQuota, NO_DAY_LIMITS } from "../../alerts/quota.ts";
import { type Delivery, type Fault, isNotice } from "../../alerts/ledger.ts";
import type { Verdict } from "../../alerts/delivery_machine.ts";
import { standing } from "../../books/consents.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { Silences } from "../../books/silences.ts";
import type { Webhooks } from "../../books/webhooks.ts";
import { noChannel } from "../delivery/letters.ts";
import { hushOf } from "../delivery/hush.ts";

export interface NotifierGateOptions {
  /** Messages a minute, tenant and recipient; 0 is no limit. */
  readonly stormPerMinute: number;
  readonly perDay?: DayLimits;
  /** Who is asked before they are written to. */
  readonly consent?: ConsentPolicy;
}

/**
 * Whether a recipient gets a message now: suppression, silences, consent, quiet hours, the day's quota and the storm breaker
 * of each tenant.
 */
export class NotifierGate {
  readonly #book: RecipientBook;
  readonly #silences: Silences;
  readonly #webhooks: Webhooks;
  readonly #storm: StormBreaker;
  readonly #quota: DayQuota;
  readonly #consent: ConsentPolicy;

  constructor(
    books: { book: RecipientBook; silences: Silences; webhooks: Webhooks },
    options: NotifierGateOptions,
  ) {
    this.#book = books.book;
    this.#silences = books.silences;
    this.#webhooks = books.webhooks;
    this.#storm = new StormBreaker(options.stormPerMinute);
    this.#quota = new DayQuota(options.perDay ?? NO_DAY_LIMITS);
    this.#consent = options.consent ?? NOBODY_IS_ASKED;
  }

  /** Why a delivery is not to be made now. */
  hush(delivery: Delivery, now: number): Fault | undefined {
    const { recipient, tenant = "" } = delivery;
    return hushOf(delivery, {
      suppression: this.#book.suppression(recipient, tenant),
      consent: this.#book.consent(recipient, tenant),
      silences: this.#silences.all(),
      endpoints: this.#webhooks.find,
      now,
    });
  }

  /** How a recipient stands to a tenant. */
  standing(who: { readonly tenant: string; readonly recipient: string }): Standing {
    return standing(this.#book, who, this.#consent);
  }

  /** What becomes of a new delivery. @param open whether its channel is configured. */
  verdict(delivery: Delivery, now: number, open: boolean): Verdict {
    const hush = this.hush(delivery, now);
    if (hush !== undefined) return { hush };
    const { channel, recipient, tenant = "" } = delivery;
    if (!open) return { fault: noChannel(channel) };
    if (isNotice(delivery)) return {};
    if (this.standing({ tenant, recipient }) !== "confirmed") return { consent: {} };
    const hours = this.#book.quietHours(recipient);
    const quiet = hours && quietUntil(hours, now);
    if (quiet !== undefined) return { digest: { until: quiet, why: "quiet" } };
    const over = this.#quota.admit({ tenant, recipient }, now);
    if (over !== undefined) return { digest: { until: over, why: "quota" } };
    const storm = this.#storm.admit(spellOf(tenant, recipient), now);
    return storm === undefined ? {} : { digest: { until: storm, why: "storm" } };
  }

  /** Counts a message that went out before this process took over. */
  recall(
    message: { readonly tenant: string; readonly recipient: string; readonly at: number },
    now: number,
  ): void {
    this.#storm.recall(spellOf(message.tenant, message.recipient), message.at, now);
    this.#quota.recall(message, message.at, now);
  }
}

/** No tenant's storm is another one's. */
function spellOf(tenant: string, recipient: string): string {
  return `${tenant}|${recipient}`;
}
