import type { Delivery } from "../alerts/ledger.ts";
import { newNotice } from "../alerts/notice.ts";
import type { Addressee } from "../books/consents.ts";
import type { Locale } from "../rules/rule.ts";
import { randomId } from "./auth/secret.ts";

/**
 * A test message to a recipient.
 *
 * @param when.at now, epoch ms; `waitsMs`: how long it may wait for its turn.
 */
export function testNotice(
  { tenant, recipient, locale }: Addressee & { readonly locale: Locale },
  { at, waitsMs }: { readonly at: number; readonly waitsMs: number },
): Delivery {
  const notice = { kind: "test", locale, until: at + waitsMs } as const;
  return newNotice(notice, { tenant, recipient, name: randomId(12), at });
}
