import type { FeedReport } from "../books/feed_report.ts";
import type { Subscription } from "../ports/tick_source.ts";
import { formatInstant } from "../rules/parse_instant.ts";

/** A subscription as the API shows it. */
export function subscriptionView({ symbol, venue, since, lastAt, silent }: Subscription) {
  return {
    symbol,
    venue,
    since: formatInstant(since),
    lastAt: lastAt === undefined ? null : formatInstant(lastAt),
    silent: silent ?? null,
  };
}

/** How a symbol is subscribed at the feed; null where it is not, or the feed has no subscriptions. */
export function subscriptionOf(report: FeedReport | undefined, symbol: string) {
  const found = report?.symbols.find((one) => one.symbol === symbol);
  return found === undefined ? null : subscriptionView(found);
}
