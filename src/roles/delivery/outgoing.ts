import type { Alert } from "../../alerts/alert.ts";
import { type Delivery, deliveryKey, isDigest } from "../../alerts/ledger.ts";
import type { MessageLinks } from "../../alerts/alert_view.ts";
import type { LinksOf } from "../../alerts/links.ts";
import {
  alertMessage,
  digestMessage,
  lateMessage,
  type Message,
  type SubjectForm,
} from "../../alerts/message.ts";
import { endpointOf, type FindEndpoint, signingSecrets } from "../../alerts/webhook_endpoint.ts";
import { ownWords, type Template } from "../../alerts/template.ts";
import { noticeMessage } from "../../alerts/notice_message.ts";
import { addressOf } from "../../rules/rule.ts";
import type { OutgoingMessage } from "../../ports/channel.ts";

/** How a tenant's messages are written. */
export interface TenantStyle {
  readonly subjects?: SubjectForm;
  readonly template?: Template | undefined;
}
export type StyleOf = (tenant: string) => TenantStyle;

/** A message this long after its alert says that it is late, ms. */
const LATE_MS = 600_000;

/** What a delivery's channel is given. @throws whatever the template throws. */
export async function outgoing(
  delivery: Delivery,
  given: {
    readonly links: LinksOf;
    /** How a tenant's messages are written. */
    readonly style?: StyleOf;
    readonly compose?: (delivery: Delivery, links: MessageLinks) => Message;
    /** Finds the endpoint that a recipient names. */
    readonly endpoints?: FindEndpoint;
    readonly at: number;
  },
): Promise<OutgoingMessage> {
  const alerts = delivery.alerts ?? [];
  const [oldest] = alerts.toSorted((one, other) => one.eventTime - other.eventTime);
  const endpoint = given.endpoints && endpointOf(delivery, given.endpoints);
  const to = endpoint?.url ?? addressOf(delivery.recipient);
  const secrets = endpoint && { secrets: signingSecrets(endpoint, given.at) };
  const links = await given.links(delivery, given.at);
  const message = given.compose?.(delivery, links) ??
    composed(delivery, links, given.style?.(delivery.tenant ?? "") ?? {});
  return {
    ...(oldest !== undefined && isLate(delivery, oldest, given.at) ? lateMessage(message, oldest) : message),
    ...secrets,
    ...(links.page === undefined ? {} : { page: links.page }),
    ...(delivery.tenant === undefined ? {} : { tenant: delivery.tenant }),
    deliveryId: deliveryKey(delivery.id, delivery.recipient),
    to,
    alerts,
    at: given.at,
  };
}

/** Whether a message comes late: not one that was to wait, but what waited for its recipient's word may have waited long. */
function isLate(delivery: Delivery, oldest: Alert, at: number): boolean {
  if (!isDigest(delivery)) return at - (delivery.since ?? at) >= LATE_MS;
  return delivery.why === "expired" || delivery.why === "consent" && at - oldest.eventTime >= LATE_MS;
}

function composed(delivery: Delivery, links: MessageLinks, { template, ...style }: TenantStyle): Message {
  const { alerts = [], notice, why = "storm" } = delivery;
  if (notice !== undefined) return noticeMessage(notice, links);
  const alone = why === "consent" && alerts.length === 1;
  if (isDigest(delivery) && !alone) return digestMessage(alerts, why, links);
  const [alert] = alerts as readonly [Alert];
  const own = template && ownWords(template, alert, links);
  return alertMessage(alert, links, own === undefined ? style : { ...style, own });
}
