import { quietUntil, StormBreaker } from "../../alerts/gate.ts";
import type { Delivery, Fault } from "../../alerts/ledger.ts";
import type { Verdict } from "../../alerts/delivery_machine.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { SilenceBook } from "../../books/silences.ts";
import type { WebhookBook } from "../../books/webhooks.ts";
import { noChannel } from "../delivery/letters.ts";
import { hushOf } from "../delivery/hush.ts";

/** Whether a recipient gets a message now: suppression, silences, quiet hours, and the storm breaker of each tenant. */
export class NotifierGate {
  readonly #book: RecipientBook;
  readonly #silences: SilenceBook;
  readonly #webhooks: WebhookBook;
  readonly #storm: StormBreaker;

  /** @param stormPerMinute messages a minute, tenant and recipient; 0 is no limit. */
  constructor(
    books: { book: RecipientBook; silences: SilenceBook; webhooks: WebhookBook },
    stormPerMinute: number,
  ) {
    this.#book = books.book;
    this.#silences = books.silences;
    this.#webhooks = books.webhooks;
    this.#storm = new StormBreaker(stormPerMinute);
  }

  /** Why a delivery is not to be made now. */
  hush(delivery: Delivery, now: number): Fault | undefined {
    const suppression = this.#book.suppression(delivery.recipient);
    const silences = this.#silences.all();
    return hushOf(delivery, { suppression, silences, endpoints: this.#webhooks.find, now });
  }

  /** What becomes of a new delivery. @param open whether its channel is configured. */
  verdict(delivery: Delivery, now: number, open: boolean): Verdict {
    const hush = this.hush(delivery, now);
    if (hush !== undefined) return { hush };
    const { channel, recipient, tenant = "" } = delivery;
    if (!open) return { fault: noChannel(channel) };
    const hours = this.#book.quietHours(recipient);
    const quiet = hours && quietUntil(hours, now);
    if (quiet !== undefined) return { digest: { until: quiet, why: "quiet" } };
    const storm = this.#storm.admit(spellOf(tenant, recipient), now);
    return storm === undefined ? {} : { digest: { until: storm, why: "storm" } };
  }

  /** Counts a message that went out before this process took over. */
  recall(
    message: { readonly tenant: string; readonly recipient: string; readonly at: number },
    now: number,
  ): void {
    this.#storm.recall(spellOf(message.tenant, message.recipient), message.at, now);
  }
}

/** No tenant's storm is another one's. */
function spellOf(tenant: string, recipient: string): string {
  return `${tenant}|${recipient}`;
}
