import { type Consent, type ConsentPolicy, type Standing, standingOf } from "../alerts/consent.ts";
import { type Delivery, deliveryKey, encodeDelivery } from "../alerts/ledger.ts";
import { newNotice } from "../alerts/notice.ts";
import { ADOPTED, recipientKey, RECIPIENTS_PLACEMENT } from "../alerts/recipient_settings.ts";
import type { NewRecord } from "../ports/event_log.ts";
import type { Locale } from "../rules/rule.ts";
import type { RecipientBook } from "./recipients.ts";

/**
 * What addresses have agreed to, over the book of recipients' settings. A mail address that is `asked` gets a confirmation
 * mail in the same append.
 *
 * @module
 */

/** An address and whose messages it is about. */
export interface Addressee {
  readonly tenant: string;
  readonly recipient: string;
}

/** Written at once: settings of recipients. */
const CHUNK = 1_000;

/** How a recipient stands to a tenant. */
export function standing(
  book: RecipientBook,
  { tenant, recipient }: Addressee,
  policy: ConsentPolicy,
): Standing {
  return standingOf(recipient, { consent: book.consent(recipient, tenant), policy, adopted: book.adopted });
}

/** Sends an address its confirmation mail, one for each `asks`. @throws {OutsideError} */
export async function ask(
  book: RecipientBook,
  who: readonly (Addressee & { readonly locale: Locale })[],
  at: number,
): Promise<void> {
  const asked = who.map((one) => ({
    ...one,
    asks: (book.consent(one.recipient, one.tenant)?.asks ?? 0) + 1,
  }));
  for (let from = 0; from < asked.length; from += CHUNK) {
    const some = asked.slice(from, from + CHUNK);
    const notices = some.map(({ tenant, recipient, locale, asks: name }) =>
      noticeRecord(newNotice({ kind: "confirm", locale }, { tenant, recipient, name, at }))
    );
    const changes = some.map(({ tenant, recipient, asks }) => {
      const consent: Consent = { state: "asked", by: "asking", at, asks, askedAt: at };
      return { tenant, recipient, change: { consent } };
    });
    await book.changeAll(changes, at, notices);
  }
}

/**
 * Notes that addresses were asked, by notices that somebody else wrote, where nothing is known of them yet.
 *
 * @throws {OutsideError} when the log cannot be written.
 */
export async function noteAsked(
  book: RecipientBook,
  notices: readonly Delivery[],
  at: number,
): Promise<void> {
  const asked = new Map(
    notices.filter(({ notice }) => notice?.kind === "confirm").map((
      { recipient, tenant = "", since: askedAt = at },
    ) => {
      const consent: Consent = { state: "asked", by: "asking", at: askedAt, asks: 1, askedAt };
      return [recipientKey(recipient, tenant), { tenant, recipient, change: { consent } }];
    }),
  );
  const fresh = [...asked.values()].filter(({ recipient, tenant }) =>
    book.consent(recipient, tenant) === undefined
  );
  if (fresh.length > 0) await book.changeAll(fresh, at);
}

/** Notes that addresses agree; one that stopped itself is passed over unless it says so itself. @throws {OutsideError} */
export async function confirm(
  book: RecipientBook,
  who: readonly Addressee[],
  { by, at }: Pick<Consent, "by" | "at">,
): Promise<void> {
  const changes = who.filter(({ recipient, tenant }) => {
    const state = book.consent(recipient, tenant)?.state;
    return state !== "confirmed" && (state !== "stopped" || by === "link");
  }).map((one) => changeOf(book, one, { state: "confirmed", by, at }));
  for (let from = 0; from < changes.length; from += CHUNK) {
    await book.changeAll(changes.slice(from, from + CHUNK), at);
  }
}

/** Notes that an address wants nothing of a tenant any more: only its own link undoes that. @throws {OutsideError} */
export async function stop(book: RecipientBook, who: Addressee, at: number): Promise<void> {
  await book.changeAll([changeOf(book, who, { state: "stopped", by: "link", at })], at);
}

/** Notes whose a browser is, by whose message it was added. @throws {OutsideError} */
export async function belongsTo(
  book: RecipientBook,
  who: Addressee,
  { of, at }: { readonly of: string; readonly at: number },
): Promise<void> {
  const { change } = changeOf(book, who, { state: "confirmed", by: "link", at });
  await book.changeAll([{ ...who, change: { consent: { ...change.consent, of } } }], at);
}

/** Notes that what stood before is taken over: addresses of which nothing is known are new from now on. */
export async function adopt(book: RecipientBook, at: number): Promise<void> {
  const consent: Consent = { state: "confirmed", by: "upgrade", at, asks: 0, askedAt: null };
  await book.changeAll([{ ...ADOPTED, change: { consent } }], at);
}

/** The record that has a notice sent, by whichever notifier has the recipients' partition. */
export function noticeRecord(notice: Delivery): NewRecord {
  return {
    topic: "deliveries",
    key: deliveryKey(notice.id, notice.recipient),
    placement: RECIPIENTS_PLACEMENT,
    value: encodeDelivery(notice),
    timestamp: notice.at,
  };
}

function changeOf(book: RecipientBook, who: Addressee, to: Pick<Consent, "state" | "by" | "at">) {
  const { asks = 0, askedAt = null, of } = book.consent(who.recipient, who.tenant) ?? {};
  return { ...who, change: { consent: { ...to, asks, askedAt, ...(of === undefined ? {} : { of }) } } };
}
