import type { Topic } from "../../ports/topics.ts";
import type { Registry } from "prom-client";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { MessageLinks } from "../../alerts/alert_view.ts";
import type { DeliveryPolicy } from "../../alerts/delivery_policy.ts";
import type { ConsentPolicy } from "../../alerts/consent.ts";
import type { Delivery } from "../../alerts/ledger.ts";
import type { LinksOf } from "../../alerts/links.ts";
import type { Message, SubjectForm } from "../../alerts/message.ts";
import type { Mailer } from "../../alerts/mails_by.ts";
import type { Channel } from "../../ports/channel.ts";
import type { EventLog } from "../../ports/event_log.ts";
import type { Health } from "../../telemetry/health.ts";

/**
 * The topics that a notifier reads by symbol: those of a box have its number of partitions, whatever the centre's own
 * topics have.
 */
export const READ_TOGETHER: readonly Topic[] = ["alerts", "deliveries"];

/** What the notifier role needs; and what is to differ from `DELIVERY_POLICY`. */
export interface NotifierOptions extends Partial<DeliveryPolicy> {
  readonly log: EventLog;
  /** At most one for each channel's name. A recipient of a channel that is missing goes to the dead letters. */
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  readonly health?: Health;
  readonly registry?: Registry;
  /** Which alerts are its own where a box forwards its alerts to a centre; "centre" by default. */
  readonly mailer?: Mailer;
  /** The consumer group; "notifier" by default. */
  readonly group?: string;
  /** The links of a message to one recipient; none by default. */
  readonly links?: LinksOf;
  /** Who is asked before they are written to; nobody by default. Needs `links` with a secret. */
  readonly consent?: ConsentPolicy;
  /** How subjects are written; `condition` by default. */
  readonly subjects?: SubjectForm;
  /** Writes the message of a delivery; the templates of `alerts/message.ts` by default. */
  readonly compose?: (delivery: Delivery, links: MessageLinks) => Message;
  /** Messages a minute, tenant and recipient before the rest become a digest; 30 by default, 0 is no limit. */
  readonly stormPerMinute?: number;
  /** Messages a day of a tenant, and of a tenant to one recipient, before the rest wait for the morning; 0: no limit. */
  readonly tenantPerDay?: number;
  readonly recipientPerDay?: number;
  /** Calls at once in one lane; 64 by default. A channel may allow fewer. */
  readonly concurrency?: number;
  /** Deliveries whose content is kept in memory; 2,000 by default. The others wait in the log. */
  readonly contentLimit?: number;
  /** Deliveries that may be open before no more alerts are read; 500,000 by default. */
  readonly openLimit?: number;
  /** How long after its window a delivery is remembered, ms of event time; 6 h by default. */
  readonly rememberMs?: number;
  /** ms; 250 by default. */
  readonly commitMs?: number;
  /** How long calls may take to end when the role stops or loses a partition, ms; 8,000 by default. */
  readonly drainMs?: number;
  /** Gets each state of a delivery once it is in the log: `sent` is a mail that went out. */
  readonly onDelivery?: (delivery: Delivery) => void;
}
