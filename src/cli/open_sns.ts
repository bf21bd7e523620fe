import { type SnsReceiver, snsReceiver } from "../adapters/ses/sns_receiver.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";

/** What the control API hands Amazon SNS's messages to (`onSnsMessage`); undefined when no topic is configured. */
export function openSns(
  config: Pick<Values<typeof deliverySettings>, "sesTopics">,
  clock: Clock,
): SnsReceiver | undefined {
  return config.sesTopics.length === 0 ? undefined : snsReceiver({ clock, topics: config.sesTopics });
}
