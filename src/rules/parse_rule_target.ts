import { RULE_MARKETS, type RuleMarket } from "../market/reference.ts";
import { isSymbol, parseSymbol, type Symbol } from "../market/symbol.ts";
import { wordMeant } from "./hints.ts";
import type { InputIssues } from "./input_issues.ts";
import { MAX_SYMBOLS } from "./rule.ts";

/** Which symbols a rule is for: exactly one of the three is not null. */
export interface RuleTarget {
  readonly symbol: Symbol | null;
  readonly symbols: readonly Symbol[] | null;
  readonly market: RuleMarket | "*" | null;
}

/** What a rule's `market` may be. */
export const MARKET_SCOPES = [...RULE_MARKETS, "*"] as const;

/** Reads `symbol`, `symbols` or `market`; undefined when it was refused. */
export function parseTarget(
  input: Readonly<Record<string, unknown>>,
  issues: InputIssues,
): RuleTarget | undefined {
  if (isSymbol(input.symbol) && input.symbols === undefined && input.market === undefined) {
    return { symbol: input.symbol, symbols: null, market: null };
  }
  const given = (["symbol", "symbols", "market"] as const).filter((name) => (input[name] ?? null) !== null);
  const [name, other] = given;
  if (name === undefined) {
    issues.missing("symbol", 'is missing: give a six-character code such as "005930", symbols or market');
    return undefined;
  }
  if (other !== undefined) {
    const reason = `says for which symbols, as ${name} does: give one of symbol, symbols and market`;
    issues.refuse(other, "conflicting_fields", reason, input[other]);
    return undefined;
  }
  switch (name) {
    case "symbol": {
      const symbol = issues.catch(() => parseSymbol(input.symbol));
      return symbol === undefined ? undefined : { symbol, symbols: null, market: null };
    }
    case "symbols": {
      const symbols = parseSymbols(input.symbols, issues);
      return symbols === undefined ? undefined : { symbol: null, symbols, market: null };
    }
    case "market": {
      const market = MARKET_SCOPES.find((scope) => scope === input.market);
      if (market === undefined) {
        const reason = `must be one of ${MARKET_SCOPES.join(", ")}${wordMeant(input.market, MARKET_SCOPES)}`;
        issues.refuse("market", "bad_market", reason, input.market);
        return undefined;
      }
      return { symbol: null, symbols: null, market };
    }
  }
}

function parseSymbols(given: unknown, issues: InputIssues): readonly Symbol[] | undefined {
  if (!Array.isArray(given) || given.length < 1 || given.length > MAX_SYMBOLS) {
    issues.refuse("symbols", "bad_list", `must be a list of 1 to ${MAX_SYMBOLS} codes`, given);
    return undefined;
  }
  const before = issues.count;
  const symbols = new Set<Symbol>();
  given.forEach((each: unknown, index) => {
    const field = `symbols[${index}]`;
    if (!isSymbol(each)) issues.catch(() => parseSymbol(each, field));
    else if (symbols.has(each)) issues.refuse(field, "duplicate", "is in the list twice", each);
    else symbols.add(each);
  });
  return issues.count > before ? undefined : [...symbols].sort();
}
