import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { mayUse, type Principal } from "../auth/principal.ts";
import { documentRoute } from "./document.ts";
import { problemOf } from "./failure.ts";
import { sayByPage } from "./page.ts";
import { parseQuery } from "./parse_query.ts";
import { accountOf } from "../people/person_policy.ts";
import { owns, PERSON_ROUTES } from "../people/person_routes.ts";
import { HttpProblem, notFound, problemResponse } from "./problem.ts";
import { MAX_BODY_BYTES, readBytes } from "./read_body.ts";
import { idempotencyKeyOf, paramOf } from "./request_parts.ts";
import {
  type Call,
  type ControlContext,
  type ControlEnv,
  DRY_RUN,
  type Handler,
  isIdempotent,
  type Observe,
  PLAIN_PARAM,
  type RouteSpec,
  type RunOnce,
} from "./route.ts";

/** The routes of the API: each is documented, guarded and served by the same statement. */
export class Api {
  readonly app = new OpenAPIHono<ControlEnv>();
  readonly #specs: RouteSpec[] = [];
  readonly #guards: readonly MiddlewareHandler<ControlEnv>[];
  readonly #limit: MiddlewareHandler<ControlEnv>;
  readonly #untilRead: MiddlewareHandler<ControlEnv>;
  readonly #once: RunOnce;
  readonly #observe: Observe;

  /**
   * @param options.untilRead runs first before every route that is not public or is limited, and so reads what is stored.
   * @param options.guards find out who asks, and limit how often; they run before every route that is not public.
   * @param options.limit limits how often an address may use a public route that says so.
   * @param options.once runs a change once for each Idempotency-Key.
   * @param options.observe is called with each answer.
   */
  constructor(
    options: {
      untilRead: MiddlewareHandler<ControlEnv>;
      guards: readonly MiddlewareHandler<ControlEnv>[];
      limit: MiddlewareHandler<ControlEnv>;
      once: RunOnce;
      observe: Observe;
    },
  ) {
    this.#untilRead = options.untilRead;
    this.#observe = options.observe;
    this.#guards = options.guards;
    this.#limit = options.limit;
    this.#once = options.once;
    this.app.onError((thrown, c) => problemResponse(c, problemOf(thrown, c)));
    this.app.notFound((c) =>
      problemResponse(c, new HttpProblem(404, "no_route", `There is nothing at ${c.req.path}`))
    );
  }

  /** Every route, for tests. */
  get routes(): readonly RouteSpec[] {
    return this.#specs;
  }

  add<Q extends z.ZodObject>(given: RouteSpec<Q>, handler: Handler<Q>): void {
    const spec = given.dryRun ? withDryRun(given) : given;
    this.#specs.push(spec as unknown as RouteSpec);
    this.app.openAPIRegistry.registerPath(documentRoute(spec as unknown as RouteSpec));
    const query = spec.query ?? (z.strictObject({}) as unknown as Q);
    const path = spec.path.replace(/\{(\w+)\}/g, ":$1");
    const serve = async (c: ControlContext) => {
      if (spec.access !== "public") requireAccess(c.get("principal"), spec as unknown as RouteSpec, c);
      const idempotencyKey = isIdempotent(spec as unknown as RouteSpec) ? idempotencyKeyOf(c) : undefined;
      const call = new RouteCall<Q>(c, { query: parseQuery(c, query), idempotencyKey, params: spec.params });
      if (spec.dryRun && c.req.query("dryRun") === "true") {
        c.set("dryRun", true);
        c.header("Dry-Run", "true");
        return await handler(call);
      }
      if (idempotencyKey === undefined) return await handler(call);
      const tenant = accountOf(call.who);
      const { pathname, search } = new URL(c.req.url);
      const content = [c.req.method, " ", pathname, search, "\n", await readBytes(c, MAX_BODY_BYTES)];
      return await this.#once({ tenant, key: idempotencyKey, content }, async () => await handler(call));
    };
    const guards = spec.access !== "public" ? this.#guards : spec.limited ? [this.#limit] : [];
    const waits = guards.length > 0 && !spec.whileStarting ? [this.#untilRead] : [];
    const before = [this.#watch(spec.path), sayByPage(spec.answers)];
    this.app.on(spec.method.toUpperCase(), [path], ...before, ...waits, ...guards, serve);
  }

  #watch(route: string): MiddlewareHandler<ControlEnv> {
    return async (c, next) => {
      const begun = performance.now();
      await next();
      const seconds = (performance.now() - begun) / 1_000;
      this.#observe({ method: c.req.method, route, status: c.res.status, seconds });
    };
  }

  /** After the last route: any other method on a known path is 405. */
  refuseOtherMethods(): void {
    const methods = new Map<string, string[]>();
    for (const { path, method } of this.#specs) {
      methods.set(path, [...methods.get(path) ?? [], method.toUpperCase()]);
    }
    for (const [path, known] of methods) {
      const allow = [...known, ...(known.includes("GET") ? ["HEAD"] : [])].join(", ");
      this.app.all(path.replace(/\{(\w+)\}/g, ":$1"), (c) => {
        const problem = new HttpProblem(
          405,
          "method_not_allowed",
          `${c.req.method} is not possible here, only ${allow}`,
          {
            headers: { Allow: allow },
          },
        );
        return problemResponse(c, problem);
      });
    }
  }
}

/**
 * A call. A class, because an object literal with a getter keeps all it closes over until V8's next full collection: at
 * hundreds of requests a second that is what makes one necessary.
 */
class RouteCall<Q extends z.ZodObject> implements Call<Q> {
  readonly c: ControlContext;
  readonly query: z.output<Q>;
  readonly idempotencyKey: string | undefined;
  readonly #params: RouteSpec["params"];

  constructor(
    c: ControlContext,
    given: Pick<Call<Q>, "query" | "idempotencyKey"> & { readonly params: RouteSpec["params"] },
  ) {
    this.c = c;
    this.query = given.query;
    this.idempotencyKey = given.idempotencyKey;
    this.#params = given.params;
    // Handlers take a call apart.
    this.param = this.param.bind(this);
  }

  param(name: string): string {
    return paramOf(this.c, name, this.#params?.[name] ?? PLAIN_PARAM);
  }

  get who(): Principal {
    const principal = this.c.get("principal");
    if (principal === undefined) throw new Error("a public route has no caller");
    return principal;
  }
}

/** The route with the parameter that has it write nothing. */
function withDryRun<Q extends z.ZodObject>(spec: RouteSpec<Q>): RouteSpec<Q> {
  const query = (spec.query ?? z.strictObject({})).extend({ dryRun: DRY_RUN });
  return { ...spec, query: query as unknown as Q };
}

function requireAccess(
  principal: Principal | undefined,
  spec: Pick<RouteSpec, "access" | "operationId" | "params">,
  c: ControlContext,
): void {
  if (principal === undefined) throw new Error("the guard must run before a guarded route");
  const { access, operationId } = spec;
  if (principal.person !== undefined) return requireOwn(principal, operationId, c);
  if (mayUse(principal, access)) return;
  if (access === "person") {
    throw new HttpProblem(403, "not_allowed", "This is for who has signed in with a mail address");
  }
  const needed = access === "operator" ? "an admin key of the operator's tenant" : `the scope ${access}`;
  throw new HttpProblem(403, "not_allowed", `This needs ${needed}`);
}

/** Who serves himself may use what the table says, and of that what is his own. */
function requireOwn(principal: Principal, operationId: string, c: ControlContext): void {
  const how = Object.hasOwn(PERSON_ROUTES, operationId) ? PERSON_ROUTES[operationId] : undefined;
  if (how === undefined) throw new HttpProblem(403, "not_allowed", "This is not for who signs in by mail");
  if (how !== "by id") return;
  const id = paramOf(c, "id", PLAIN_PARAM);
  if (!owns(principal, id)) throw notFound("rule or alert of yours", id);
}
