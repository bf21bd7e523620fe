import { messageOf } from "../../core/errors.ts";

/** One fault the API found, by the field's path. */
export interface FieldFault {
  readonly field: string;
  /** Stable; "" where the API gave none. */
  readonly code: string;
  readonly reason: string;
}

/** An answer of the API that is not a success, or no answer at all. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** The HTTP status; 0 when the server could not be reached. */
  readonly status: number;
  readonly faults: readonly FieldFault[];

  constructor(status: number, message: string, faults: readonly FieldFault[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** Reads an RFC 9457 problem+json body; anything else becomes a problem with its status alone. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (typeof body !== "object" || body === null) return new ApiProblem(status, `HTTP ${status}`);
  const { title, detail, errors } = body as Record<string, unknown>;
  const message = [detail, title].find((text) => typeof text === "string" && text !== "");
  const faults = Array.isArray(errors) ? errors.flatMap(faultOf) : [];
  return new ApiProblem(status, typeof message === "string" ? message : `HTTP ${status}`, faults);
}

function faultOf(error: unknown): FieldFault[] {
  if (typeof error !== "object" || error === null) return [];
  const { field, code, reason } = error as Record<string, unknown>;
  if (typeof reason !== "string") return [];
  return [{
    field: typeof field === "string" ? field : "",
    code: typeof code === "string" ? code : "",
    reason,
  }];
}

/** What a failed call says; "" when the server could not be reached, for which each language has its own words. */
export function failureOf(thrown: unknown): string {
  return thrown instanceof ApiProblem && thrown.status === 0 ? "" : messageOf(thrown);
}
