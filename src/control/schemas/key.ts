import { z } from "@hono/zod-openapi";
import { SCOPES } from "../auth/principal.ts";
import { cursorQuery, instant, limitQuery, overlapSeconds, pageOf } from "./common.ts";

const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).openapi({
  description: "rules:write includes rules:read, admin includes both and everything of its tenant",
  example: ["rules:write"],
});
const tenant = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/, "must be 1 to 20 of a-z 0-9 and -");
const name = z.string().min(1).max(100);

export const KeyInput = z.strictObject({
  name: name.openapi({ description: "For you to know it by", example: "desk importer" }),
  scopes,
  tenant: tenant.optional().openapi({ description: "Another tenant than your own: for operators" }),
  expiresAt: z.union([z.string().max(40), z.number().int()]).nullable().optional().openapi({
    description: "ISO 8601 with an offset, or epoch ms; null: never",
    example: "2027-01-01T00:00:00+09:00",
  }),
}).openapi("KeyInput");

export const KeyView = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  state: z.enum(["live", "expired", "revoked"]),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
  replaces: z.string().nullable(),
  lastUsedAt: instant.nullable().openapi({
    description: "To ten minutes; null: never, since this is noted",
  }),
}).openapi("Key");

export const MeView = z.object({
  tenant: z.string(),
  subject: z.string().openapi({
    description: "key:ID, oidc:SUBJECT, root, or self:ADDRESS of who signed in by mail",
  }),
  name: z.string().nullable().openapi({ description: "The key's name" }),
  scopes: z.array(z.enum(SCOPES)),
  operator: z.boolean().openapi({ description: "An admin of the operator's tenant" }),
  session: z.boolean().openapi({ description: "By the console's cookie" }),
  person: z.string().nullable().openapi({
    description: "The address of who signed in by mail; null: a key's",
  }),
  expiresAt: instant.nullable(),
}).openapi("Me");

export const NewKey = KeyView.extend({
  key: z.string().openapi({ description: "The key itself: shown this once, stored only as a hash" }),
}).openapi("NewKey");

export const KeyPage = pageOf(KeyView, "KeyPage");

export const RotateInput = z.strictObject({
  overlapSeconds: overlapSeconds("How long the old key still works"),
}).openapi("RotateInput");

export const KeyQuery = z.strictObject({
  tenant: tenant.optional().openapi({ description: "For operators: another tenant's keys" }),
  limit: limitQuery(100, 1_000).optional(),
  cursor: cursorQuery.optional(),
});

const AuditView = z.object({
  id: z.string(),
  at: instant,
  tenant: z.string(),
  who: z.string().openapi({ description: "key:ID, oidc:SUBJECT, root, stop-link; person:ID once erased" }),
  address: z.string().optional().openapi({ description: "From where; absent where that is not known" }),
  requestId: z.string(),
  action: z.string(),
  target: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  chain: z.object({
    id: z.string(),
    sequence: z.number().int(),
    before: z.string(),
  }).openapi({ description: "Its place in a chain; `before` is the SHA-256 of the entry before" }),
}).openapi("AuditEntry");

export const AuditCheckView = z.object({
  whole: z.boolean(),
  entries: z.number().int(),
  chains: z.number().int(),
  faults: z.array(z.object({ chain: z.string(), sequence: z.number().int(), reason: z.string() })),
}).openapi("AuditCheck");

export const AuditPage = pageOf(AuditView, "AuditPage");

export const AuditQuery = z.strictObject({
  action: z.string().min(1).max(100).optional(),
  target: z.string().min(1).max(300).optional(),
  who: z.string().min(1).max(300).optional(),
  limit: limitQuery(100, 1_000).optional(),
  cursor: cursorQuery.optional(),
});
