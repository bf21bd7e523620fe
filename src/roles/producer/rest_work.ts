import type { ReferenceBook } from "../../books/reference_book.ts";
import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import type { MarketCalendar } from "../../market/calendar.ts";
import { isOfMarket, type RuleMarket, type SymbolReference } from "../../market/reference.ts";
import type { Symbol } from "../../market/symbol.ts";
import type { EventLog } from "../../ports/event_log.ts";
import type { Quotations } from "../../ports/quotations.ts";
import type { SourceStatus, TickSource } from "../../ports/tick_source.ts";
import type { FoundGap, ProducerEvent } from "./events.ts";
import { GapFiller } from "./gap_fill.ts";
import { Poller } from "./poller.ts";
import { ReferenceKeeper } from "./reference_keeper.ts";

/** What the producer needs to ask the market's REST. */
export interface RestParts {
  readonly quotations: Quotations;
  readonly calendar: MarketCalendar;
  readonly book: ReferenceBook;
  /** The market counts as open at any time: the fake server's is. */
  readonly always: boolean;
}

/** What {@link RestWork} needs. */
export interface RestWorkOptions extends RestParts {
  readonly log: EventLog;
  readonly source: Pick<TickSource, "status">;
  readonly clock: Clock;
  readonly random: Random;
}

/** All that a producer asks the market's REST for: references, the trades of gaps, symbols without a registration. */
export class RestWork {
  readonly #keeper: ReferenceKeeper;
  readonly #filler: GapFiller;
  readonly #poller: Poller;
  readonly #book: ReferenceBook;

  constructor(options: RestWorkOptions) {
    const { calendar, always, book } = options;
    this.#book = book;
    this.#keeper = new ReferenceKeeper(options);
    this.#filler = new GapFiller(options);
    this.#poller = new Poller({
      ...options,
      isOpen: (now) =>
        always || (["KRX", "NXT"] as const).some((venue) => calendar.phaseAt(venue, now).phase !== "closed"),
      isOnNxt: (symbol) => book.get(symbol)?.nxt === true,
    });
  }

  /** Reads what is known of symbols. */
  load(): Promise<void> {
    return this.#book.load();
  }

  /** The symbols of a market, those first whose trading was worth most on their last day. */
  listed(market: RuleMarket | "*"): readonly Symbol[] {
    const members = this.#book.all().filter((reference) => isOfMarket(reference, market));
    const worth = ({ candles }: SymbolReference) =>
      (candles.at(-1)?.close ?? 0) * (candles.at(-1)?.volume ?? 0);
    members.sort((a, b) => worth(b) - worth(a) || (a.symbol < b.symbol ? -1 : 1));
    return members.map(({ symbol }) => symbol);
  }

  /** How many symbols are polled by REST. */
  get polled(): number {
    return this.#poller.polled.size;
  }

  /** The symbols that are wanted, most important first. */
  want(symbols: readonly Symbol[]): void {
    this.#keeper.want(symbols);
  }

  /** Gaps that are to be filled. */
  fill(gaps: readonly FoundGap[]): void {
    for (const gap of gaps) this.#filler.add(gap);
  }

  /** A source's status, in which symbols that are polled instead say so. */
  status(status: SourceStatus): SourceStatus {
    const { polled } = this.#poller;
    if (polled.size === 0) return status;
    const refused = status.refused?.map((one) =>
      polled.has(one.symbol)
        ? { ...one, polled: true, reason: `${one.reason}. Meanwhile REST is asked for price, high and low` }
        : one
    );
    return {
      ...status,
      detail: `${status.detail}; ${polled.size} symbols by REST`,
      ...(refused ? { refused } : {}),
    };
  }

  /** Works until the signal is aborted; hands over what it finds in batches, and waits until each is taken. */
  async run(
    signal: AbortSignal,
    take: (events: readonly ProducerEvent[]) => Promise<boolean>,
  ): Promise<void> {
    const pump = async (events: AsyncIterable<readonly ProducerEvent[]>) => {
      for await (const batch of events) if (!await take(batch)) return;
    };
    await Promise.all([
      this.#keeper.run(signal),
      pump(this.#filler.events(signal)),
      pump(this.#poller.events(signal)),
    ]);
  }
}
