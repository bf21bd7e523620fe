import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { InputError, OutsideError } from "../../core/errors.ts";
import { logger } from "../../telemetry/log.ts";
import { type Access, mayUse, type Principal } from "../auth/principal.ts";
import { Problem } from "../schemas/common.ts";
import { badRequest, HttpProblem, problemResponse, refusal } from "./problem.ts";
import { MAX_BODY_BYTES, readBytes } from "./read_body.ts";
import { parseQuery } from "./parse_query.ts";

const log = logger("control");

/** What the middleware leaves for the handlers. */
export interface ControlEnv {
  Variables: { requestId: string; principal: Principal | undefined; body: Uint8Array | undefined };
}
export type ControlContext = Context<ControlEnv>;

/** What a route answers with a status. */
export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** application/json where there is a schema and this is absent. */
  readonly contentType?: string;
  /** Other media types it may have. */
  readonly alsoAs?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is said of a route, once: its place in the document, who may use it, what it takes and gives. */
export interface RouteSpec<Q extends z.ZodObject = z.ZodObject> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** As in OpenAPI: `/v1/rules/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly access: Access;
  readonly query?: Q;
  /** Request headers that mean something here, by name. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly contentTypes?: readonly string[];
    readonly optional?: boolean;
  };
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** The failures it may answer beside 400, 401, 403, 429, 500 and 503. */
  readonly failures?: readonly number[];
  /** Whether an Idempotency-Key is honoured; true for every change that asks for a key. */
  readonly idempotent?: boolean;
  /** Path parameters with their schema, where it is not a plain text. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
}

/** A call of a route by someone who may use it. */
export interface Call<Q extends z.ZodObject = z.ZodObject> {
  readonly c: ControlContext;
  readonly query: z.output<Q>;
  /** A path parameter. */
  param(name: string): string;
  /** Who asks; on public routes this throws. */
  readonly who: Principal;
  /** The request's Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
}

/** Runs a change, or answers as it was answered before. */
export type RunOnce = (
  request: { tenant: string; key: string; content: readonly (string | Uint8Array)[] },
  change: () => Promise<Response>,
) => Promise<Response>;

/** Is told of each answer; the route is its pattern. */
export type Observe = (answer: { method: string; route: string; status: number; seconds: number }) => void;

export type Handler<Q extends z.ZodObject> = (call: Call<Q>) => Promise<Response> | Response;

/** The routes of the API: each is documented, guarded and served by the same statement. */
export class Api {
  readonly app = new OpenAPIHono<ControlEnv>();
  readonly #specs: RouteSpec[] = [];
  readonly #guards: readonly MiddlewareHandler<ControlEnv>[];
  readonly #once: RunOnce;
  readonly #observe: Observe;

  /**
   * @param options.guards tell who asks, and limit how often; they run before every route that is not public.
   * @param options.once runs a change once for each Idempotency-Key.
   * @param options.observe is told of each answer.
   */
  constructor(
    options: { guards: readonly MiddlewareHandler<ControlEnv>[]; once: RunOnce; observe: Observe },
  ) {
    this.#observe = options.observe;
    this.#guards = options.guards;
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

  add<Q extends z.ZodObject>(spec: RouteSpec<Q>, handler: Handler<Q>): void {
    this.#specs.push(spec as unknown as RouteSpec);
    this.app.openAPIRegistry.registerPath(document(spec as unknown as RouteSpec));
    const query = spec.query ?? (z.strictObject({}) as unknown as Q);
    const path = spec.path.replace(/\{(\w+)\}/g, ":$1");
    const serve = async (c: ControlContext) => {
      const principal = c.get("principal");
      if (spec.access !== "public") requireAccess(principal, spec.access);
      const idempotencyKey = isIdempotent(spec as unknown as RouteSpec) ? idempotencyKeyOf(c) : undefined;
      const call: Call<Q> = {
        c,
        query: parseQuery(c, query),
        param: (name) => paramOf(c, name, spec.params?.[name] ?? PLAIN_PARAM),
        get who(): Principal {
          if (principal === undefined) throw new Error("a public route has no caller");
          return principal;
        },
        idempotencyKey,
      };
      if (idempotencyKey === undefined) return await handler(call);
      const { tenant } = call.who;
      const { pathname, search } = new URL(c.req.url);
      const content = [c.req.method, " ", pathname, search, "\n", await readBytes(c, MAX_BODY_BYTES)];
      return await this.#once({ tenant, key: idempotencyKey, content }, async () => await handler(call));
    };
    const guards = spec.access === "public" ? [] : this.#guards;
    this.app.on(spec.method.toUpperCase(), [path], this.#watch(spec.path), ...guards, serve);
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

const PLAIN_PARAM = z.string().min(1).max(300);

/** The Idempotency-Key header, as documents describe it. */
const IDEMPOTENCY_KEY = z.string().regex(/^[!-~]{1,255}$/).openapi({
  description: "The same key and body gets the same answer for a day, and changes nothing again",
});

/** @throws {HttpProblem} 400 when a path's part is not what it can be. */
function paramOf(c: ControlContext, name: string, schema: z.ZodType): string {
  const text = c.req.param(name) as string;
  const parsed = schema.safeParse(text);
  if (parsed.success) return text;
  throw badRequest(name, "bad_path", parsed.error.issues[0]!.message.toLowerCase(), text.slice(0, 200));
}

function isIdempotent(spec: RouteSpec): boolean {
  return spec.method !== "get" && spec.access !== "public" && spec.idempotent !== false;
}

/** @throws {HttpProblem} 400 for a key that is none. */
export function idempotencyKeyOf(c: ControlContext): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw badRequest(
    "Idempotency-Key",
    "bad_idempotency_key",
    "must be 1 to 255 printable ASCII characters",
    key,
  );
}

function requireAccess(principal: Principal | undefined, access: Access): void {
  if (principal === undefined) throw new Error("the guard must run before a guarded route");
  if (mayUse(principal, access)) return;
  const needed = access === "operator" ? "an admin key of the operator's tenant" : `the scope ${access}`;
  throw new HttpProblem(403, "not_allowed", `This needs ${needed}`);
}

/** What was thrown, as a problem; what is not known is told to the log only. */
function problemOf(thrown: unknown, c: ControlContext): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof InputError) return refusal(thrown);
  const requestId = c.get("requestId");
  if (thrown instanceof OutsideError) {
    log.error("{method} {path} failed: {code}: {error}", {
      method: c.req.method,
      path: c.req.path,
      code: thrown.code,
      error: thrown.message,
      requestId,
    });
    const after = Math.ceil((thrown.retryAfterMs ?? 1_000) / 1_000);
    return new HttpProblem(
      503,
      thrown.code,
      "A system behind the API does not answer; nothing is known to be stored. Try again",
      {
        headers: { "Retry-After": String(after) },
      },
    );
  }
  log.error("{method} {path} failed: {error}", {
    method: c.req.method,
    path: c.req.path,
    error: thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown),
    requestId,
  });
  return new HttpProblem(500, "internal", `Something went wrong here; the log has it under ${requestId}`);
}

const FAILURES: Readonly<Record<number, string>> = {
  400: "The request is refused; errors says what and where",
  401: "No key, or one that is not valid",
  403: "The key may not do this",
  404: "There is no such thing, or it belongs to another tenant",
  409: "It conflicts with what is there",
  412: "It was changed meanwhile: read it again",
  413: "The body is too large",
  415: "The body is of another media type",
  422: "The Idempotency-Key was used with another body",
  428: "If-Match is needed",
  429: "Too many requests, or over the quota",
  500: "A fault of ours",
  501: "Not available in this installation",
  503: "Not available now: try again",
};

function document(spec: RouteSpec): RouteConfig {
  const failures = spec.access === "public" ? [400, 500] : [400, 401, 403, 429, 500, 503];
  const all = [
    ...failures,
    ...(spec.body ? [413, 415] : []),
    ...(isIdempotent(spec) ? [409, 422] : []),
    ...spec.failures ?? [],
  ];
  const headers = { ...spec.headers, ...(isIdempotent(spec) ? { "Idempotency-Key": IDEMPOTENCY_KEY } : {}) };
  const responses: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries(spec.answers)) responses[status] = documentAnswer(answer);
  for (const status of [...new Set(all)].sort()) {
    responses[status] ??= {
      description: FAILURES[status],
      content: { "application/problem+json": { schema: Problem } },
    };
  }
  const names = [...spec.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const params = Object.fromEntries(
    names.map((name) => [name, spec.params?.[name] ?? PLAIN_PARAM]),
  );
  return {
    method: spec.method,
    path: spec.path,
    operationId: spec.operationId,
    summary: spec.summary,
    ...(spec.description ? { description: spec.description } : {}),
    tags: [spec.tag],
    security: spec.access === "public" ? [] : [{ bearer: [] }, { cookie: [] }],
    request: {
      ...(names.length > 0 ? { params: z.object(params) } : {}),
      ...(spec.query ? { query: spec.query } : {}),
      ...(Object.keys(headers).length > 0
        ? {
          headers: z.object(
            Object.fromEntries(Object.entries(headers).map(([name, schema]) => [name, schema.optional()])),
          ),
        }
        : {}),
      ...(spec.body
        ? {
          body: {
            required: !spec.body.optional,
            content: Object.fromEntries(
              (spec.body.contentTypes ?? ["application/json"]).map((
                type,
              ) => [type, { schema: spec.body!.schema }]),
            ),
          },
        }
        : {}),
    },
    responses,
  } as unknown as RouteConfig;
}

function documentAnswer(answer: RouteAnswer): unknown {
  const type = answer.contentType ?? "application/json";
  return {
    description: answer.description,
    ...(answer.headers
      ? {
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, description]) => [name, {
            description,
            schema: { type: "string" },
          }]),
        ),
      }
      : {}),
    ...(answer.schema || answer.contentType
      ? {
        content: Object.fromEntries(
          [type, ...answer.alsoAs ?? []].map((one) => [one, { schema: answer.schema ?? z.string() }]),
        ),
      }
      : {}),
  };
}
