/** What a key or token may do. `admin` may do everything in its tenant; `rules:write` includes reading. */
export const SCOPES = ["rules:read", "rules:write", "admin"] as const;
export type Scope = typeof SCOPES[number];

/** What a route asks for: nothing, a scope, an admin of the operator's own tenant, or who serves himself. */
export type Access = "public" | Scope | "operator" | "person";

/** Someone who serves himself: everything but the market is only what is his own. */
export interface Person {
  /** What the ids of his rules begin with. */
  readonly id: string;
  readonly address: string;
}

/** Who is asking. */
export interface Principal {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** For the audit log: `key:ID`, `oidc:SUBJECT`, `root`, `self:ADDRESS`. */
  readonly subject: string;
  /** Absent: not a person who serves himself, but a key or token of the tenant. */
  readonly person?: Person;
  /** An admin of the operator's tenant: sees what belongs to no tenant. */
  readonly operator: boolean;
  /** Through the console's cookie: a browser sends it by itself, so writes must come from our own page. */
  readonly viaCookie: boolean;
  /** When the key, token or session ends, epoch ms; null: never. */
  readonly expiresAt: number | null;
  /** Whether the key, token or session is still good. */
  readonly isLive: () => boolean;
}

/** Someone who is known, as of now. */
export type Identity = Omit<Principal, "viaCookie">;

/** Whether someone may use a route. */
export function mayUse(principal: Principal, access: Access): boolean {
  if (access === "public") return true;
  if (access === "operator") return principal.operator;
  if (access === "person") return principal.person !== undefined;
  if (principal.scopes.includes("admin")) return true;
  if (access === "rules:read" && principal.scopes.includes("rules:write")) return true;
  return principal.scopes.includes(access);
}

/** Who changes something, and by which request. */
export interface Actor {
  readonly who: Pick<Principal, "tenant" | "subject" | "person"> & Partial<Pick<Principal, "operator">>;
  readonly requestId: string;
  /** From where; undefined where that is not known. */
  readonly address?: string | undefined;
  /** Only what would be is asked: nothing is written. */
  readonly dryRun?: boolean;
}
