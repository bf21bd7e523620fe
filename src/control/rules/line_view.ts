import type { z } from "@hono/zod-openapi";
import { sentenceOf } from "../../alerts/words.ts";
import type { SymbolDirectory } from "../../market/directory.ts";
import type { ReadLine } from "../../rules/line/read_line.ts";
import { withShorthand } from "../../rules/parse_rule_conditions.ts";
import { DEFAULT_MAX_ALERTS_PER_DAY, type Locale } from "../../rules/rule.ts";
import { formatWhen } from "../../rules/when.ts";
import type { ReadLineView } from "../schemas/read_line.ts";

/** What a line was read as, with the rule it would make in words. */
export function lineView(
  read: ReadLine,
  given: { readonly directory: SymbolDirectory; readonly windowMs: number; readonly locale: Locale },
): z.output<typeof ReadLineView> {
  const { symbol, market, conditions, on, repeat, sessions, understood, rest, missing, candidates } = read;
  const { directory, windowMs, locale } = given;
  const listed = symbol === null ? undefined : directory.get(symbol);
  const rule = {
    ...withShorthand(conditions),
    symbol,
    symbols: null,
    market,
    on,
    repeat,
    sessions,
    maxAlertsPerDay: market === null ? null : DEFAULT_MAX_ALERTS_PER_DAY,
  };
  const name = locale === "en" ? listed?.nameEn : listed?.name;
  return {
    rule: missing.length > 0 ? null : {
      ...(symbol === null ? {} : { symbol }),
      ...(market === null ? {} : { market }),
      when: formatWhen(conditions),
      on,
      repeat,
      sessions: sessions === null ? null : [...sessions],
    },
    words: missing.length > 0 ? null : sentenceOf(rule, { name, windowMs }, locale),
    understood: [...understood],
    rest: [...rest],
    missing: [...missing],
    candidates: candidates.map(({ symbol, name, nameEn }) => ({ symbol, name, nameEn })),
  };
}
