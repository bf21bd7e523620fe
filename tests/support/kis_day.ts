import { SimulatedMarket } from "../../src/adapters/simulator/market.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { splitFrame } from "../../src/market/kis/frame.ts";
import type { ListedSymbol } from "../../src/market/directory.ts";
import type { FakeKis } from "./fake_kis.ts";

/** Fields of a trade: until September 2026, since then, and one day, with what nobody knows yet. */
const OLD_WIDTH = 46;
const WIDTH = 47;
const FUTURE_FIELDS = "^^Z9";

/** One trade that the market had. */
export interface DayTrade {
  readonly key: string;
  readonly symbol: string;
  readonly price: number;
  /** Neither an auction's expected price nor of a halted symbol. */
  readonly real: boolean;
  /** Whether a session got it. */
  readonly sent: boolean;
}

/** What distinguishes one trade from another: its record's symbol, date, second, price, volume and cumulative volume. */
function tradeKey(fields: readonly string[]): string {
  return [fields[0], fields[33], fields[1], Number(fields[2]), Number(fields[12]), Number(fields[13])].join(
    "|",
  );
}

/**
 * A market's day at the fake server: frames of the simulated market at the machine's own times, some sent twice, some lost
 * on the way; wider at noon. REST knows every trade.
 */
export class KisDay {
  readonly market: SimulatedMarket;
  readonly trades: DayTrade[] = [];
  frames = 0;
  readonly #fake: FakeKis;
  readonly #random = seededRandom(7);

  constructor(fake: FakeKis, listing: readonly ListedSymbol[]) {
    this.#fake = fake;
    this.market = new SimulatedMarket({ listing, seed: 7, now: Date.now() });
  }

  /** Makes and sends frames, at most `count`. */
  play(count: number, noon: boolean): void {
    const made: string[] = [];
    while (made.length < count) this.market.frames(1, Date.now(), made);
    this.frames += made.length;
    for (const frame of made) this.#send(frame, noon);
  }

  #send(frame: string, noon: boolean): void {
    const { trId, count, payload } = splitFrame(frame) as { trId: string; count: string; payload: string };
    const fields = payload.split("^");
    const symbol = fields[0] as string;
    if (trId !== "H0STCNT0") return void this.#fake.sendTo(trId, symbol, frame);
    const records = Array.from(
      { length: Number(count) },
      (_, index) => fields.slice(index * WIDTH, (index + 1) * WIDTH),
    );
    const texts = records.map((record) =>
      noon ? record.join("^") + FUTURE_FIELDS : record.slice(0, OLD_WIDTH).join("^")
    );
    this.#fake.rest.saw(trId, texts);
    const draw = this.#random();
    const text = `0|${trId}|${count}|${texts.join("^")}`;
    const sent = draw >= 0.005 && this.#fake.sendTo(trId, symbol, text) > 0;
    if (draw > 0.98) this.#fake.sendTo(trId, symbol, text);
    for (const record of records) {
      const real = record[43] === "0" && record[35] === "N";
      this.trades.push({ key: tradeKey(record), symbol, price: Number(record[2]), real, sent });
    }
  }
}
