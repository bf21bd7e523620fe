import type { ConsentPolicy } from "../alerts/consent.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";

/** The settings that say who is asked before they are written to. */
export type ConsentConfig = Pick<
  Values<typeof deliverySettings>,
  "mail" | "consoleUrl" | "linkSecret" | "confirmRecipients" | "confirmedRecipients" | "refusedDomains"
>;

/**
 * What to say at a start where mails really go out and have no links that act: nobody is asked before they are written
 * to, and no message has a page; undefined where all is well.
 */
export function missingLinks({ mail, consoleUrl, linkSecret }: ConsentConfig): string | undefined {
  if (mail === "outbox" || consoleUrl !== undefined && linkSecret !== undefined) return undefined;
  const missing = [
    ...(consoleUrl === undefined ? ["--console-url"] : []),
    ...(linkSecret === undefined ? ["--link-secret"] : []),
  ];
  return `new addresses are written to unasked, and messages lead to no page of their own: set ` +
    `${missing.join(" and ")}, for notifier and control alike`;
}

/** Who is asked: nobody where mails go into a folder, or have no link to agree by. */
export function consentPolicy(config: ConsentConfig): ConsentPolicy {
  const { mail, consoleUrl, linkSecret, confirmRecipients, confirmedRecipients, refusedDomains } = config;
  const canAsk = mail !== "outbox" && consoleUrl !== undefined && linkSecret !== undefined;
  return {
    asks: confirmRecipients === "on" && canAsk,
    confirmed: confirmedRecipients,
    refused: refusedDomains,
  };
}
