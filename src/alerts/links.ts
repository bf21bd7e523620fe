import type { MessageLinks } from "./alert_view.ts";
import { type Delivery, isDigest } from "./ledger.ts";
import type { Notice } from "./notice.ts";
import { LINK_MS, type LinkClaims, type LinkPurpose, signLink } from "./signed_links.ts";
import { recipientMark, signUnsubscribe } from "./unsubscribe.ts";

export interface LinkOptions {
  /** Where the console and the API are reached by those who get the mails, without a slash at the end. */
  readonly consoleUrl: string;
  /** Signs the links; without it there is only the console's. */
  readonly secret?: string;
}

/** The path of the route that pauses a rule; the token follows as `?token=`. */
const UNSUBSCRIBE_PATH = "/v1/unsubscribe";

/** The paths of the pages behind signed links; the token follows as `?token=`. */
const PAGE_PATHS: Readonly<Record<LinkPurpose, string>> = {
  alert: "/v1/pages/alert",
  confirm: "/v1/pages/confirm",
  address: "/v1/pages/address",
  "sign-in": "/v1/pages/sign-in",
};

/** What of a delivery its links are made of. */
export type LinkedDelivery = Pick<Delivery, "id" | "recipient" | "tenant" | "alerts" | "notice">;

/**
 * The links of a message to one recipient.
 *
 * @param now epoch ms: links work for a time, see `LINK_MS`.
 */
export type LinksOf = (delivery: LinkedDelivery, now: number) => Promise<MessageLinks>;

/** Makes the links of messages. */
export function linksOf({ consoleUrl, secret }: LinkOptions): LinksOf {
  const base = consoleUrl.replace(/\/+$/, "");
  const link = async (claims: Omit<LinkClaims, "expiresAt">, now: number, until?: number) => {
    const worksMs = LINK_MS[claims.purpose];
    const expiresAt = until ?? (worksMs === null ? null : now + worksMs);
    return `${base}${PAGE_PATHS[claims.purpose]}?token=${await signLink(
      { ...claims, expiresAt },
      secret ?? "",
    )}`;
  };
  return async (delivery, now) => {
    const { notice, alerts: [alert] = [] } = delivery;
    const console = alert === undefined || isDigest(delivery)
      ? `${base}/`
      : `${base}/#/alerts/${encodeURIComponent(alert.id)}`;
    if (secret === undefined) return { console };
    const tenant = delivery.tenant ?? alert?.tenant ?? "";
    const recipient = await recipientMark(delivery.recipient);
    const whose = { tenant, recipient };
    const address = await link({ purpose: "address", ...whose, subject: "" }, now);
    if (notice !== undefined) return { ...await actionOf(notice), address };
    if (alert === undefined) return { console };
    if (isDigest(delivery)) return { console, stop: address };
    const page = await link({ purpose: "alert", ...whose, subject: alert.id }, now);
    const token = await signUnsubscribe({ ruleId: alert.ruleId, ...whose }, secret);
    return { console, page, stop: `${base}${UNSUBSCRIBE_PATH}?token=${token}` };

    async function actionOf({ kind, ticket = "", until }: Notice): Promise<MessageLinks> {
      if (kind === "test" || kind === "report") return {};
      return { action: await link({ purpose: kind, ...whose, subject: ticket }, now, until) };
    }
  };
}
