import { type Alert, idOfMatch } from "../../alerts/alert.ts";
import { makeAlert } from "../../alerts/make_alert.ts";
import { alertMessage } from "../../alerts/message.ts";
import { readsDays, storedDays } from "../../books/stored_days.ts";
import type { SymbolReference } from "../../market/reference.ts";
import { referenceOn } from "../../market/reference_merge.ts";
import { dateOf, DAY_MS, seoulDay, startOfSeoulDay } from "../../market/seoul_time.ts";
import { isListedOn, referenceOfListed, type SymbolDirectory } from "../../market/directory.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { Trade } from "../../market/trade.ts";
import { DEFAULT_GRACE_MS, DEFAULT_WINDOW_MS, type Match } from "../../rules/evaluation.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { parseRule } from "../../rules/parse_rule.ts";
import { snapshotOf } from "../../rules/snapshot.ts";
import { measuredUnits } from "../../rules/measures.ts";
import { windowOf } from "../../rules/repeat.ts";
import { type Rule, symbolsOf } from "../../rules/rule.ts";
import { publicRuleId, storedRuleId } from "../../rules/tenancy.ts";
import { instantOf } from "../http/instant.ts";
import { type Route, route } from "./route_table.ts";
import { HttpProblem } from "../http/problem.ts";
import { parseBody } from "../http/parse_body.ts";
import { readJson } from "../http/read_body.ts";
import { readLine } from "../../rules/line/read_line.ts";
import { lineView } from "../rules/line_view.ts";
import { LineInput, ReadLineView } from "../schemas/read_line.ts";
import { candlesRead, minutesOf } from "../rules/known_minutes.ts";
import { isDaySpent } from "../rules/day_spent.ts";
import { explain } from "../rules/explain.ts";
import { accountOf } from "../people/person_policy.ts";
import { recordedTrades } from "../rules/recorded_trades.ts";
import { ruleWarnings } from "../rules/warnings.ts";
import { tryRule } from "../rules/try_rule.ts";
import { UnknownDays } from "../rules/unknown_days.ts";
import {
  ExplainQuery,
  ExplanationView,
  PreviewView,
  TrialInput,
  TrialQuery,
  TrialView,
} from "../schemas/trial.ts";
import type { ControlDeps } from "../deps.ts";
import { subscriptionOf } from "../subscription_view.ts";

/** The most trades of one trial: more than a busy symbol has in a day. */
const MOST_TRADES = 500_000;
const MOST_FIRES = 1_000;

const testRule = route({
  method: "post",
  path: "/v1/rules:test",
  operationId: "testRule",
  summary: "What would this rule have done?",
  description:
    "Runs the stream's engine over recorded trades, by default those of the last day that has any. " +
    "Nothing is stored.",
  tag: "rules",
  access: "rules:read",
  idempotent: false,
  query: TrialQuery,
  body: { schema: TrialInput },
  answers: { 200: { description: "When it would have fired", schema: TrialView } },
}, async ({ c, who, query }, { deps, rules, turns }) => {
  const { series, directory, clock } = deps;
  const { windowMs, graceMs } = timesOf(deps);
  const turn = turns.of(accountOf(who));
  const draft = parseRule(await readJson(c));
  rules.checks.checkAll([draft], who.tenant, false);
  const symbols = symbolsIn(directory, draft);
  const last = [...(await series.lastTrades(symbols)).values()].map(({ eventTime }) => eventTime);
  const { from, to } = span(query, last.length === 0 ? clock.now() : Math.max(...last));
  if (from >= to) throw new HttpProblem(400, "bad_query", "from must be before to");
  const rule = {
    ...rules.newRule(draft, who.tenant, storedRuleId(who.tenant, "test")),
    enabled: true,
    armedAt: from,
  };
  const found: Match[] = [];
  const unknown = new UnknownDays(rule);
  let trades = 0;
  // Who is refused a turn hears it before anything is read.
  await turn.take();
  for (const symbol of symbols) {
    if (trades > MOST_TRADES) break;
    // Each symbol has a time of its own here: one that is read after another is not late.
    const days = readsDays([rule]) ? await storedDays(series, symbol, { from, until: to }) : [];
    const listed = directory.get(symbol);
    const known = directory.reference(symbol) ?? (listed && referenceOfListed(listed));
    const onDay = (date: string) => known && referenceOn(known, date, days);
    const candles = await candlesRead(series, { rule, symbol, until: from });
    const trial = tryRule(rule, { module: deps.engine, windowMs, graceMs, referenceOn: onDay, candles });
    let newest: Trade | undefined;
    for await (const part of turn.paced(recordedTrades(series, { symbol, from, to }), 1)) {
      found.push(...trial.take(part.slice(0, MOST_TRADES - trades)));
      trades += part.length;
      newest = part.at(-1);
      if (trades > MOST_TRADES) break;
    }
    if (newest !== undefined) unknown.see(newest, onDay(dateOf(newest.eventTime)));
  }
  const matches = withinDays(found, rule.maxAlertsPerDay);
  return c.json({
    from: formatInstant(from),
    to: formatInstant(to),
    trades: Math.min(trades, MOST_TRADES),
    complete: trades <= MOST_TRADES,
    fires: matches.length,
    alerts: matches.slice(0, MOST_FIRES).map((match) => ({
      at: formatInstant(match.eventTime),
      symbol: match.symbol,
      windowStart: formatInstant(match.windowStart),
      price: match.price,
      rate: match.rate,
      change: match.change,
    })),
    engine: deps.engine === undefined ? "oracle" as const : "wasm" as const,
    warnings: [...ruleWarnings(rule, { ...deps, now: clock.now() }), ...unknown.warnings()],
  });
});

const readRule = route({
  method: "post",
  path: "/v1/rules:read",
  operationId: "readRule",
  summary: "What rule would this line make?",
  description: "Reads one line as people say it, and answers the rule in words. Nothing is stored.",
  tag: "rules",
  access: "rules:read",
  idempotent: false,
  body: { schema: LineInput },
  answers: { 200: { description: "What was understood", schema: ReadLineView } },
}, async ({ c }, { deps }) => {
  const { series, directory } = deps;
  const { windowMs } = timesOf(deps);
  const { line, locale = "ko" } = await parseBody(c, LineInput);
  const { symbol } = readLine(line, { directory });
  const last = symbol === null ? undefined : (await series.lastTrades([symbol])).get(symbol);
  const read = readLine(line, { directory, priceOf: () => last?.price });
  return c.json(lineView(read, { directory, windowMs, locale }));
});

const explainRule = route({
  method: "get",
  path: "/v1/rules/{id}/explain",
  operationId: "explainRule",
  summary: "Why a rule has or has not fired in this window",
  tag: "rules",
  access: "rules:read",
  query: ExplainQuery,
  answers: { 200: { description: "The explanation", schema: ExplanationView } },
  failures: [404],
}, async ({ c, who, param, query }, { deps, rules, alerts, spent, topics, feed: feeds }) => {
  const { series, directory } = deps;
  const { windowMs, graceMs } = timesOf(deps);
  const rule = rules.get(who.tenant, param("id"));
  const all = await series.lastTrades();
  const symbol = query.symbol ?? oneSymbol(symbolsIn(directory, rule), all);
  const lastTrade = all.get(symbol);
  let watermark = 0;
  for (const { eventTime } of all.values()) watermark = Math.max(watermark, eventTime);
  const window = lastTrade && windowOf(rule, lastTrade.eventTime, windowMs);
  const alert = window && alerts.get(idOfMatch({ rule, symbol, windowStart: window.start }));
  const fired = alert !== undefined || spent.has(rule, symbol);
  const last = lastTrade &&
    snapshotOf(lastTrade, {
      reference: referenceToday(directory, symbol, lastTrade.eventTime),
      minutes: await minutesOf(series, { rule, trade: lastTrade }),
    });
  const daySpent = lastTrade !== undefined && rule.maxAlertsPerDay !== null &&
    isDaySpent(alerts.alerts(who.tenant), { rule, trade: lastTrade, partitions: topics.partitions("rules") });
  const explanation = explain(rule, { last, watermark, graceMs, fired, daySpent });
  const feed = subscriptionOf(feeds.report, symbol);
  const { verdict, reason } = explanation;
  return c.json({
    ruleId: publicRuleId(rule.tenant, rule.id),
    symbol,
    ...explanation,
    conditions: [...explanation.conditions],
    reason: verdict === "no_trade" && feed?.silent
      ? `${reason}, though it is subscribed since ${feed.since}: ${feed.silent}`
      : reason,
    feed,
    window: window === undefined
      ? null
      : { start: formatInstant(window.start), end: window.end === null ? null : formatInstant(window.end) },
    alertId: alert === undefined ? null : publicRuleId(alert.tenant, alert.id),
    lastTrade: lastTrade ?? null,
  });
});

const previewRule = route({
  method: "get",
  path: "/v1/rules/{id}/preview",
  operationId: "previewRule",
  summary: "How a rule's message looks, with the last trade's numbers",
  tag: "rules",
  access: "rules:read",
  answers: { 200: { description: "The message", schema: PreviewView } },
  failures: [404],
}, async ({ c, who, param }, { deps, rules }) => {
  const { series, directory, clock } = deps;
  const { windowMs } = timesOf(deps);
  const rule = rules.get(who.tenant, param("id"));
  const symbols = symbolsIn(directory, rule);
  const traded = await series.lastTrades(symbols);
  const symbol = oneSymbol(symbols, traded);
  const { subject, text, html } = alertMessage(
    sampleAlert(rule, { symbol, trade: traded.get(symbol), windowMs, directory, now: clock.now() }),
  );
  return c.json({ subject, text, html });
});

/** What a rule would have done, why it has or has not fired, and how its message looks. */
export const TRIAL_ROUTES: readonly Route[] = [
  testRule,
  readRule,
  explainRule,
  previewRule,
];

/** How long windows and the grace are here, ms. */
function timesOf({ windowMs = DEFAULT_WINDOW_MS, graceMs = DEFAULT_GRACE_MS }: ControlDeps) {
  return { windowMs, graceMs };
}

/** What is known of a symbol on the day of a time. */
function referenceToday(directory: SymbolDirectory, symbol: Symbol, at: number): SymbolReference | undefined {
  const reference = directory.reference(symbol);
  return reference?.date === dateOf(at) ? reference : undefined;
}

/** The symbols that a rule is for, as far as they are known here. */
function symbolsIn(
  directory: SymbolDirectory,
  rule: Pick<Rule, "symbol" | "symbols" | "market">,
): readonly Symbol[] {
  const { market } = rule;
  if (market === null) return symbolsOf(rule);
  return directory.all().filter((listed) => isListedOn(listed, market)).map(({ symbol }) => symbol);
}

/** What a rule fires in the order of time, no more on a day in Seoul than it may. */
function withinDays(matches: readonly Match[], most: number | null): Match[] {
  const counts = new Map<number, number>();
  return matches.toSorted((one, other) => one.eventTime - other.eventTime).filter(({ eventTime }) => {
    const day = seoulDay(eventTime);
    const count = (counts.get(day) ?? 0) + 1;
    counts.set(day, count);
    return most === null || count <= most;
  });
}

/** The time that is asked for; by default the day, in Seoul, of the last trade. */
function span(query: { from?: string; to?: string }, last: number): { from: number; to: number } {
  const day = startOfSeoulDay(seoulDay(last));
  return {
    from: query.from === undefined ? day : instantOf(query.from, "from"),
    to: query.to === undefined ? Math.max(day + DAY_MS, last + 1) : instantOf(query.to, "to"),
  };
}

/** The alert that a rule would make of a trade, whether it meets the conditions or not. */
function sampleAlert(
  rule: Rule,
  given: {
    symbol: Symbol;
    trade: Trade | undefined;
    now: number;
    windowMs: number;
    directory: SymbolDirectory;
  },
): Alert {
  const { symbol, trade, now, windowMs, directory } = given;
  const eventTime = trade?.eventTime ?? now;
  const match: Match = {
    rule,
    symbol,
    eventTime,
    windowStart: windowOf(rule, eventTime, windowMs).start,
    offset: 0,
    price: trade?.price ?? directory.get(symbol)?.basePrice ?? 0,
    rate: trade?.rate ?? 0,
    change: trade?.change ?? 0,
    volume: trade?.volume ?? 0,
    sign: trade?.sign ?? "3",
    values: trade && rule.conditions.map((condition) => measuredUnits(condition, snapshotOf(trade)) ?? 0),
  };
  return makeAlert(match, windowMs, directory);
}

/** One of a rule's symbols: the one that is asked for, or the first that has traded. */
function oneSymbol(symbols: readonly Symbol[], traded: ReadonlyMap<Symbol, Trade>): Symbol {
  return symbols.find((symbol) => traded.has(symbol)) ?? symbols[0] ?? "005930";
}
