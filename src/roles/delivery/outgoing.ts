import type { Alert } from "../../alerts/alert.ts";
import { type Delivery, deliveryKey, isDigest } from "../../alerts/ledger.ts";
import type { MessageLinks } from "../../alerts/alert_view.ts";
import { alertMessage, digestMessage, lateMessage, type Message } from "../../alerts/message.ts";
import { endpointOf, type FindEndpoint, signingSecrets } from "../../alerts/webhook_endpoint.ts";
import { addressOf } from "../../rules/rule.ts";
import type { OutgoingMessage } from "../../ports/channel.ts";

/** The links of a message to one recipient. */
export type LinksOf = (alert: Alert, recipient: string) => Promise<MessageLinks>;

/** A message this long after its alert says that it is late, ms. */
const LATE_MS = 600_000;

/** What a delivery's channel is given. @throws whatever the template throws. */
export async function outgoing(
  delivery: Delivery,
  given: {
    readonly links: LinksOf;
    readonly compose?: (delivery: Delivery, links: MessageLinks) => Message;
    /** Finds the endpoint that a recipient names. */
    readonly endpoints?: FindEndpoint;
    readonly at: number;
  },
): Promise<OutgoingMessage> {
  const alerts = delivery.alerts ?? [];
  const [first] = alerts as [Alert];
  const endpoint = given.endpoints && endpointOf(delivery, given.endpoints);
  const to = endpoint?.url ?? addressOf(delivery.recipient);
  const secrets = endpoint && { secrets: signingSecrets(endpoint, given.at) };
  const links = await given.links(first, delivery.recipient);
  const message = (given.compose ?? composed)(delivery, links);
  const late = !isDigest(delivery) && given.at - (delivery.since ?? given.at) >= LATE_MS;
  return {
    ...(late ? lateMessage(message, first) : message),
    ...secrets,
    deliveryId: deliveryKey(delivery.id, delivery.recipient),
    to,
    alerts,
    at: given.at,
  };
}

function composed(delivery: Delivery, links: MessageLinks): Message {
  const alerts = delivery.alerts ?? [];
  return isDigest(delivery)
    ? digestMessage(alerts, delivery.why ?? "storm", { ...(links.console ? { console: links.console } : {}) })
    : alertMessage(alerts[0] as Alert, links);
}
