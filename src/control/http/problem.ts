import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { KnownProblem } from "./problem_codes.ts";
import type { InputError, InputIssue } from "../../core/errors.ts";

/** An answer that is not a success: RFC 9457 problem details. Thrown by handlers. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: ContentfulStatusCode;
  /** Stable and machine-readable. */
  readonly code: string;
  readonly issues: readonly InputIssue[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    code: KnownProblem,
    detail: string,
    options: { issues?: readonly InputIssue[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.issues = options.issues ?? [];
    this.headers = options.headers ?? {};
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  408: "Request timed out",
  409: "Conflict",
  410: "Gone",
  412: "Changed meanwhile",
  413: "Too large",
  414: "URL too long",
  415: "Unsupported media type",
  422: "Cannot be done",
  428: "A condition is needed",
  429: "Too many requests",
  431: "Headers too large",
  500: "Internal error",
  501: "Not available here",
  503: "Not available now",
};

/** Input that was refused: 400, every issue. */
export function refusal(error: InputError): HttpProblem {
  const count = error.issues.length;
  const detail = count === 1 ? error.message : `${count} things are wrong with the request; see errors`;
  // A code of input that comes from elsewhere still has its page: see problemCode.
  return new HttpProblem(400, error.code as KnownProblem, detail, { issues: error.issues });
}

/** 400 about one place of the request. */
export function badRequest(field: string, code: KnownProblem, reason: string, value?: unknown): HttpProblem {
  const issue = value === undefined ? { field, code, reason } : { field, code, reason, value };
  return new HttpProblem(400, code, field === "" ? reason : `${field}: ${reason}`, { issues: [issue] });
}

/** 404 for what is not there, or is another tenant's. */
export function notFound(what: string, id: string): HttpProblem {
  return new HttpProblem(404, "not_found", `There is no ${what} ${JSON.stringify(id.slice(0, 100))}`);
}

/** The most issues that are named for one request. */
export const MOST_ISSUES = 100;

/** The problem as a response. */
export function problemResponse(c: Context, problem: HttpProblem): Response {
  const body = {
    type: `/problems/${problem.code}`,
    title: TITLES[problem.status] ?? "Failed",
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    requestId: c.get("requestId"),
    ...(problem.issues.length > 0 ? { errors: problem.issues.slice(0, MOST_ISSUES) } : {}),
  };
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify(body), problem.status);
}
