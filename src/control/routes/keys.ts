import { InputError } from "../../core/errors.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { hasUnsafeCharacters } from "../../rules/text_checks.ts";
import { OVERLAP_SECONDS } from "../auth/overlap.ts";
import type { Principal } from "../auth/principal.ts";
import { instantOf } from "../http/instant.ts";
import { type Route, route } from "./route_table.ts";
import { accountOf } from "../people/person_policy.ts";
import { jsonPage } from "../http/json_page.ts";
import { decodeCursor, encodeCursor, pageOfItems } from "../http/cursor.ts";
import { HttpProblem, notFound } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import { parseBody } from "../http/parse_body.ts";
import type { Call } from "../http/route.ts";
import {
  AuditCheckView,
  AuditPage,
  AuditQuery,
  KeyInput,
  KeyPage,
  KeyQuery,
  KeyView,
  MeView,
  NewKey,
  RotateInput,
} from "../schemas/key.ts";
import { isLive, type KeyStore, type StoredKey } from "../store/key_store.ts";
import type { Services } from "./services.ts";

const whoAmI = route({
  method: "get",
  path: "/v1/me",
  operationId: "whoAmI",
  summary: "Who the key, token or session is, and what it may do",
  tag: "keys",
  access: "rules:read",
  answers: { 200: { description: "The caller", schema: MeView } },
}, ({ c, who }, { keys }) => {
  const { tenant, subject, scopes, operator, viaCookie, expiresAt, person } = who;
  const id = subject.startsWith("key:") ? subject.slice("key:".length) : undefined;
  return c.json({
    tenant,
    subject,
    name: id === undefined ? null : keys.get(id)?.name ?? null,
    scopes: [...scopes],
    operator,
    session: viaCookie,
    person: person?.address ?? null,
    expiresAt: expiresAt === null ? null : formatInstant(expiresAt),
  });
});

const createKey = route({
  method: "post",
  path: "/v1/keys",
  operationId: "createKey",
  dryRun: true,
  // A remembered answer would keep the key itself.
  idempotent: false,
  summary: "Make an API key; the answer shows it, once",
  tag: "keys",
  access: "admin",
  body: { schema: KeyInput },
  answers: { 201: { description: "The key", schema: NewKey } },
}, async ({ c, who }, { deps: { clock }, keys }) => {
  const input = await parseBody(c, KeyInput);
  const expiresAt = expiryOf(input.expiresAt ?? null, clock.now());
  refuseUnsafe(input.name);
  const tenant = input.tenant ?? who.tenant;
  if (tenant !== who.tenant && !who.operator) {
    throw new HttpProblem(403, "not_allowed", "Only an operator makes keys for another tenant");
  }
  const scopes = [...new Set(input.scopes)];
  const { key, text } = keys.make({ tenant, name: input.name, scopes, expiresAt, createdBy: who.subject });
  const entry = { action: "key.created", target: key.id, before: null, after: shown(key) };
  await keys.write([key], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json({ ...keyView(key, keys, clock.now()), key: text }, 201);
});

const listKeys = route({
  method: "get",
  path: "/v1/keys",
  operationId: "listKeys",
  summary: "List API keys, the newest first",
  tag: "keys",
  access: "admin",
  query: KeyQuery,
  answers: { 200: { description: "A page of keys, without their secrets", schema: KeyPage } },
}, async ({ c, who, query }, { deps: { clock }, keys, turns }) => {
  const tenant = query.tenant ?? who.tenant;
  if (tenant !== who.tenant && !who.operator) {
    throw new HttpProblem(403, "not_allowed", "Only an operator lists another tenant's keys");
  }
  const turn = turns.of(accountOf(who));
  const page = await pageOfItems(keys.keys(tenant), query, {
    turns: turn,
    sort: "-createdAt",
    keys: (key) => [key.createdAt, key.id],
    view: (key) => keyView(key, keys, clock.now()),
  });
  return jsonPage(c, page, turn);
});

const getKey = route(
  {
    method: "get",
    path: "/v1/keys/{id}",
    operationId: "getKey",
    summary: "One API key, without its secret",
    tag: "keys",
    access: "admin",
    answers: { 200: { description: "The key", schema: KeyView } },
    failures: [404],
  },
  ({ c, who, param }, { deps: { clock }, keys }) =>
    c.json(keyView(find(keys, param("id"), who), keys, clock.now())),
);

const rotateKey = route({
  method: "post",
  path: "/v1/keys/{id}/rotate",
  operationId: "rotateKey",
  dryRun: true,
  // A remembered answer would keep the key itself.
  idempotent: false,
  summary: "Make a key in place of another, which works on for a while",
  tag: "keys",
  access: "admin",
  body: { schema: RotateInput },
  answers: { 201: { description: "The new key", schema: NewKey } },
  failures: [404, 409],
}, async ({ c, who, param }, services) => {
  find(services.keys, param("id"), who);
  const { overlapSeconds = OVERLAP_SECONDS.usual } = await parseBody(c, RotateInput);
  return await alone(services, param("id"), () => rotate({ c, who, param }, services, overlapSeconds));
});

async function rotate(
  { c, who, param }: Pick<Call, "c" | "who" | "param">,
  { deps: { clock }, keys }: Services,
  overlapSeconds: number,
): Promise<Response> {
  const old = find(keys, param("id"), who);
  const now = clock.now();
  if (!isLive(old, now)) {
    throw new HttpProblem(409, "key_not_live", "The key has expired or was revoked: make a new one");
  }
  // The new one lives as long as the old one was meant to.
  const expiresAt = old.expiresAt === null ? null : now + (old.expiresAt - old.createdAt);
  const { tenant, name, scopes } = old;
  const { key, text } = keys.make({
    tenant,
    name,
    scopes,
    expiresAt,
    createdBy: who.subject,
    replaces: old.id,
  });
  const end = now + overlapSeconds * 1_000;
  const ending = { ...old, expiresAt: Math.min(end, old.expiresAt ?? end) };
  const entry = { action: "key.rotated", target: old.id, before: shown(old), after: shown(key) };
  await keys.write([key, ending], [{ ...entry, actor: actorOf(c, who) }]);
  return c.json({ ...keyView(key, keys, clock.now()), key: text }, 201);
}

const revokeKey = route({
  method: "delete",
  path: "/v1/keys/{id}",
  operationId: "revokeKey",
  dryRun: true,
  summary: "Revoke a key at once",
  tag: "keys",
  access: "admin",
  answers: { 204: { description: "Revoked" } },
  failures: [404],
}, async ({ c, who, param }, services) => {
  const { deps: { clock }, keys } = services;
  return await alone(services, param("id"), async () => {
    const key = find(keys, param("id"), who);
    const revoked = { ...key, revokedAt: key.revokedAt ?? clock.now() };
    const entry = { action: "key.revoked", target: key.id, before: shown(key), after: shown(revoked) };
    await keys.write([revoked], [{ ...entry, actor: actorOf(c, who) }]);
    return c.body(null, 204);
  });
});

const listAudit = route({
  method: "get",
  path: "/v1/audit",
  operationId: "listAudit",
  summary: "Who changed what, the newest first",
  tag: "audit",
  access: "admin",
  query: AuditQuery,
  answers: {
    200: { description: "A page of changes; an operator sees those of every tenant", schema: AuditPage },
  },
}, async ({ c, who, query }, { audit, turns }) => {
  const { cursor, limit = 100, ...filter } = query;
  const turn = turns.of(accountOf(who));
  const { data, next } = await audit.page({
    ...filter,
    tenant: who.operator ? undefined : who.tenant,
    limit,
    ...(cursor === undefined ? {} : { before: Number(decodeCursor(cursor, "-offset", 1)[0]) }),
  }, turn);
  const nextCursor = next === null ? null : encodeCursor("-offset", [next]);
  const shownEntries = data.map((entry) => ({ ...entry, at: formatInstant(entry.at) }));
  return jsonPage(c, { data: shownEntries, nextCursor }, turn);
});

const checkAudit = route({
  method: "get",
  path: "/v1/audit:check",
  operationId: "checkAudit",
  summary: "Whether the audit is whole: each entry names the hash of the one before",
  description: "Checks the newest 100,000 entries, of every tenant for an operator.",
  tag: "audit",
  access: "admin",
  answers: { 200: { description: "What was checked, and what is wrong", schema: AuditCheckView } },
}, async ({ c, who }, { audit, turns }) => {
  const { entries, chains, faults } = await audit.check(
    who.operator ? undefined : who.tenant,
    turns.of(accountOf(who)),
  );
  return c.json({ whole: faults.length === 0, entries, chains, faults: faults.slice(0, 1_000) });
});

/** API keys and the audit log. */
export const KEY_ROUTES: readonly Route[] = [
  whoAmI,
  createKey,
  listKeys,
  getKey,
  rotateKey,
  revokeKey,
  listAudit,
  checkAudit,
];

/** Runs a change of a key while no other one of this process changes it: a rotation must not undo a revocation. */
async function alone<T>({ changes }: Services, id: string, change: () => Promise<T>): Promise<T> {
  return await changes.run([`key ${id}`], change);
}

/** @throws {HttpProblem} 404 also for another tenant's key, unless an operator asks. */
function find(keys: KeyStore, id: string, who: Principal): StoredKey {
  const key = keys.get(id);
  if (key === undefined || (key.tenant !== who.tenant && !who.operator)) throw notFound("key", id);
  return key;
}

function expiryOf(given: string | number | null, now: number): number | null {
  if (given === null) return null;
  const at = instantOf(given, "expiresAt");
  if (at > now) return at;
  const issue = { field: "expiresAt", code: "in_the_past", reason: "must be in the future", value: given };
  throw new InputError("bad_body", [issue]);
}

function refuseUnsafe(name: string): void {
  if (!hasUnsafeCharacters(name)) return;
  const reason = "must be one line without control characters";
  throw new InputError("bad_body", [{ field: "name", code: "control_character", reason, value: name }]);
}

/** A key for the audit log: all but the hash. */
function shown({ hash: _hash, ...key }: StoredKey): Omit<StoredKey, "hash"> {
  return key;
}

function keyView(key: StoredKey, keys: KeyStore, now: number) {
  const usedAt = keys.lastUsed(key.id);
  const state = key.revokedAt !== null ? "revoked" : isLive(key, now) ? "live" : "expired";
  return {
    id: key.id,
    tenant: key.tenant,
    name: key.name,
    scopes: [...key.scopes],
    state,
    createdAt: formatInstant(key.createdAt),
    createdBy: key.createdBy,
    expiresAt: key.expiresAt === null ? null : formatInstant(key.expiresAt),
    revokedAt: key.revokedAt === null ? null : formatInstant(key.revokedAt),
    replaces: key.replaces,
    lastUsedAt: usedAt === undefined ? null : formatInstant(usedAt),
  } as const;
}
