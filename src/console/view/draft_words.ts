import { policyInWords, scopeInWords } from "../../alerts/words.ts";
import { shorthandOf } from "../../rules/shorthand.ts";
import type { ShownWarning } from "../api/types.ts";
import { faultIn } from "../i18n/text.ts";
import { reachOf, sameRule } from "../state/rule_advice.ts";
import {
  conditionsIn,
  type FormDraft,
  type ListedSymbols,
  splitRecipients,
  targetsOf,
} from "../state/rule_draft.ts";
import { ruleWords } from "../state/rule_words.ts";
import type { PriceRow } from "../state/market.ts";
import { nameOf, type ViewContext } from "./context.ts";
import { valueOf } from "./states.ts";

/** Symbols that the sentence names. */
const MOST_NAMED = 3;

/** A rule that is being made, as a sentence; "" while it is none. */
export function draftWords(context: ViewContext, draft: FormDraft, listed: ListedSymbols): string {
  const { locale } = context;
  const { conditions } = conditionsIn(draft);
  const { symbols, unknown } = targetsOf(draft, listed);
  const missing = draft.scope !== "market" && (symbols.length === 0 || unknown.length > 0);
  if (conditions === undefined || missing) return "";
  const target = draft.scope === "market"
    ? scopeInWords({ symbol: null, symbols: null, market: draft.market }, locale)
    : symbols.slice(0, MOST_NAMED).map((symbol) => nameOf(context, symbol)).join(", ") +
      (symbols.length > MOST_NAMED ? " …" : "");
  const policy = policyInWords(
    {
      repeat: draft.repeat === "" ? null : draft.repeat,
      sessions: draft.sessions.length === 0 ? null : draft.sessions,
      maxAlertsPerDay: Number(draft.maxAlertsPerDay) || null,
    },
    undefined,
    locale,
  );
  const body = { ...shorthandOf(conditions), conditions, on: draft.on };
  return `${target}: ${[ruleWords(body, locale), policy].filter((part) => part !== "").join(", ")}`;
}

/** What is odd about a draft without being wrong: what the page knows, and what the server says. */
export function adviceOn(
  context: ViewContext,
  draft: FormDraft,
  given: {
    readonly listed: ListedSymbols;
    /** The row of the one symbol that the rule is for. */
    readonly row: PriceRow | undefined;
    /** The rule that is changed. */
    readonly id: string | undefined;
    readonly warnings: readonly ShownWarning[];
  },
): ReadonlySet<string> {
  const { say } = context;
  const { row } = given;
  const { conditions = [] } = conditionsIn(draft);
  const words = new Set<string>();
  const now = context.state.now();
  for (const condition of conditions) {
    const reach = row && reachOf(condition, { listed: row.listed, trade: row.trade, now });
    if (reach !== undefined) words.add(say(`advice.${reach.code}`));
  }
  const same = conditions.length === 0 ? undefined : sameRule(
    valueOf(context.state.rules.value)?.items ?? [],
    {
      symbols: targetsOf(draft, given.listed).symbols,
      market: draft.scope === "market" ? draft.market : undefined,
      conditions,
      on: draft.on,
      id: given.id,
    },
  );
  if (same !== undefined) words.add(say("advice.same", { id: same.id }));
  for (const warning of given.warnings) words.add(warningWords(context, warning, draft));
  return words;
}

/** What the server finds odd about a draft's rule. */
export function warningWords(
  { say, locale }: ViewContext,
  warning: ShownWarning,
  draft: FormDraft,
): string {
  const { code, field } = warning;
  if (code === "not_today" || code === "never_reached") return say(`advice.${code}`);
  const at = /^recipients\[(\d+)\]/.exec(field)?.[1];
  const recipient = at === undefined ? "" : `${splitRecipients(draft.recipients)[Number(at)]}: `;
  return recipient + faultIn(locale, warning);
}
