import type { Trade } from "../../src/market/trade.ts";
import type { Comparator, Direction, Rule, RuleKind } from "../../src/rules/rule.ts";

interface PlainRule {
  readonly id: string;
  readonly kind: RuleKind;
  readonly comparator: Comparator | null;
  readonly value: number;
  readonly direction: Direction | null;
}

/**
 * What one writes first: the rules of each symbol in a list, every one compared with every trade, a Set of what has
 * fired in which window. Written with care: values are numbers already, and the Set is asked only when a rule is met.
 */
export class NaiveLoop {
  readonly #windowMs: number;
  readonly #bySymbol = new Map<string, PlainRule[]>();
  readonly #fired = new Set<string>();

  constructor(rules: readonly Rule[], windowMs: number) {
    this.#windowMs = windowMs;
    for (const { id, symbol, kind, comparator, value, direction } of rules) {
      if (symbol === null) continue;
      const plain = { id, kind, comparator, value: Number(value), direction };
      const there = this.#bySymbol.get(symbol);
      if (there === undefined) this.#bySymbol.set(symbol, [plain]);
      else there.push(plain);
    }
  }

  /** How many rules a symbol has. */
  count(symbol: string): number {
    return this.#bySymbol.get(symbol)?.length ?? 0;
  }

  /** Evaluates a trade and hands over what fires, as `ruleId@windowStart`. */
  evaluate(trade: Trade, fire: (id: string) => void): void {
    if (trade.halted === "Y" || (trade.session ?? "0") !== "0") return;
    const window = Math.floor(trade.eventTime / this.#windowMs);
    for (const rule of this.#bySymbol.get(trade.symbol) ?? []) {
      if (!isTrue(rule, trade)) continue;
      const key = `${rule.id}@${window * this.#windowMs}`;
      if (this.#fired.has(key)) continue;
      this.#fired.add(key);
      fire(key);
    }
  }
}

function isTrue(rule: PlainRule, trade: Trade): boolean {
  if (rule.kind === "price_limit") {
    return (trade.sign === "1" && rule.direction !== "down") ||
      (trade.sign === "4" && rule.direction !== "up");
  }
  const signed = rule.kind === "target_price"
    ? trade.price
    : rule.kind === "change_rate"
    ? trade.rate
    : trade.change;
  const x = rule.direction === "down" ? -signed : rule.direction === "either" ? Math.abs(signed) : signed;
  switch (rule.comparator) {
    case "gt":
      return x > rule.value;
    case "gte":
      return x >= rule.value;
    case "lt":
      return x < rule.value;
    default:
      return x <= rule.value;
  }
}
