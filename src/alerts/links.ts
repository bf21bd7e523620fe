import type { Alert } from "./alert.ts";
import type { MessageLinks } from "./alert_view.ts";
import { recipientMark, signUnsubscribe } from "./unsubscribe.ts";

export interface LinkOptions {
  /** Where the console and the API are reached by those who get the mails, without a slash at the end. */
  readonly consoleUrl: string;
  /** Signs the stop links; without it there are none. */
  readonly secret?: string;
}

/** The path of the route that pauses a rule; the token follows as `?token=`. */
export const UNSUBSCRIBE_PATH = "/v1/unsubscribe";

/** The links of an alert's mail to one recipient. */
export function linksOf(options: LinkOptions): (alert: Alert, recipient: string) => Promise<MessageLinks> {
  const base = options.consoleUrl.replace(/\/+$/, "");
  return async (alert, recipient) => {
    const console = `${base}/#/alerts/${encodeURIComponent(alert.id)}`;
    if (options.secret === undefined) return { console };
    const { ruleId, tenant } = alert;
    const request = { ruleId, tenant, recipient: await recipientMark(recipient) };
    const token = await signUnsubscribe(request, options.secret);
    return { console, stop: `${base}${UNSUBSCRIBE_PATH}?token=${token}` };
  };
}
