import { z } from "zod";
import { ownId, ownKey } from "../../books/own_keys.ts";
import type { ProjectionReader } from "../../books/projection.ts";
import { readJson } from "../../books/read_json.ts";
import type { Clock } from "../../core/clock.ts";
import type { LogRecord, NewRecord } from "../../ports/event_log.ts";
import { LOCALES } from "../../rules/rule.ts";
import { isTenant } from "../../rules/tenancy.ts";
import { randomId } from "../auth/secret.ts";
import type { Topics } from "../store/topics.ts";

const issued = z.object({
  kind: z.enum(["sign-in", "chat"]),
  tenant: z.string().refine(isTenant),
  /** Whose it is: a mail address. */
  address: z.string().min(3),
  /** What he is spoken to in. */
  locale: z.enum(LOCALES),
  issuedAt: z.number().int().nonnegative(),
  /** Epoch ms. */
  expiresAt: z.number().int().nonnegative(),
});
const used = z.object({ usedBy: z.string().min(1) });
const stored = z.union([issued, used]);

/** Something that may be done once: signing in, linking a chat. */
export type Ticket = Readonly<z.output<typeof issued>>;

/** What a record says of a ticket: it is given out, somebody uses it, or it is gone. */
interface TicketNews {
  readonly id: string;
  readonly said: Ticket | z.output<typeof used> | null;
}

/** How long a ticket is good, ms. */
const TICKET_MS: Readonly<Record<Ticket["kind"], number>> = { "sign-in": 15 * 60_000, chat: 10 * 60_000 };
/** Tickets of a kind that an address may have at once: what limits how often it is written to. */
const MOST_A_PERSON = 3;
/** Tickets at once, of everybody. */
const MOST_TICKETS = 10_000;

/**
 * One-time tickets, as records of the control topic. Which of two that use one at the same time, on whatever instance, may
 * is decided by the order of the log.
 */
export class Tickets implements ProjectionReader<TicketNews> {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #tickets = new Map<string, { readonly ticket: Ticket; usedBy?: string }>();

  constructor(options: { topics: Topics; clock: Clock }) {
    this.#topics = options.topics;
    this.#clock = options.clock;
    options.topics.read("control", this);
  }

  /**
   * Gives out a ticket; undefined when its owner has as many as one may have, or all have.
   *
   * @param more records that are appended with it.
   * @throws {OutsideError} when it cannot be stored.
   */
  async issue(
    given: Pick<Ticket, "kind" | "tenant" | "address" | "locale">,
    more: (id: string, ticket: Ticket) => readonly NewRecord[] = () => [],
  ): Promise<{ readonly id: string; readonly ticket: Ticket } | undefined> {
    const now = this.#clock.now();
    if (this.#tickets.size >= MOST_TICKETS || this.#countOf(given, now) >= MOST_A_PERSON) return undefined;
    const ticket: Ticket = { ...given, issuedAt: now, expiresAt: now + TICKET_MS[given.kind] };
    const id = randomId(given.kind === "chat" ? 10 : 24);
    // Counted at once: of many requests together no more than the limit pass.
    this.#tickets.set(id, { ticket });
    try {
      await this.#topics.append([this.#record(id, ticket), ...more(id, ticket)]);
    } catch (thrown) {
      this.#tickets.delete(id);
      throw thrown;
    }
    return { id, ticket };
  }

  /** A ticket that is still good, without using it. */
  look(id: string, kind: Ticket["kind"]): Ticket | undefined {
    const known = this.#tickets.get(id);
    const good = known !== undefined && known.usedBy === undefined && known.ticket.kind === kind &&
      this.#clock.now() < known.ticket.expiresAt;
    return good ? known.ticket : undefined;
  }

  /**
   * Uses a ticket: undefined when it is not good any more, or another one was first.
   *
   * @throws {OutsideError} when that cannot be stored.
   */
  async use(id: string, kind: Ticket["kind"]): Promise<Ticket | undefined> {
    const ticket = this.look(id, kind);
    if (ticket === undefined) return undefined;
    const usedBy = randomId(16);
    await this.#topics.append([this.#record(id, { usedBy })]);
    return this.#tickets.get(id)?.usedBy === usedBy ? ticket : undefined;
  }

  /** Tombstones for tickets that are over. A used one is remembered until it would have ended. */
  surplus(): readonly NewRecord[] {
    const now = this.#clock.now();
    const over = [...this.#tickets].filter(([, { ticket }]) => ticket.expiresAt <= now);
    return over.slice(0, 1_000).map(([id]) => this.#record(id, null));
  }

  /** @throws {Error} for what is no ticket. */
  decode({ key, value }: LogRecord): TicketNews | undefined {
    const id = ownId("ticket", key);
    return id === undefined ? undefined : { id, said: value && readJson(value, stored) };
  }

  apply({ id, said }: TicketNews): void {
    if (said === null) this.#tickets.delete(id);
    else if ("usedBy" in said) {
      const known = this.#tickets.get(id);
      if (known !== undefined) known.usedBy ??= said.usedBy;
    } else if (!this.#tickets.has(id)) this.#tickets.set(id, { ticket: said });
  }

  #countOf({ kind, tenant, address }: Pick<Ticket, "kind" | "tenant" | "address">, now: number): number {
    let count = 0;
    for (const { ticket } of this.#tickets.values()) {
      const same = ticket.kind === kind && ticket.tenant === tenant && ticket.address === address;
      if (same && now < ticket.expiresAt) count++;
    }
    return count;
  }

  #record(id: string, said: TicketNews["said"]): NewRecord {
    const value = said && JSON.stringify(said);
    return { topic: "control", key: ownKey("ticket", id), value, timestamp: this.#clock.now() };
  }
}
