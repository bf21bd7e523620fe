import type { Alert } from "../../src/alerts/alert.ts";

/** A reason why somebody is not written to. Times are the true time, epoch ms. */
export interface Hush {
  /** Null: of every tenant. */
  readonly tenant: string | null;
  /** Null: whoever it is. */
  readonly recipient: string | null;
  /** Null: of any symbol. */
  readonly symbol: string | null;
  readonly askedAt: number;
  /** When it was acknowledged; undefined: it is not known whether it is so. */
  ackedAt: number | undefined;
  /** When its end was asked for. */
  endsFrom: number | undefined;
  /** When its end was acknowledged. */
  endedAt: number | undefined;
}

/** Who is not written to, as the callers of the API know it. */
export class Hushes {
  readonly #all: Hush[] = [];

  add(given: Pick<Hush, "tenant" | "recipient" | "symbol" | "askedAt">): Hush {
    const hush = { ...given, ackedAt: undefined, endsFrom: undefined, endedAt: undefined };
    this.#all.push(hush);
    return hush;
  }

  /** Those of a recipient for all tenants that are not ended. */
  standing(recipient: string): Hush[] {
    return this.#all.filter((hush) =>
      hush.tenant === null && hush.recipient === recipient && hush.endedAt === undefined
    );
  }

  /** Whether it may be that an alert was kept back. */
  explain(tenant: string, recipient: string, { symbol }: Pick<Alert, "symbol">): boolean {
    return this.#all.some((hush) =>
      (hush.tenant ?? tenant) === tenant && (hush.recipient ?? recipient) === recipient &&
      (hush.symbol ?? symbol) === symbol
    );
  }

  /** Why nobody who knew what was acknowledged before `knows` may write to a recipient now. */
  forbids(tenant: string, recipient: string, knows: number): Hush | undefined {
    return this.#all.find((hush) =>
      hush.symbol === null && (hush.tenant ?? tenant) === tenant && hush.recipient === recipient &&
      hush.ackedAt !== undefined && hush.ackedAt < knows && hush.endsFrom === undefined
    );
  }
}
