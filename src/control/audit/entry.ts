import { createHash } from "node:crypto";
import { z } from "zod";
import type { Actor } from "../auth/principal.ts";

/** Where an entry stands in its chain. */
const link = z.object({
  /** The chain: one a tenant for each process that ever wrote. */
  id: z.string(),
  /** 0, 1, 2, … */
  sequence: z.number().int().nonnegative(),
  /** SHA-256 (hex) of the entry before, as it is written; of the chain's first entry: of "". */
  before: z.string().regex(/^[0-9a-f]{64}$/),
});

const entry = z.object({
  id: z.string(),
  at: z.number().int().nonnegative(),
  tenant: z.string(),
  who: z.string(),
  /** From where; absent where that is not known. */
  address: z.string().optional(),
  requestId: z.string(),
  action: z.string(),
  target: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  chain: link,
});

/**
 * One change, or one attempt that was refused: who did what to what, when, from where, and what it was before and after.
 * Persons stand in it as pseudonyms, see `People`.
 */
export type AuditEntry = z.output<typeof entry>;

/** What is to be entered. */
export interface AuditDraft {
  /** `rule.created`, `key.revoked`, `access.refused`, … */
  readonly action: string;
  /** The id of what was changed. */
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly actor: Actor;
  /** Epoch ms, where it is not now: an entry that is moved. */
  readonly at?: number;
}

/** @throws {SyntaxError|ZodError} for what is no entry. */
export function decodeEntry(value: Uint8Array): AuditEntry {
  return entry.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value)));
}

/** What the next entry of a chain says of one that was written so. */
export function hashEntry(written: string | Uint8Array): string {
  return createHash("sha256").update(written).digest("hex");
}

/** Something wrong with a chain. */
export interface ChainFault {
  readonly chain: string;
  readonly sequence: number;
  readonly reason: string;
}

/**
 * Checks entries in the order in which they stand in the log. A chain whose beginning is older than what is kept is
 * checked from its first entry that is there.
 */
export class ChainCheck {
  readonly #last = new Map<string, { sequence: number; hash: string }>();
  readonly faults: ChainFault[] = [];
  entries = 0;

  /** How many chains there are. */
  get chains(): number {
    return this.#last.size;
  }

  /** Takes the next entry, as it is written. */
  take(written: Uint8Array): void {
    const { chain } = decodeEntry(written);
    const { id, sequence, before } = chain;
    const last = this.#last.get(id);
    this.entries++;
    this.#last.set(id, { sequence, hash: hashEntry(written) });
    if (last === undefined) return;
    const fault = (reason: string) => this.faults.push({ chain: id, sequence, reason });
    if (sequence !== last.sequence + 1) fault(`follows entry ${last.sequence}`);
    else if (before !== last.hash) fault("the entry before it was changed");
  }
}
