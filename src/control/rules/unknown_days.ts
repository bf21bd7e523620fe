import type { SymbolReference } from "../../market/reference.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { measuredUnits, needOf } from "../../rules/measures.ts";
import type { Rule } from "../../rules/rule.ts";
import { snapshotOf } from "../../rules/snapshot.ts";
import { formatCondition } from "../../rules/when.ts";
import { missingOf } from "./explain.ts";
import type { RuleWarning } from "./warnings.ts";

interface Unknown {
  readonly symbol: Symbol;
  readonly missing: string;
  count: number;
}

/** Notes which conditions of a rule that is tried had no value, because too little is known of the symbols' days. */
export class UnknownDays {
  readonly #rule: Rule;
  readonly #unknown = new Map<number, Unknown>();
  #symbols = 0;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  /** Sees the last trade of a symbol, with what is known of its day. */
  see(trade: Trade, reference: SymbolReference | undefined): void {
    this.#symbols++;
    const at = snapshotOf(trade, { reference });
    for (const [place, condition] of this.#rule.conditions.entries()) {
      if (needOf(condition) !== "reference" || measuredUnits(condition, at) !== undefined) continue;
      const unknown = this.#unknown.get(place);
      if (unknown !== undefined) unknown.count++;
      else {
        this.#unknown.set(place, { symbol: trade.symbol, missing: missingOf(condition, at), count: 1 });
      }
    }
  }

  warnings(): readonly RuleWarning[] {
    const { kind, conditions } = this.#rule;
    return [...this.#unknown].map(([place, { symbol, missing, count }]) => ({
      field: kind === "condition" ? `conditions[${place}]` : "value",
      code: "no_value",
      reason: `${formatCondition(conditions[place]!)} had no value for ${
        this.#symbols === 1 ? symbol : `${count} of ${this.#symbols} symbols, such as ${symbol}`
      }: ${missing}`,
    }));
  }
}
