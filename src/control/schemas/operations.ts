import { z } from "@hono/zod-openapi";
import { DAYS, SILENCE_FIELDS } from "../../alerts/silences.ts";
import { cursorQuery, instant, limitQuery, pageOf } from "./common.ts";

const matcher = z.strictObject({
  field: z.enum(SILENCE_FIELDS),
  value: z.string().min(1).max(2_000),
}).openapi({
  example: { field: "symbol", value: "005930" },
  description: "The field is the value; of a label `NAME=VALUE`",
});
const hours = z.string().regex(
  /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
  "must be like 15:30-09:00",
).openapi({
  description: "It recurs: it counts within these hours only, in Asia/Seoul",
  example: "15:30-09:00",
});
const days = z.array(z.enum(DAYS)).min(1).max(7).openapi({
  description: "The days on which its hours begin; every day when left out",
});

const time = z.union([z.string().max(40), z.number().int()]);

export const SilenceInput = z.strictObject({
  matchers: z.array(matcher).min(1).max(8).openapi({
    description: "All of them must hold",
  }),
  from: time.optional().openapi({ description: "Now by default", example: "2026-11-23T09:00:00+09:00" }),
  until: time.optional().openapi({
    description: "Required, but of one that recurs: without it that lasts until it is ended",
    example: "2026-11-23T15:30:00+09:00",
  }),
  hours: hours.optional(),
  days: days.optional(),
  comment: z.string().min(1).max(500).openapi({ description: "Why", example: "index rebalancing" }),
}).openapi("SilenceInput");

export const SilenceView = z.object({
  id: z.string(),
  matchers: z.array(matcher),
  from: instant,
  until: instant.nullable().openapi({ description: "null: of one that recurs until it is ended" }),
  hours: hours.nullable(),
  days: days.nullable(),
  state: z.enum(["pending", "active", "ended"]).openapi({
    description: "pending: it counts later, or again",
  }),
  by: z.string(),
  comment: z.string(),
  createdAt: instant,
}).openapi("Silence");

export const SilencePage = pageOf(SilenceView, "SilencePage");

export const PageQuery = z.strictObject({
  limit: limitQuery(100, 1_000).optional(),
  cursor: cursorQuery.optional(),
});

export const SuppressionView = z.object({
  recipient: z.string(),
  suppression: z.object({
    cause: z.enum(["bounce", "complaint", "manual"]),
    reason: z.string(),
    at: instant,
  }).nullable(),
  quietHours: z.string().nullable().openapi({ description: "In Asia/Seoul", example: "22:00-07:30" }),
  updatedAt: instant,
}).openapi("RecipientSettings");

export const SuppressionPage = pageOf(SuppressionView, "RecipientSettingsPage");

export const SuppressionInput = z.strictObject({
  suppressed: z.boolean().optional().openapi({
    description: "true: nothing is sent to the recipient any more",
  }),
  reason: z.string().min(1).max(500).optional(),
  quietHours: z.string().max(20).nullable().optional().openapi({
    description: "Messages wait for the end of these hours, in Asia/Seoul; null: none",
    example: "22:00-07:30",
  }),
}).openapi("RecipientSettingsInput");

export const DeadLetterView = z.object({
  id: z.string().openapi({ description: "Its place in the log" }),
  at: instant,
  key: z.string(),
  code: z.string(),
  reason: z.string(),
  role: z.string(),
  origin: z.string().openapi({ description: "topic/partition/offset, or the source's name" }),
  recipient: z.string().nullable().openapi({ description: "Whom an alert was for" }),
  size: z.number().int().openapi({ description: "Bytes" }),
  redrivenAt: instant.nullable().openapi({ description: "When it was last put back" }),
}).openapi("DeadLetter");

export const DeadLetterDetail = DeadLetterView.extend({
  text: z.string().nullable().openapi({ description: "The original bytes as text, where they are UTF-8" }),
  base64: z.string(),
  headers: z.record(z.string(), z.string()).openapi({ description: "What else was noted of it" }),
}).openapi("DeadLetterDetail");

export const DeadLetterPage = pageOf(DeadLetterView, "DeadLetterPage");

export const DeadLetterQuery = PageQuery.extend({
  code: z.string().min(1).max(100).optional(),
  role: z.string().min(1).max(50).optional(),
});

export const BackupView = z.object({
  folder: z.string().openapi({ description: "On the machine of the data directory" }),
  at: instant,
  files: z.array(z.object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
}).openapi("Backup");

export const RedriveView = z.object({
  topic: z.string(),
  partition: z.number().int(),
  offset: z.number().int(),
}).openapi("Redriven");

export const LogGapView = z.object({
  id: z.string().openapi({ example: "log-gap/stream/trades/0/1" }),
  topic: z.string(),
  partition: z.number().int(),
  from: z.number().int().openapi({ description: "The first offset that was wanted and not had" }),
  to: z.number().int().openapi({ description: "Where reading went on" }),
  missed: z.number().int().openapi({ description: "Offsets between; 0 where that cannot be known" }),
  reason: z.enum(["deleted", "rewound", "unreadable"]),
  detail: z.string(),
  group: z.string().nullable().openapi({ description: "The role that was reading" }),
  at: instant,
  acknowledgedAt: instant.nullable(),
}).openapi("LogGap");

export const LogGapPage = pageOf(LogGapView, "LogGapPage");

export const AcknowledgeInput = z.strictObject({
  ids: z.array(z.string().min(1).max(300)).max(1_000).optional().openapi({
    description: "All that are open when absent",
  }),
}).openapi("LogGapAcknowledgeInput");

export const AcknowledgedView = z.object({ ids: z.array(z.string()) }).openapi("LogGapsAcknowledged");

export const ErasureView = z.object({
  rules: z.number().int().openapi({ description: "Rules that named the person" }),
  pseudonyms: z.number().int().openapi({ description: "Pseudonyms of the audit that are nobody's now" }),
}).openapi("Erasure");
