import type { z } from "@hono/zod-openapi";
import { formatInstant } from "../../rules/parse_instant.ts";
import { DEFAULT_TENANT } from "../../rules/tenancy.ts";
import { TenantPage, type TenantView } from "../schemas/tenant.ts";
import { isLive } from "../store/key_store.ts";
import { type Route, route } from "./route_table.ts";
import type { Services } from "./services.ts";

const listTenants = route({
  method: "get",
  path: "/v1/tenants",
  operationId: "listTenants",
  summary:
    "Every tenant that has rules or ever had a key, with how much it has; the operator's own among them",
  tag: "keys",
  access: "operator",
  answers: { 200: { description: "All tenants, by name", schema: TenantPage } },
}, ({ c }, services) => {
  const { keys, store } = services;
  const tenants = new Set([DEFAULT_TENANT, ...store.tenants(), ...keys.tenants()]);
  const data = [...tenants].sort().map((tenant) => tenantView(tenant, services));
  return c.json({ data, nextCursor: null });
});

/** The tenants, for who runs the installation. */
export const TENANT_ROUTES: readonly Route[] = [listTenants];

function tenantView(tenant: string, { deps: { clock }, keys, store }: Services): z.output<typeof TenantView> {
  const own = [...keys.keys(tenant)];
  const lastUsed = own.reduce((last, { id }) => Math.max(last, keys.lastUsed(id) ?? 0), 0);
  return {
    tenant,
    rules: store.count(tenant),
    keys: own.filter((key) => isLive(key, clock.now())).length,
    lastUsedAt: lastUsed === 0 ? null : formatInstant(lastUsed),
  };
}
