import type { AppKey } from "../approval.ts";

/** A text of the other side as it may stand in a log: without the key and its secret, and not long. */
export function hideSecrets(text: string, app: AppKey, token?: string): string {
  let hidden = text.replaceAll(app.key, "***").replaceAll(app.secret, "***");
  if (token !== undefined) hidden = hidden.replaceAll(token, "***");
  return hidden.slice(0, 200);
}
