import { z } from "zod";
import { CHANNELS } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import { alertSchema } from "./codec.ts";
import { DIGEST_CAUSES } from "./digest_cause.ts";
import { noticeSchema } from "./notice.ts";

/**
 * The one schema of a delivery's fields: the ledger's codec, the API's answers, the console's types and the topic's
 * document are made of it.
 *
 * @module
 */

/** What a delivery may be; the ledger says which follows which. */
export const DELIVERY_STATES = [
  "pending",
  "unconfirmed",
  "calling",
  "failed",
  "waiting",
  "gathered",
  "sent",
  "dead",
  "suppressed",
  "digested",
  "expired",
] as const;
export type DeliveryState = typeof DELIVERY_STATES[number];

const time = (what: string) => z.number().int().min(0).describe(`${what}, epoch milliseconds, UTC.`);
const count = z.number().int().min(0);

/** The fields of a delivery. Times are epoch ms. */
export const DELIVERY_FIELDS = {
  id: z.string().min(1).describe("The alert's id, or digest: and the id of the first alert a digest lists."),
  recipient: z.string().min(1),
  channel: z.enum(CHANNELS),
  symbol: z.string(),
  ruleId: z.string().describe("Empty for a digest and a notice."),
  tenant: z.string().optional().describe("Whose rule it is. Absent in records of earlier versions."),
  windowEnd: time("End of the (last) alert's window: how long the key must be remembered"),
  state: z.enum(DELIVERY_STATES),
  at: time("When this state was reached"),
  attempts: count.describe("How often the channel was called, this call included."),
  unanswered: count.optional().describe(
    "Calls that ended without an answer after the message was handed over.",
  ),
  since: time("When the alert was made: what its age is counted from").optional(),
  origin: z.string().describe("topic/partition/offset of the alert."),
  alerts: (z.array(alertSchema) as z.ZodType<readonly Alert[]>).optional().describe(
    "The alert, or those of a digest: in every state that still has to act on them.",
  ),
  notice: noticeSchema.optional().describe("What a notice says; it has no alerts."),
  retryAt: time(
    "failed: when it is tried again. unconfirmed: when it is examined again, where nobody wakes it",
  ).optional(),
  until: time("waiting: when its digest is due. unconfirmed: until when it waits").optional(),
  why: z.enum(DIGEST_CAUSES).optional().describe(
    "Of waiting and of a digest's own records: why there is a digest.",
  ),
  digestId: z.string().optional().describe("gathered, digested, expired: the id of the digest's delivery."),
  digestSymbol: z.string().optional().describe(
    "gathered, digested, expired: the symbol the digest's delivery is placed by.",
  ),
  code: z.string().optional().describe("failed, dead, suppressed: why, stable."),
  reason: z.string().optional().describe("failed, dead, suppressed: why, a sentence."),
  providerId: z.string().optional().describe("sent: what the other side called it."),
  transport: z.string().optional().describe("sent: the transport that took it."),
} as const;

/** One record of the ledger. */
export const deliverySchema = z.object(DELIVERY_FIELDS);

/** One record of the ledger. Times are epoch ms; what each field means stands in {@link DELIVERY_FIELDS}. */
export type Delivery = Readonly<z.output<typeof deliverySchema>>;
