import { type Addressee, confirm, stop } from "../../books/consents.ts";
import type { Actor } from "../auth/principal.ts";
import type { Services } from "../routes/services.ts";

/**
 * An address's own word on a tenant's messages, said by a link that came to it, with its entry in the audit.
 *
 * @throws {OutsideError} when it cannot be stored.
 */
export async function sayConsent(
  { recipients, topics, deps: { clock } }: Pick<Services, "recipients" | "topics" | "deps">,
  { who, word, actor }: {
    readonly who: Addressee;
    readonly word: "agree" | "stop";
    readonly actor: Actor;
  },
): Promise<void> {
  const at = clock.now();
  await recipients.ready;
  if (word === "agree") await confirm(recipients, [who], { by: "link", at });
  else await stop(recipients, who, at);
  const entry = { action: `consent.${word}`, target: who.recipient, before: null, after: null };
  await topics.append([], [{ ...entry, actor }]);
}
