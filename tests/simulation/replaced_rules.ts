import type { Random } from "../../src/core/backoff.ts";
import { storedRuleId } from "../../src/rules/tenancy.ts";
import { oneOf } from "./plan.ts";
import { SYMBOLS, type Tenant, WINDOW_MS, type World } from "./world.ts";

/** A rule as a caller gave it. */
export interface GivenRule {
  readonly tenant: Tenant;
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How the callers of the API ask for it. */
export interface Replacing {
  readonly known: readonly GivenRule[];
  readonly remove: (rule: GivenRule) => Promise<void>;
  /** Makes one like it under another id. */
  readonly make: (rule: GivenRule) => Promise<void>;
}

const MOST = 3;
/** Enough that most rules of a symbol fire: prices have no memory. */
const BURST = 40;
/** Until what was changed or traded is everywhere. */
const SPREAD_MS = 1_500;

/**
 * Rules fire, go, and others like them come once the next window has opened: what those fired in a window that late trades
 * are still of is not what these have fired. Nothing is wrong meanwhile, so that each of it is a must.
 *
 * @returns whether any fired.
 */
export async function replaceWhatFires(world: World, random: Random, ask: Replacing): Promise<boolean> {
  const { scheduler, expectation, exchange, watch } = world;
  const before = new Set(watch.alerts.keys());
  const firedAt = scheduler.now;
  const burst = (at: number) => {
    const trades = Array.from({ length: BURST }, () => exchange.trade(oneOf(SYMBOLS, random), at, random));
    exchange.publish(trades, scheduler.now);
  };
  burst(firedAt);
  // A stream that comes or goes delays it: what is not evaluated when its rule goes fires nothing.
  await world.evaluated(SPREAD_MS);
  const fired = new Set(
    [...watch.alerts.values()].filter(({ id }) => !before.has(id)).map(({ ruleId }) => ruleId),
  );
  const gone = ask.known
    .filter(({ tenant, id, fields }) => fields.repeat === null && fired.has(storedRuleId(tenant, id)))
    .slice(0, MOST);
  if (gone.length === 0) return false;
  expectation.catchUp();
  for (const rule of gone) await world.drive(ask.remove(rule), "a rule goes");
  await world.pass(WINDOW_MS - scheduler.now % WINDOW_MS);
  burst(scheduler.now);
  await world.pass(SPREAD_MS);
  for (const rule of gone) await world.drive(ask.make(rule), "another like it comes");
  await world.evaluated(SPREAD_MS);
  expectation.catchUp();
  expectation.calm();
  burst(firedAt);
  return true;
}
