import { z } from "zod";
import { type Locale, LOCALES } from "../rules/rule.ts";
import { channelOf } from "../rules/channels.ts";
import type { Delivery } from "./ledger.ts";
import { RECIPIENTS_PLACEMENT } from "./recipient_settings.ts";

/**
 * Notices: messages that are no alert. They are deliveries as any other, with the ledger, the lanes and the tries of all;
 * whoever wants one sent (control, a notifier) writes its first record to the partition of the recipients' settings, and
 * the notifier that has that partition takes it up.
 *
 * @module
 */

/** `confirm`: may we write to you; `sign-in`: the link that signs in; `test`: an example alert; `report`: the day's, to the operator. */
const NOTICE_KINDS = ["confirm", "sign-in", "test", "report"] as const;
export type NoticeKind = typeof NOTICE_KINDS[number];

/** What a notice says. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly locale: Locale;
  /** What its link is about (`LinkClaims.subject`): a ticket that may be used once. */
  readonly ticket?: string;
  /** After this it is of no use and is not sent any more, epoch ms. */
  readonly until?: number;
  /** Of a report: what it says. */
  readonly said?: { readonly title: string; readonly lines: readonly string[] };
}

export const noticeSchema: z.ZodType<Notice> = z.object({
  kind: z.enum(NOTICE_KINDS),
  locale: z.enum(LOCALES),
  ticket: z.string().max(200).optional(),
  until: z.number().int().min(0).optional(),
  said: z.object({ title: z.string().max(500), lines: z.array(z.string().max(4_000)).max(1_000) }).optional(),
});

const PREFIX = "notice:";

/** Whether a delivery's id, or its key, is a notice's. */
export function isNoticeId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** Whether a delivery's id is a test message's. */
export function isTestId(id: string): boolean {
  return id.startsWith(`${PREFIX}test:`);
}

/**
 * The first record of a notice's delivery.
 *
 * @param given.name distinguishes the notices of a kind, tenant and recipient: one name is sent once.
 */
export function newNotice(
  notice: Notice,
  given: {
    readonly tenant: string;
    readonly recipient: string;
    readonly name: string | number;
    readonly at: number;
  },
): Delivery {
  const { tenant, recipient, name, at } = given;
  return {
    id: `${PREFIX}${notice.kind}:${tenant}:${name}`,
    recipient,
    channel: channelOf(recipient),
    symbol: RECIPIENTS_PLACEMENT,
    ruleId: "",
    tenant,
    // Of no window: it must not move the ledger's event time, which a replay has in the past.
    windowEnd: 0,
    state: "pending",
    at,
    attempts: 0,
    since: at,
    origin: "notice",
    notice,
  };
}
