import type { Random } from "../../../core/backoff.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Quotations } from "../../../ports/quotations.ts";
import type { AppKey } from "../approval.ts";
import type { KisEnvironment } from "../environment.ts";
import { RestBudget } from "./budget.ts";
import { KisRest } from "./client.ts";
import type { MasterSite } from "./master_site.ts";
import { KisQuotations } from "./quotations.ts";
import { FileSlots, MemorySlots } from "./slots.ts";
import { FileTokens, MemoryTokens, Tokens } from "./token.ts";

/** How long a request may take, ms. */
const TIMEOUT_MS = 10_000;

/** What {@link openQuotations} needs. */
export interface QuotationsOptions {
  readonly environment: Pick<KisEnvironment, "restUrl"> & Partial<Pick<KisEnvironment, "name">>;
  readonly app: AppKey;
  readonly masters: MasterSite;
  readonly customerType: string;
  /** Requests a second, of all that share the account. */
  readonly perSecond: number;
  /** Where token and rate are shared with the other processes of this machine; undefined: with nobody. */
  readonly folder?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch?: typeof fetch;
}

/** The quotations of an account, with the one token and the one budget that it has. */
export async function openQuotations(options: QuotationsOptions): Promise<Quotations> {
  const { environment: { restUrl }, app, clock, folder } = options;
  const shared = { restUrl, app, clock, timeoutMs: TIMEOUT_MS, fetch: options.fetch ?? fetch };
  const path = folder === undefined ? undefined : `${folder}/kis-${await accountName(restUrl, app)}`;
  const slots = path === undefined ? new MemorySlots(clock) : new FileSlots(`${path}.slots`, clock);
  const store = path === undefined ? new MemoryTokens() : new FileTokens(`${path}.token`);
  const budget = new RestBudget({ slots, clock, perSecond: options.perSecond });
  const { customerType, random } = options;
  const rest = new KisRest({
    ...shared,
    customerType,
    random,
    budget,
    tokens: new Tokens({ ...shared, store }),
  });
  return new KisQuotations(rest, options.masters, { paper: options.environment.name === "paper" });
}

/** A name for the account that does not give its key away. */
async function accountName(restUrl: string, app: AppKey): Promise<string> {
  const text = new TextEncoder().encode(`${restUrl} ${app.key}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return [...hash.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
