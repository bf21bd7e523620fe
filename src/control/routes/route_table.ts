import type { z } from "@hono/zod-openapi";
import type { Access } from "../auth/principal.ts";
import type { Api } from "../http/api.ts";
import type { Call, RouteSpec } from "../http/route.ts";
import type { Services } from "./services.ts";

/** What is said of a route; some of it may depend on how the process is set up. */
export interface RouteData<Q extends z.ZodObject = z.ZodObject> extends Omit<RouteSpec<Q>, "access"> {
  readonly access: Access | ((services: Services) => Access);
  /** Whether this process has the route; true where this is absent. */
  readonly isServed?: (services: Services) => boolean;
}

type Answer<Q extends z.ZodObject> = (call: Call<Q>, services: Services) => Promise<Response> | Response;

/** A route as data: what the document says of it, and what answers a call. */
export interface Route {
  readonly data: RouteData;
  readonly answer: Answer<z.ZodObject>;
}

/**
 * One route.
 *
 * @param answer what answers a call of it, over the services of the process.
 * @returns the route, for a table of them.
 */
export function route<Q extends z.ZodObject>(data: RouteData<Q>, answer: Answer<Q>): Route {
  // The query that the call has is the one that `data` describes: from here on only both together.
  return { data, answer } as unknown as Route;
}

/** Serves and documents the routes of a table that this process has. */
export function addRoutes(api: Api, routes: readonly Route[], services: Services): void {
  for (const { data, answer } of routes) {
    const { access, isServed = () => true, ...rest } = data;
    if (!isServed(services)) continue;
    const spec = {
      ...rest,
      access: typeof access === "function" ? access(services) : access,
    };
    api.add(spec, (call) => answer(call, services));
  }
}
