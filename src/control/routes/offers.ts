import { hasSelfService } from "../people/self_service.ts";
import { OffersView } from "../schemas/person.ts";
import { type Route, route } from "./route_table.ts";

const offers = route({
  method: "get",
  path: "/v1/offers",
  operationId: "offers",
  summary: "Whether one may sign in by mail, and the key that browsers subscribe with",
  tag: "self-service",
  access: "public",
  limited: true,
  answers: { 200: { description: "The offers", schema: OffersView } },
}, ({ c }, services) => {
  const { pushKey = null } = services.deps;
  return c.json({ signIn: hasSelfService(services), pushKey });
});

/** What this installation offers to whoever opens its page. */
export const OFFER_ROUTES: readonly Route[] = [offers];
