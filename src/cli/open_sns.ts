import { snsReceiver } from "../adapters/ses/sns_receiver.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";
import type { EventLog } from "../ports/event_log.ts";
import { RecipientBook } from "../books/recipients.ts";

/**
 * What the control API hands Amazon SNS's messages to (`onSnsMessage`); undefined when no topic is configured. The
 * recipients' settings are read anew for each message: bounces are rare, and another process may have changed them.
 */
export function openSns(
  config: Pick<Values<typeof deliverySettings>, "sesTopics">,
  deps: { readonly log: EventLog; readonly clock: Clock },
): ((body: string) => Promise<void>) | undefined {
  if (config.sesTopics.length === 0) return undefined;
  return async (body) => {
    const book = await RecipientBook.load(deps.log);
    await snsReceiver({ book, clock: deps.clock, topics: config.sesTopics })(body);
  };
}
