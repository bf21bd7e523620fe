/**
 * From what the API answers to what the console shows: times, which the API writes as ISO 8601, become epoch ms.
 *
 * @module
 */

import { conditionWritten } from "../../rules/read_conditions.ts";
import type {
  ApiAlert,
  ApiAlertDetail,
  ApiDeadLetter,
  ApiDelivery,
  ApiMailSummary,
  ApiRule,
  ApiStatus,
  ApiTrial,
} from "../../control/client/types.ts";
import type {
  SavedRule,
  ShownAlert,
  ShownDeadLetter,
  ShownDelivery,
  ShownHappening,
  ShownMail,
  ShownStatus,
  ShownTrial,
} from "./types.ts";

/** A rule of the API as the console has it: its times in epoch ms, its conditions as rules have them. */
export function readRule(rule: ApiRule): SavedRule {
  return {
    ...rule,
    conditions: rule.conditions.map(conditionWritten),
    armedAt: Date.parse(rule.armedAt),
    createdAt: Date.parse(rule.createdAt),
    expiresAt: rule.expiresAt === null ? null : Date.parse(rule.expiresAt),
  };
}

/** An alert of the list or the stream comes without its deliveries. */
export function readAlert(alert: ApiAlert | ApiAlertDetail): ShownAlert {
  return {
    ...alert,
    conditions: alert.conditions.map(conditionWritten),
    nameEn: alert.nameEn ?? "",
    eventTime: Date.parse(alert.eventTime),
    windowEnd: alert.windowEnd === null ? null : Date.parse(alert.windowEnd),
    deliveries: "deliveries" in alert ? alert.deliveries.map(readDelivery) : [],
  };
}

/** A delivery of the API as the console has it, its time in epoch ms. */
export function readDelivery({ recipient, state, attempts, reason = "", at }: ApiDelivery): ShownDelivery {
  return { recipient, state, attempts, reason, at: Date.parse(at) };
}

/** A mail of the API as the console has it, its time in epoch ms. */
export function readMail(mail: ApiMailSummary): ShownMail {
  return { ...mail, at: Date.parse(mail.at) };
}

/** The status of the API as the console has it: components in a list, times in epoch ms. */
export function readStatus(
  { components, source, gaps, events, lag, selfCheck, now }: ApiStatus,
): ShownStatus {
  return {
    components: Object.entries(components).map(([name, health]) => ({ name, ...health })),
    source: source && {
      ...source,
      refused: source.refused.map(({ symbol, reason }) => ({ symbol, text: reason })),
      silent: source.symbols.flatMap(({ symbol, since, silent }) =>
        silent === null ? [] : [readHappening({ symbol, at: since }, silent)]
      ),
      symbols: source.symbols.map(({ symbol, venue, since, lastAt }) => ({
        symbol,
        venue,
        since: Date.parse(since),
        lastAt: lastAt === null ? null : Date.parse(lastAt),
      })),
    },
    gaps: gaps.map((gap) => readHappening(gap, gap.reason)),
    events: events.map((event) => readHappening(event, event.what)),
    lag,
    selfCheck: selfCheck && { ...selfCheck, since: Date.parse(selfCheck.since) },
    now: Date.parse(now),
  };
}

const REDRIVABLE = /^(?:trades|quotes|alerts)\//;

/** A dead letter of the API, and whether it can be redriven. */
export function readDeadLetter({ id, at, role, code, reason, origin }: ApiDeadLetter): ShownDeadLetter {
  return { id, at: Date.parse(at), role, code, reason, redrivable: REDRIVABLE.test(origin) };
}

/** A trial of the API, with the times of its alerts, epoch ms. */
export function readTrial({ from, to, trades, fires, alerts, warnings }: ApiTrial): ShownTrial {
  const times = alerts.map(({ at }) => Date.parse(at));
  return { from: Date.parse(from), to: Date.parse(to), trades, fires, times, warnings };
}

function readHappening({ symbol, at }: { symbol: string; at: string }, text: string): ShownHappening {
  return { symbol: symbol === "*" ? "" : symbol, text, at: Date.parse(at) };
}
