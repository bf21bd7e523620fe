import type { Random } from "../../src/core/backoff.ts";
import { COMPARATORS, DIRECTIONS, SHORTHAND_KINDS } from "../../src/rules/rule.ts";
import { REFUSED_ADDRESS } from "./mail_service.ts";
import { oneOf } from "./plan.ts";
import { SILENT, SYMBOLS, type Tenant } from "./world.ts";

/** Whom a tenant's rules write to: one address is both tenants'. */
export const RECIPIENTS: Readonly<Record<Tenant, readonly string[]>> = {
  default: ["kim@example.com", "lee@example.com", "shared@example.com", REFUSED_ADDRESS],
  other: ["park@example.com", "choi@example.com", "shared@example.com"],
};

/** The fields of a rule that fires now and then, as a caller gives them. */
export function ruleFields(
  random: Random,
  given: {
    readonly tenant: Tenant;
    /** Epoch ms. */
    readonly now: number;
    /** The share of rules for several symbols. */
    readonly many?: number;
    readonly shortWindows: boolean;
  },
): Record<string, unknown> {
  const { tenant, now, many = 0.15, shortWindows } = given;
  const recipients = RECIPIENTS[tenant].filter((_, index) => index === 0 || random() < 0.4);
  return {
    ...(shortWindows ? { symbol: oneOf(SYMBOLS, random).symbol } : target(random, many)),
    ...condition(random),
    repeat: oneOf(shortWindows ? [null, null, "once"] : [null, null, null, "1m", "once", "day"], random),
    expiresAt: random() < 0.15 ? now + 3_000 + Math.floor(random() * 60_000) : null,
    recipients,
    note: noteOf(tenant),
  };
}

/** What stands in each rule of a tenant, and so in each of its alerts. */
export function noteOf(tenant: Tenant): string {
  return `of ${tenant}`;
}

function target(random: Random, many: number): Record<string, unknown> {
  const roll = random();
  if (roll < many) {
    const symbols = SYMBOLS.filter(() => random() < 0.4).map(({ symbol }) => symbol);
    return { symbols: symbols.length > 0 ? symbols : [SYMBOLS[0]!.symbol, SYMBOLS[1]!.symbol] };
  }
  if (roll < many + 0.05) return { market: "KOSPI" };
  if (roll < many + 0.08) return { symbol: oneOf(SILENT, random).symbol };
  return { symbol: oneOf(SYMBOLS, random).symbol };
}

function condition(random: Random): Record<string, unknown> {
  const roll = random();
  const level = (random() - 0.5).toFixed(2);
  if (roll < 0.3) {
    const kind = oneOf(SHORTHAND_KINDS.filter((one) => one !== "target_price"), random);
    const value = { change_rate: "0.30", day_change: "100", price_limit: null, target_price: null }[kind];
    return {
      kind,
      direction: oneOf(DIRECTIONS, random),
      comparator: kind === "price_limit" ? null : oneOf(COMPARATORS, random),
      value,
    };
  }
  const on = random() < 0.5 ? "crossing" : "level";
  if (roll < 0.65) return { when: `rate ${oneOf([">=", "<="], random)} ${level}`, on };
  const minutes = oneOf(["1m", "2m"], random);
  const measured = oneOf([
    `move(${minutes}) >= 0.2`,
    `move(${minutes}) <= -0.2`,
    `range(${minutes}) >= 1`,
    `volume(${minutes}) >= ${100 + Math.floor(random() * 400)}`,
    `from_low <= 0.1`,
    `day_volume >= ${500 + Math.floor(random() * 3_000)}`,
  ], random);
  return { when: measured, on };
}
