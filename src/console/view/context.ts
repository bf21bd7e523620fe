import { scopeInWords } from "../../alerts/words.ts";
import type { Rule } from "../../rules/rule.ts";
import type { ApiClient } from "../api/client.ts";
import type { Previews } from "../api/previews.ts";
import type { ShownRule } from "../api/types.ts";
import type { Say } from "../i18n/text.ts";
import type { Locale } from "../../rules/rule.ts";
import type { AppState, Memory, View } from "../state/app_state.ts";
import type { RouteQuery } from "../state/route.ts";
import type { DraftStart } from "../state/rule_draft.ts";
import type { MarketSync } from "../sync/market.ts";
import type { RulesSync } from "../sync/rules.ts";

/** What a view is given. It ends with `signal`: when the language changes every view is made anew. */
export interface ViewContext {
  readonly state: AppState;
  readonly memory: Memory;
  readonly client: ApiClient;
  readonly previews: Previews;
  readonly market: MarketSync;
  readonly rules: RulesSync;
  readonly say: Say;
  readonly locale: Locale;
  readonly signal: AbortSignal;
  /** Shows a symbol's chart and order book. */
  select(symbol: string): void;
  show(view: View): void;
  /** Says in the address what the view that is shown shows, so that it can be shared. */
  narrow(query: RouteQuery): void;
  /** Opens the form: for a new rule, of a symbol where one is given, or to change a rule. */
  openForm(start: DraftStart | { readonly rule: ShownRule; readonly copy?: boolean }): void;
  /** Shows the reader something for a few seconds. */
  notify(message: string, tone?: "good" | "bad"): void;
}

/** Which symbols a rule is for: one symbol's name, or what the rule says of several. */
export function scopeWords(
  context: ViewContext,
  rule: Pick<Rule, "symbol" | "symbols" | "market">,
): string {
  return rule.symbol === null ? scopeInWords(rule, context.locale) : nameOf(context, rule.symbol);
}

/** A symbol's name in the reader's language, the code where none is known. */
export function nameOf(context: ViewContext, symbol: string): string {
  const listed = context.state.market.rows.get(symbol)?.listed;
  if (listed === undefined) return symbol;
  return context.locale === "en" && listed.nameEn !== "" ? listed.nameEn : listed.name;
}
