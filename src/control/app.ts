import { limitAddress } from "./http/address_limits.ts";
import { noteRefusals } from "./audit/refusals.ts";
import { authenticate } from "./auth/authenticate.ts";
import { limitRate } from "./auth/rate_limit.ts";
import { Api } from "./http/api.ts";
import { fixedBody } from "./http/fixed_body.ts";
import { nameEnums } from "./http/enum_names.ts";
import { requireHost } from "./http/host.ts";
import { untilRead } from "./http/until_read.ts";
import { requestId, requestLimits, securityHeaders, takingTurns } from "./http/middleware.ts";
import { ALL_ROUTES } from "./routes/all_routes.ts";
import { addConsole } from "./routes/console.ts";
import { documentWebhooks } from "./webhooks.ts";
import { addRoutes } from "./routes/route_table.ts";
import type { Services } from "./routes/services.ts";

/** The document's version where nobody says the product's. The API's own, v1, stands in its paths. */
const NO_VERSION = "0.0.0";

/**
 * The routes of the control API over its services.
 *
 * @param reading whether what the log has is read, and when.
 */
export function createApi(
  services: Services,
  reading: { readonly isRead: () => boolean; readonly read: Promise<void> },
): Api {
  const api = new Api({
    untilRead: untilRead({ ...reading, clock: services.deps.clock }),
    guards: [
      noteRefusals({ topics: services.topics, clock: services.deps.clock }),
      authenticate(services.gate),
      limitRate(services.limiter, services.personLimiter),
    ],
    limit: limitAddress(services.publicUse),
    once: (request, change) => services.idempotency.run(request, change),
    observe: ({ method, route, status, seconds }) => {
      services.metrics.requests.inc({ method, route, status: String(status) });
      services.metrics.requestSeconds.observe({ route }, seconds);
    },
  });
  api.app.use(
    "*",
    requestId(),
    securityHeaders(),
    requireHost(services.deps.allowedHosts),
    requestLimits(),
    takingTurns(services.turns),
  );
  api.app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  api.app.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "tickbell_session_8000",
    description: "The console's session; the number is the server's port",
  });
  addRoutes(api, ALL_ROUTES, services);
  documentWebhooks(api);
  addDocument(api, services.deps.version ?? NO_VERSION);
  api.refuseOtherMethods();
  addConsole(api, services);
  return api;
}

function addDocument(api: Api, version: string): void {
  let made: Uint8Array<ArrayBuffer> | undefined;
  api.add({
    method: "get",
    path: "/openapi.json",
    operationId: "openapi",
    summary: "This document: OpenAPI 3.1",
    tag: "system",
    access: "public",
    answers: { 200: { description: "The document", contentType: "application/json" } },
  }, ({ c }) => {
    made ??= new TextEncoder().encode(JSON.stringify(openApiDocument(api, version)));
    return fixedBody(c, made, "application/json");
  });
}

/** The OpenAPI 3.1 document of the routes. */
function openApiDocument(api: Api, version: string): unknown {
  const document = api.app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Tickbell control API",
      version,
      description:
        "Rules that watch a live stock market, and the alerts they give. Times are ISO 8601; errors are " +
        "RFC 9457 problem details with the path of each field.",
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
  });
  nameEnums(document);
  return document;
}
