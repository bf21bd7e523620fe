import type { ConsentPolicy } from "../alerts/consent.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";

/** The settings that say who is asked before they are written to. */
export type ConsentConfig = Pick<
  Values<typeof deliverySettings>,
  "mail" | "consoleUrl" | "linkSecret" | "confirmRecipients" | "confirmedRecipients" | "refusedDomains"
>;

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
