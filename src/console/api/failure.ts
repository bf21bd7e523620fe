import { ApiRefusal } from "../../control/client/refusal.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";

/** Whether the API refused or did not answer: anything else that is thrown is a bug of the page. */
export function isFailure(thrown: unknown): boolean {
  return thrown instanceof ApiRefusal || isUnreachable(thrown);
}

/** What a failed call says; "" when the server could not be reached, for which each language has its own words. */
export function failureOf(thrown: unknown): string {
  return isUnreachable(thrown) ? "" : messageOf(thrown);
}

function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof OutsideError && thrown.code === "api_unreachable";
}
