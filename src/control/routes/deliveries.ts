import { publicRuleId, storedRuleId } from "../../rules/tenancy.ts";
import type { KnownDelivery } from "../alerts/delivery_index.ts";
import type { Principal } from "../auth/principal.ts";
import { owns } from "../people/person_routes.ts";
import type { Services } from "./services.ts";
import { type Route, route } from "./route_table.ts";
import { accountOf } from "../people/person_policy.ts";
import { jsonPage } from "../http/json_page.ts";
import { pageOfItems } from "../http/cursor.ts";
import { instantOf } from "../http/instant.ts";
import { DeliveryListQuery, DeliveryPage } from "../schemas/delivery.ts";
import { deliveryView } from "../views.ts";
import type { z } from "@hono/zod-openapi";

const listDeliveries = route({
  method: "get",
  path: "/v1/deliveries",
  operationId: "listDeliveries",
  summary: "What has become of messages, what changed last first",
  description: "Of the newest alerts, as many as --alerts-kept. Addresses with a secret in them are masked.",
  tag: "alerts",
  access: "rules:read",
  query: DeliveryListQuery,
  answers: { 200: { description: "A page of deliveries", schema: DeliveryPage } },
}, async ({ c, who, query }, services) => {
  const turn = services.turns.of(accountOf(who));
  const page = await pageOfItems(visible(who, services), query, {
    turns: turn,
    sort: "-at",
    matches: matching(query, who.tenant),
    keys: (delivery) => [delivery.at, delivery.id, delivery.recipient],
    keyCount: 3,
    view: (delivery) => ({
      alertId: publicRuleId(who.tenant, delivery.id),
      ruleId: delivery.ruleId === "" ? null : publicRuleId(who.tenant, delivery.ruleId),
      symbol: delivery.symbol,
      ...deliveryView(delivery),
    }),
  });
  return jsonPage(c, page, turn);
});

/** What has become of messages, over all alerts. */
export const DELIVERY_ROUTES: readonly Route[] = [
  listDeliveries,
];

/** What who asks may see: of a person what is of his own rules, and digests to himself. */
function visible(who: Principal, { deliveries, accounts }: Services): readonly KnownDelivery[] {
  const all = [...deliveries.ofTenant(who.tenant)];
  if (who.person === undefined) return all;
  const channels = accounts.get(who.tenant, who.person.address)?.channels ?? [];
  const isHis = ({ ruleId, recipient }: KnownDelivery) =>
    ruleId === ""
      ? channels.some((channel) => channel.recipient === recipient)
      : owns(who, publicRuleId(who.tenant, ruleId));
  return all.filter(isHis);
}

function matching(
  query: z.output<typeof DeliveryListQuery>,
  tenant: string,
): (delivery: KnownDelivery) => boolean {
  const since = query.since === undefined ? 0 : instantOf(query.since, "since");
  const until = query.until === undefined ? Infinity : instantOf(query.until, "until");
  const ruleId = query.ruleId === undefined ? undefined : storedRuleId(tenant, query.ruleId);
  return (delivery) =>
    delivery.at >= since && delivery.at < until &&
    (query.state === undefined || delivery.state === query.state) &&
    (query.channel === undefined || delivery.channel === query.channel) &&
    (query.recipient === undefined || delivery.recipient === query.recipient) &&
    (query.code === undefined || delivery.code === query.code) &&
    (ruleId === undefined || delivery.ruleId === ruleId);
}
