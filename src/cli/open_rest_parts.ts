import { ReferenceBook } from "../books/reference_book.ts";
import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { MarketCalendar } from "../market/calendar.ts";
import type { Symbol } from "../market/symbol.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { RestParts } from "../roles/producer/rest_work.ts";
import { openRest } from "./kis_account.ts";
import type { FeedConfig } from "./open_source.ts";

/** What a producer needs to ask KIS's REST; undefined for every other source, and where it is not to be asked. */
export async function openRestParts(
  config: FeedConfig & { readonly dataDir: string },
  deps: { readonly log: EventLog; readonly clock: Clock; readonly random: Random },
): Promise<RestParts | undefined> {
  if (config.source !== "kis") return undefined;
  const quotations = await openRest(config, deps);
  if (quotations === undefined) return undefined;
  const calendar = new MarketCalendar(config.holidays);
  return { quotations, calendar, book: new ReferenceBook(deps.log), always: config.kisAlways };
}

/** Whether NXT trades a symbol, as its reference says; undefined where it is not known. */
export function nxtFlags(rest: RestParts | undefined): (symbol: Symbol) => boolean | undefined {
  return (symbol) => rest?.book.get(symbol)?.nxt ?? undefined;
}
