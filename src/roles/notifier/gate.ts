import { CANARY_TENANT } from "../../rules/tenancy.ts";
import { type ConsentPolicy, NOBODY_IS_ASKED, type Standing } from "../../alerts/consent.ts";
import { StormBreaker } from "../../alerts/gate.ts";
import { type DayLimits, DayQuota, NO_DAY_LIMITS } from "../../alerts/quota.ts";
import type { Delivery, LedgerFault } from "../../alerts/ledger.ts";
import type { Verdict } from "../../alerts/delivery_machine.ts";
import { standing } from "../../books/consents.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { Silences } from "../../books/silences.ts";
import type { Webhooks } from "../../books/webhooks.ts";
import { noChannel } from "../delivery/letters.ts";
import { hushOf } from "../delivery/hush.ts";
import { keptBack } from "../delivery/kept_back.ts";
import type { CountedRecord } from "./partition_ledger.ts";

/** Messages of a partition's ledger that were let through. */
interface Recalled {
  readonly partition: number;
  readonly messages: readonly CountedRecord[];
}

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
  /** By partition: the messages before this offset of its ledger are counted. */
  readonly #counted = new Map<number, number>();

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
  hush(delivery: Delivery, now: number): LedgerFault | undefined {
    const { recipient, tenant = "" } = delivery;
    return hushOf(delivery, {
      suppression: this.#book.suppression(recipient, tenant),
      consent: this.#book.consent(recipient, tenant),
      policy: this.#consent,
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
    const { channel, recipient, tenant = "" } = delivery;
    return keptBack(delivery, {
      hush: this.hush(delivery, now),
      fault: open ? undefined : noChannel(channel),
      standing: this.standing({ tenant, recipient }),
      quietHours: this.#book.quietHours(recipient),
      now,
    }) ?? this.#count({ tenant, recipient }, now);
  }

  /** Counts messages that went out before this process took over; what it counted itself it does not count again. */
  recall({ partition, messages }: Recalled, now: number): void {
    const from = this.#counted.get(partition) ?? 0;
    for (const message of messages) {
      if (message.offset < from) continue;
      this.#storm.recall(spellOf(message), message.at, now);
      this.#quota.count(message, message.at, now);
    }
  }

  /** A partition goes, and may come back: its messages before an offset of its ledger are counted here. */
  release(partition: number, end: number): void {
    this.#counted.set(partition, Math.max(end, this.#counted.get(partition) ?? 0));
  }

  #count(who: { readonly tenant: string; readonly recipient: string }, now: number): Verdict {
    if (who.tenant === CANARY_TENANT) return {};
    const morning = this.#quota.over(who, now);
    if (morning !== undefined) return { digest: { until: morning, why: "quota" } };
    const storm = this.#storm.admit(spellOf(who), now);
    if (storm !== undefined) return { digest: { until: storm, why: "storm" } };
    this.#quota.count(who, now);
    return {};
  }
}

/** No tenant's storm is another one's. */
function spellOf({ tenant, recipient }: { readonly tenant: string; readonly recipient: string }): string {
  return `${tenant}|${recipient}`;
}
