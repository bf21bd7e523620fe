import type { Symbol } from "../../market/symbol.ts";
import type { FeedVenue } from "./units.ts";

/** One market for all, or by what is known of each symbol. */
export type VenueChoice = FeedVenue | "auto";

/** Where each symbol is subscribed. */
export class Venues {
  readonly #choice: VenueChoice;
  readonly #isOnNxt: (symbol: Symbol) => boolean | undefined;
  /** Symbols of which the consolidated feed said nothing. */
  readonly #onlyKrx = new Set<Symbol>();

  /**
   * @param isOnNxt whether NXT trades a symbol, undefined where it is not known. With "auto" those that it trades are
   * subscribed by the consolidated feed, all others by KRX's: that one speaks of every symbol.
   */
  constructor(choice: VenueChoice, isOnNxt: (symbol: Symbol) => boolean | undefined = () => undefined) {
    this.#choice = choice;
    this.#isOnNxt = isOnNxt;
  }

  readonly of = (symbol: Symbol): FeedVenue => {
    if (this.#onlyKrx.has(symbol)) return "KRX";
    if (this.#choice !== "auto") return this.#choice;
    return this.#isOnNxt(symbol) === true ? "UN" : "KRX";
  };

  /**
   * Moves a symbol from the consolidated feed to KRX's.
   *
   * @returns whether it was there.
   */
  moveToKrx(symbol: Symbol): boolean {
    if (this.of(symbol) !== "UN") return false;
    this.#onlyKrx.add(symbol);
    return true;
  }
}
