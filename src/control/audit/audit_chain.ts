import type { Clock } from "../../core/clock.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";
import { randomId } from "../auth/secret.ts";
import { type AuditDraft, type AuditEntry, hashEntry } from "./entry.ts";
import type { People } from "./people.ts";

const log = logger("audit");
const NOTHING = hashEntry("");

/**
 * Makes entries of drafts, each chained to the one before of its tenant by this process. They must be appended in the
 * order in which they were made, so nothing is awaited between the two; when that fails, {@link AuditChain.cut} begins
 * new chains, because nobody knows what of the old ones has been written.
 */
export class AuditChain {
  readonly #people: People;
  readonly #clock: Clock;
  readonly #heads = new Map<string, { id: string; sequence: number; hash: string }>();

  constructor(options: { people: People; clock: Clock }) {
    this.#people = options.people;
    this.#clock = options.clock;
  }

  /** The records of entries, and of pseudonyms that are new with them. */
  seal(drafts: readonly AuditDraft[]): readonly NewRecord[] {
    return drafts.flatMap((draft) => this.#seal(draft));
  }

  /** Begins new chains. */
  cut(): void {
    this.#heads.clear();
  }

  #seal({ actor, at = this.#clock.now(), ...change }: AuditDraft): NewRecord[] {
    const { tenant, subject: who } = actor.who;
    const head = this.#heads.get(tenant) ?? { id: randomId(16), sequence: -1, hash: NOTHING };
    const sequence = head.sequence + 1;
    const { concealed, records } = this.#people.conceal({ who, ...change }, at);
    const entry: AuditEntry = {
      id: `${head.id}-${sequence}`,
      at,
      tenant,
      ...(actor.address === undefined ? {} : { address: actor.address }),
      requestId: actor.requestId,
      ...concealed,
      chain: { id: head.id, sequence, before: head.hash },
    };
    const value = JSON.stringify(entry);
    this.#heads.set(tenant, { id: head.id, sequence, hash: hashEntry(value) });
    log.info("{who} {action} {target}", { ...entry });
    return [...records, { topic: "audit", key: tenant, value, timestamp: at }];
  }
}
