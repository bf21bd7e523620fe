import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Turns } from "../turns.ts";
import type { Access, Principal } from "../auth/principal.ts";

/** What the middleware leaves for the handlers. */
export interface ControlEnv {
  /** What is handed to `fetch` beside the request. */
  Bindings: { readonly address?: string } | undefined;
  Variables: {
    requestId: string;
    /** The caller's address; undefined where it is not known. */
    address: string | undefined;
    principal: Principal | undefined;
    body: Uint8Array | undefined;
    turns: Turns;
    /** Whether the request only asks what would be. */
    dryRun: boolean | undefined;
  };
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
  /** Whether an address may use a public route only so often; the others have the guards of all. */
  readonly limited?: boolean;
  /** Whether it answers before what is stored has been read: it says how far that is. */
  readonly whileStarting?: boolean;
  readonly query?: Q;
  /** Request headers that mean something here, by name. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: {
    readonly schema: z.ZodType;
    readonly contentTypes?: readonly string[];
    readonly optional?: boolean;
  };
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** The failures it may answer beside those every route may: 400, 401, 403, 414, 429, 431, 500 and 503. */
  readonly failures?: readonly number[];
  /** Whether an Idempotency-Key is honoured; true for every change that asks for a key. */
  readonly idempotent?: boolean;
  /** Whether `?dryRun=true` is taken: everything is checked and answered, and nothing is written. */
  readonly dryRun?: boolean;
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

/** Called with each answer; the route is its pattern. */
export type Observe = (answer: { method: string; route: string; status: number; seconds: number }) => void;

export type Handler<Q extends z.ZodObject> = (call: Call<Q>) => Promise<Response> | Response;

/** The query's `dryRun`, as documents describe it. */
export const DRY_RUN = z.enum(["true", "false"]).optional().openapi({
  description: "true: answers what would be, with the header Dry-Run, and writes nothing",
});

/** A part of a path where nothing else is said. */
export const PLAIN_PARAM = z.string().min(1).max(300);

/** The Idempotency-Key header, as documents describe it. */
export const IDEMPOTENCY_KEY = z.string().regex(/^[!-~]{1,255}$/).openapi({
  description: "The same key and body gets the same answer for a day, and changes nothing again",
});

/** Whether a route honours an Idempotency-Key. */
export function isIdempotent(spec: RouteSpec): boolean {
  return spec.method !== "get" && spec.access !== "public" && spec.idempotent !== false;
}
