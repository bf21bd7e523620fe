import { z } from "zod";
import { normalRecipient } from "../../alerts/recipient_settings.ts";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import { readJson } from "../../books/read_json.ts";
import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { type Locale, LOCALES } from "../../rules/rule.ts";
import { isTenant } from "../../rules/tenancy.ts";
import type { AuditDraft } from "../audit/entry.ts";
import type { Person } from "../auth/principal.ts";
import { randomId } from "../auth/secret.ts";
import type { Topics } from "../store/topics.ts";

const time = z.number().int().nonnegative();

/** Someone who serves himself: known by a mail address that he reads. Times are epoch ms. */
const storedAccount = z.object({
  /** What the ids of his rules begin with, a dot after it; of chance, so that no id says whose it is. */
  id: z.string().regex(/^u[0-9a-z]{11}$/),
  tenant: z.string().refine(isTenant),
  /** The mail address, as it is compared. */
  address: z.string().min(3),
  locale: z.enum(LOCALES),
  /** The recipients that are his, each proved: the address, his browsers, his chats. New rules go to those that are on. */
  channels: z.array(z.object({ recipient: z.string(), on: z.boolean() })),
  /** Who may give orders from which chat: Telegram's user and chat. */
  chats: z.array(z.object({ chat: z.string(), user: z.string() })),
  createdAt: time,
  updatedAt: time,
});
export type Account = Readonly<z.output<typeof storedAccount>>;

/** Channels that an account may have. */
export const MOST_CHANNELS = 20;

/** What a record says of an account: how it is, or that it is gone. */
interface AccountNews {
  readonly place: string;
  readonly account: Account | null;
}

/** The accounts, as records of the control topic: every instance knows them. */
export class AccountStore implements ProjectionReader<AccountNews> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    options.topics.read("control", this);
  }

  /** The account of an address. */
  get(tenant: string, address: string): Account | undefined {
    return this.#accounts.get(placeOf({ tenant, address }));
  }

  /** The account whose rules' ids begin with this. */
  byId(tenant: string, id: string): Account | undefined {
    return [...this.#accounts.values()].find((account) => account.id === id && account.tenant === tenant);
  }

  /** The account that gives orders from a chat. */
  ofChat(chat: string, user: string): Account | undefined {
    for (const account of this.#accounts.values()) {
      if (account.chats.some((own) => own.chat === chat && own.user === user)) return account;
    }
    return undefined;
  }

  /** Every account that knows a chat. */
  withChat(chat: string): readonly Account[] {
    return [...this.#accounts.values()].filter(({ chats }) => chats.some((own) => own.chat === chat));
  }

  /** Every account of an address, in whatever tenant. */
  of(address: string): readonly Account[] {
    const normal = normalRecipient(address);
    return [...this.#accounts.values()].filter((account) => account.address === normal);
  }

  /** A new account of an address, not written yet. */
  make(given: { tenant: string; address: string; locale: Locale }): Account {
    const { tenant, locale } = given;
    const address = normalRecipient(given.address);
    const now = this.#clock.now();
    return {
      id: `u${randomId(11)}`,
      tenant,
      address,
      locale,
      channels: [{ recipient: address, on: true }],
      chats: [],
      createdAt: now,
      updatedAt: now,
    };
  }

  /**
   * Writes an account as it now is.
   *
   * @throws {OutsideError} when it cannot be stored.
   */
  async write(account: Account, audit: readonly AuditDraft[]): Promise<void> {
    await this.#topics.append([this.#record(account, { ...account, updatedAt: this.#clock.now() })], audit);
  }

  /** Deletes an account; its sessions end with it. @throws {OutsideError} */
  async remove(account: Account, audit: readonly AuditDraft[]): Promise<void> {
    await this.#topics.append([this.#record(account, null)], audit);
  }

  /** @throws {Error} for what is no account. */
  decode({ key, value }: LogRecord): AccountNews | undefined {
    const place = ownId("account", key);
    if (place === undefined) return undefined;
    const account = value && readJson(value, storedAccount);
    if (account !== null && placeOf(account) !== place) throw new Error(`is not the record of ${place}`);
    return { place, account };
  }

  apply({ place, account }: AccountNews): void {
    if (account === null) this.#accounts.delete(place);
    else this.#accounts.set(place, account);
  }

  #record(place: Pick<Account, "tenant" | "address">, account: Account | null): NewRecord {
    return {
      topic: "control",
      key: ownKey("account", placeOf(place)),
      value: account && JSON.stringify(account),
      timestamp: this.#clock.now(),
    };
  }
}

/** Who an account's owner is to the routes. */
export function personOf({ id, address }: Account): Person {
  return { id, address };
}

/** The recipients that new rules go to. */
export function chosenChannels({ channels }: Account): readonly string[] {
  return channels.filter(({ on }) => on).map(({ recipient }) => recipient);
}

function placeOf({ tenant, address }: Pick<Account, "tenant" | "address">): string {
  return `${tenant}/${normalRecipient(address)}`;
}
