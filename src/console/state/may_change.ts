import type { ApiMe } from "../../control/client/types.ts";

/** Whether a key may change anything: whoever only reads has no other scope. */
export function mayChange({ scopes }: Pick<ApiMe, "scopes">): boolean {
  return scopes.some((scope) => scope !== "rules:read");
}
