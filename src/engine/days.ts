import { MARKET_SESSIONS, marketSessionStarts } from "../market/market_session.ts";
import { INTERVAL_MINUTES, LOOK_BACK_DAYS, lookBackFrom } from "../market/look_back.ts";
import { INTERVALS } from "../rules/measures/closes.ts";
import { firstMinuteOf } from "../rules/measures/minutes.ts";
import { seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import {
  LOOK_BACK_FIRST,
  LOOK_BACK_LENGTH,
  LOOK_BACK_ROW,
  SESSION_TABLE_ROW,
  SESSION_TABLE_STARTS,
} from "../../wasm/layout.ts";
import type { EngineExports } from "./module.ts";
import type { Views } from "./views.ts";

/** Venues in the order of the module's numbers. */
const VENUES = ["KRX", "NXT", "UN"] as const;

/** Opens the days in Seoul as the partition's time reaches them, and says when their sessions begin. */
export class Days {
  readonly #wasm: EngineExports;
  readonly #views: Views;
  #day = -1;

  constructor(wasm: EngineExports, views: Views) {
    this.#wasm = wasm;
    this.#views = views;
    this.reach(0);
  }

  /** The first ms after the newest day. */
  get end(): number {
    return startOfSeoulDay(this.#day + 1);
  }

  /**
   * Opens the day of a time, unless it is open.
   *
   * @returns whether one was opened.
   */
  reach(time: number): boolean {
    const day = seoulDay(time);
    if (day <= this.#day) return false;
    this.#day = day;
    this.#wasm.setDay(day);
    this.#writeLookBack();
    const address = this.#wasm.sessionsAddress() >>> 0;
    for (const [back, each] of [day, day - 1].entries()) {
      for (const [place, venue] of VENUES.entries()) {
        this.#write(address + (back * VENUES.length + place) * SESSION_TABLE_ROW, venue, each);
      }
    }
    return true;
  }

  /** How long the candles of each interval are, and the first minute that measures of it read. */
  #writeLookBack(): void {
    const address = this.#wasm.lookBackAddress() >>> 0;
    const { u32 } = this.#views;
    for (const [number, interval] of INTERVALS.entries()) {
      if (interval === "1d") continue;
      const row = address + number * LOOK_BACK_ROW;
      const first = firstMinuteOf(lookBackFrom(this.#day, LOOK_BACK_DAYS[interval]));
      u32[(row + LOOK_BACK_LENGTH) >> 2] = INTERVAL_MINUTES[interval];
      u32[(row + LOOK_BACK_FIRST) >> 2] = Math.max(0, first);
    }
  }

  #write(address: number, venue: typeof VENUES[number], day: number): void {
    const starts = marketSessionStarts(venue, day);
    const { f64, u32 } = this.#views;
    for (let each = 0; each < SESSION_TABLE_STARTS; each++) {
      const start = starts[each];
      f64[(address >> 3) + each] = start?.fromMs ?? Infinity;
      u32[(address >> 2) + SESSION_TABLE_STARTS * 2 + each] = start === undefined
        ? 0
        : MARKET_SESSIONS.indexOf(start.session);
    }
  }
}
