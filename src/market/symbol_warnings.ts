import type { MarketWarning, SymbolReference } from "./reference.ts";

/** What whoever follows a symbol ought to know of it. */
export interface SymbolWarning {
  /** Stable: `halted`, `liquidation`, `administrative`, `market_warning`. */
  readonly code: string;
  readonly reason: string;
}

const WARNINGS: Readonly<Record<Exclude<MarketWarning, "none">, string>> = {
  caution: "투자주의",
  warning: "투자경고",
  danger: "투자위험",
};

/** The states of a symbol that keep a rule from firing, or put its price in doubt. */
export function symbolWarnings(
  reference: Pick<SymbolReference, "date" | "halted" | "liquidation" | "administrative" | "warning">,
): readonly SymbolWarning[] {
  const { date, halted, liquidation, administrative, warning } = reference;
  const found: SymbolWarning[] = [];
  const say = (code: string, reason: string) => found.push({ code, reason: `${reason} (as of ${date})` });
  if (halted) say("halted", "is halted (거래정지): nothing fires until it is traded again");
  if (liquidation) say("liquidation", "is in its last days of trading (정리매매), without price limits");
  if (administrative) say("administrative", "is an administrative issue (관리종목)");
  if (warning !== "none") say("market_warning", `carries the exchange's warning ${WARNINGS[warning]}`);
  return found;
}
