import { channelOf, maskedRecipient } from "../rules/channels.ts";

/**
 * Whether an address has agreed to get a tenant's alerts. A mail address that is new to a tenant is asked once, by a mail
 * with a signed link; until it agrees, what is for it waits. A stop is the address's own word: only it can undo it.
 *
 * @module
 */

/** How an address stands to a tenant. */
export const CONSENT_STATES = ["asked", "confirmed", "stopped"] as const;
export type ConsentState = typeof CONSENT_STATES[number];

/** Who said so: the address by its link, an operator, or the upgrade that brought consent (its rules stood before). */
export const CONSENT_WORDS = ["link", "operator", "upgrade", "asking"] as const;

/** What is stored of an address's consent to one tenant. */
export interface Consent {
  readonly state: ConsentState;
  readonly by: typeof CONSENT_WORDS[number];
  /** Epoch ms of the state. */
  readonly at: number;
  /** How many confirmation mails it was sent, and when the last, epoch ms. */
  readonly asks: number;
  readonly askedAt: number | null;
  /** Whose browser it is: the recipient, as it is compared, from whose message it was added. */
  readonly of?: string;
}

/** Whom alerts may go to without asking, and to whom never. */
export interface ConsentPolicy {
  /** Whether new mail addresses are asked. */
  readonly asks: boolean;
  /** Mail addresses and domains (`example.com`, and what is below it) that the operator vouches for. */
  readonly confirmed: readonly string[];
  /** Domains that nothing is sent to. */
  readonly refused: readonly string[];
}

/** A policy that asks nobody. */
export const NOBODY_IS_ASKED: ConsentPolicy = { asks: false, confirmed: [], refused: [] };

/** How a recipient stands: `open` is to be asked, `asked` has been and has not answered. */
export type Standing = "confirmed" | "open" | "asked" | "stopped";

/**
 * How a recipient stands to a tenant.
 *
 * @param given.adopted whether what stood before there was consent has been taken over; until then nobody is asked.
 */
export function standingOf(
  recipient: string,
  given: {
    readonly consent: Consent | undefined;
    readonly policy: ConsentPolicy;
    readonly adopted: boolean;
  },
): Standing {
  const { consent, policy, adopted } = given;
  if (consent?.state === "stopped") return "stopped";
  if (channelOf(recipient) !== "mail" || !policy.asks || !adopted) return "confirmed";
  if (consent?.state === "confirmed" || isListed(recipient, policy.confirmed)) return "confirmed";
  return consent?.state === "asked" ? "asked" : "open";
}

/** Whether a mail address, its domain, or a domain above it stands in a list. */
export function isListed(recipient: string, list: readonly string[]): boolean {
  if (list.length === 0 || channelOf(recipient) !== "mail") return false;
  const address = recipient.toLowerCase();
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return list.some((listed) => {
    const one = listed.toLowerCase().replace(/^@/, "");
    return one === address || one === domain || domain.endsWith(`.${one}`);
  });
}

/** Why a delivery to an address that stopped is not made. */
export function stoppedFault(recipient: string): { readonly code: string; readonly reason: string } {
  return { code: "stopped", reason: `${maskedRecipient(recipient)} has stopped these messages itself` };
}

/** Why nothing is sent to an address. */
export const REFUSED_DOMAIN = {
  code: "refused_domain",
  reason: "is of a domain that nothing is sent to",
} as const;

/** Why a delivery to an address that never agreed came to nothing. */
export const NOT_CONFIRMED = {
  code: "not_confirmed",
  reason: "the address was asked and has not agreed in time",
} as const;
