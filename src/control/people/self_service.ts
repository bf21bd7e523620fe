import { assert } from "../../core/errors.ts";
import type { SelfService } from "../deps.ts";
import type { Services } from "../routes/services.ts";

/** Whether who signs in by mail is served: it is on, and there is what signs the links. */
export function hasSelfService({ deps: { selfService, linkSecret } }: Pick<Services, "deps">): boolean {
  return selfService !== undefined && linkSecret !== undefined;
}

/** How self-service is set up, where {@link hasSelfService}. */
export function selfServiceOf(
  { deps: { selfService, linkSecret } }: Pick<Services, "deps">,
): SelfService & { readonly secret: string } {
  assert(selfService !== undefined && linkSecret !== undefined, "self-service is on");
  return { ...selfService, secret: linkSecret };
}
