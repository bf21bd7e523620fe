import type { InputIssue } from "../../core/errors.ts";

/** The API's answer when it refused: RFC 9457 problem details. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  /** The HTTP status. */
  readonly status: number;
  /** Stable, e.g. `bad_rule`; `http_502` where something else than the API answered. */
  readonly code: string;
  readonly issues: readonly InputIssue[];

  constructor(
    status: number,
    problem: { code?: string; detail?: string; errors?: readonly InputIssue[] } = {},
  ) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? `http_${status}`;
    this.issues = problem.errors ?? [];
  }
}

/**
 * Undefined where the API refuses with one of the statuses.
 *
 * @throws {ApiRefusal} for every other status; and what else the call throws.
 */
export async function unlessRefused<T>(
  statuses: readonly number[],
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof ApiRefusal && statuses.includes(thrown.status)) return undefined;
    throw thrown;
  }
}

/** The refusal in an answer's text. What stands between may answer anything: that is reported by its status alone. */
export function refusalOf(status: number, text: string): ApiRefusal {
  let problem: unknown;
  try {
    problem = JSON.parse(text);
  } catch {
    return new ApiRefusal(status);
  }
  if (typeof problem !== "object" || problem === null) return new ApiRefusal(status);
  const { code, detail, errors } = problem as Record<string, unknown>;
  return new ApiRefusal(status, {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof detail === "string" && detail !== "" ? { detail } : {}),
    errors: Array.isArray(errors) ? errors.filter(isIssue) : [],
  });
}

function isIssue(error: unknown): error is InputIssue {
  if (typeof error !== "object" || error === null) return false;
  const { field, code, reason } = error as Record<string, unknown>;
  return [field, code, reason].every((text) => typeof text === "string");
}
