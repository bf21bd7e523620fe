/**
 * Tenants share topics and the engine, but not names: two tenants may both have a rule "daily". What is stored as the
 * rule's id is therefore `tenant~id`, for the operator's own tenant the plain id. `~` cannot stand in an id or a
 * tenant's name, so no two tenants' ids are ever the same.
 *
 * @module
 */

/** The operator's own tenant. */
export const DEFAULT_TENANT = "default";

/** The tenant of the canary's rule; nobody has a key of it. */
export const CANARY_TENANT = "tickbell-canary";

const TENANT = /^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/;

/** Whether a text can be a tenant's name: 1 to 20 of a-z 0-9 and - within. */
export function isTenant(text: unknown): text is string {
  return typeof text === "string" && TENANT.test(text);
}

/** The id under which a tenant's rule is stored. */
export function storedRuleId(tenant: string, id: string): string {
  return tenant === DEFAULT_TENANT ? id : `${tenant}~${id}`;
}

/** The id of a stored rule as its tenant knows it. Also of an alert's id, which begins with it. */
export function publicRuleId(tenant: string, stored: string): string {
  return stored.startsWith(`${tenant}~`) ? stored.slice(tenant.length + 1) : stored;
}
