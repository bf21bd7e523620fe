// deno-lint-ignore-file no-import-prefix -- the version that prom-client brings; not in the import map
import {
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "npm:@opentelemetry/api@1.10.0";
import { messageOf } from "../core/errors.ts";
import type { Alert } from "../alerts/alert.ts";

/**
 * One trade's way to a mail as one trace, by Deno's own OpenTelemetry. On when the process runs with OTEL_DENO=true (the
 * exporter is set by the usual OTEL_ variables); otherwise every function here does nothing, at the cost of one test.
 * Between processes the trace goes on in the records' `traceparent` header (W3C Trace Context).
 *
 * @module
 */

/** What a span says of itself: `tickbell.alert.id`, `tickbell.symbol`, … */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Headers a record carries; only `traceparent` and `tracestate` are examined. */
export type TraceHeaders = Readonly<Record<string, string>>;

const NONE: TraceHeaders = Object.freeze({});

let tracer: Tracer | null | undefined;

function activeTracer(): Tracer | null {
  if (tracer !== undefined) return tracer;
  const on = ["true", "1"].includes(Deno.env.get("OTEL_DENO") ?? "");
  return tracer = on ? trace.getTracer("tickbell") : null;
}

/** Whether traces are on in this process. */
export function isTracing(): boolean {
  return activeTracer() !== null;
}

/**
 * The span of an alert's making, from the trade's event time to its evaluation, in the alert's own trace.
 *
 * @param evaluatedAt Epoch ms.
 * @returns the headers the alert's record is to carry, for readers that know no more of us than W3C Trace Context; `{}`
 * when traces are off.
 */
export function traceAlert(alert: Alert, evaluatedAt: number): TraceHeaders {
  const active = activeTracer();
  if (active === null) return NONE;
  const above = contextOf(alertTrace(alert.id));
  const span = active.startSpan(`trade ${alert.symbol}`, {
    kind: SpanKind.CONSUMER,
    startTime: alert.eventTime,
    attributes: {
      "tickbell.alert.id": alert.id,
      "tickbell.rule.id": alert.ruleId,
      "tickbell.rule.kind": alert.kind,
      "tickbell.symbol": alert.symbol,
      "tickbell.price": alert.price,
    },
  }, above);
  span.end(Math.max(alert.eventTime, evaluatedAt));
  return headersOf(trace.setSpan(context.active(), span));
}

/**
 * The trace of an alert, as headers: its id is made from the alert's id, so that every process, also after a restart or
 * from the ledger, adds to the same trace, and whoever has the alert id finds it.
 */
export function alertTrace(alertId: string): TraceHeaders {
  const [a, b, c, d] = [1, 2, 3, 4].map((seed) => hash(seed, alertId));
  return { traceparent: `00-${a}${b}${c}${d}-${hash(5, alertId)}${hash(6, alertId)}-01` };
}

/** FNV-1a with a seed and a final mix, as eight hex digits; never 0, which trace ids must not be. */
function hash(seed: number, text: string): string {
  let value = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value ^= value >>> 13;
  return ((value >>> 0) || 1).toString(16).padStart(8, "0");
}

/**
 * Runs `body` within a span that goes on from `parent`'s headers (or from the span that is active); calls it makes by
 * fetch become spans below it. A rejection marks the span as failed and is passed on.
 */
export async function inSpan<T>(
  name: string,
  options: { readonly parent?: TraceHeaders; readonly attributes?: SpanAttributes },
  body: () => Promise<T>,
): Promise<T> {
  const active = activeTracer();
  if (active === null) return await body();
  const above = options.parent === undefined ? context.active() : contextOf(options.parent);
  const span = active.startSpan(name, { attributes: options.attributes }, above);
  try {
    return await context.with(trace.setSpan(above, span), body);
  } catch (thrown) {
    fail(span, thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

/** The headers that carry the active span on to another process, `{}` when there is none. */
export function activeTraceHeaders(): TraceHeaders {
  return activeTracer() === null ? NONE : headersOf(context.active());
}

function headersOf(within: Context): TraceHeaders {
  const headers: Record<string, string> = {};
  propagation.inject(within, headers);
  return headers;
}

function contextOf(headers: TraceHeaders): Context {
  return propagation.extract(context.active(), headers);
}

function fail(span: Span, thrown: unknown): void {
  span.recordException(thrown instanceof Error ? thrown : String(thrown));
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(thrown) });
}
