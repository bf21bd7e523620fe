import { type RouteConfig, z } from "@hono/zod-openapi";
import { Problem } from "../schemas/common.ts";
import { IDEMPOTENCY_KEY, isIdempotent, PLAIN_PARAM, type RouteAnswer, type RouteSpec } from "./route.ts";

const FAILURES: Readonly<Record<number, string>> = {
  400: "The request is refused; errors says what and where",
  401: "No key, or one that is not valid",
  403: "The key may not do this",
  404: "There is no such thing, or it belongs to another tenant",
  409: "It conflicts with what is there",
  410: "What was missed cannot be sent any more",
  412: "It was changed meanwhile: read it again",
  413: "The body is too large",
  414: "The address is too long",
  415: "The body is of another media type",
  422: "The Idempotency-Key was used with another body",
  428: "If-Match is needed",
  429: "Too many requests, or over the quota",
  431: "The headers are too large",
  500: "A fault of ours",
  501: "Not available in this installation",
  503: "Not available now: try again",
};

const PROBLEM = { "application/problem+json": { schema: Problem } };

/** A route as the OpenAPI document describes it. */
export function documentRoute(spec: RouteSpec): RouteConfig {
  const plain = [400, 414, 431, 500];
  const failures = spec.access === "public"
    ? (spec.limited ? [...plain, 429, 503] : plain)
    : [400, 401, 403, 414, 429, 431, 500, 503];
  const all = [
    ...failures,
    ...(spec.body ? [413, 415] : []),
    ...(isIdempotent(spec) ? [409, 422] : []),
    ...spec.failures ?? [],
  ];
  const headers = { ...spec.headers, ...(isIdempotent(spec) ? { "Idempotency-Key": IDEMPOTENCY_KEY } : {}) };
  const responses: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries(spec.answers)) {
    // A status of both kinds: a page for a link that is bad, a problem for a request from elsewhere.
    responses[status] = documentAnswer(answer, spec.failures?.includes(Number(status)) ? PROBLEM : {});
  }
  for (const status of [...new Set(all)].sort()) {
    responses[status] ??= documentAnswer({ description: FAILURES[status]! }, PROBLEM);
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

/** @param more what else it may be, by media type. */
function documentAnswer(answer: RouteAnswer, more: Record<string, unknown> = {}): unknown {
  const type = answer.contentType ?? "application/json";
  const types = answer.schema || answer.contentType ? [type, ...answer.alsoAs ?? []] : [];
  const content = {
    ...Object.fromEntries(types.map((one) => [one, { schema: answer.schema ?? z.string() }])),
    ...more,
  };
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
    ...(Object.keys(content).length > 0 ? { content } : {}),
  };
}
