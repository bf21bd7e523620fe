import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { Trade } from "../../market/trade.ts";
import { candleLength, candleStart, makesCandles } from "../../ports/series_points.ts";
import { logger } from "../../telemetry/log.ts";
import type { InfluxApi } from "./influx_api.ts";
import { dayCandleFlux, minuteCandlesFlux, rangeOf } from "./influx_flux.ts";

/** Trades this old may be missed by the task of forming candles, which runs every minute and goes back four. */
const LATE_MS = 2 * 60_000;
/** Late candles are made at most this often, and at most a fifth of the time. */
const EVERY_MS = 5000;
const REST_FACTOR = 4;
/** Minutes made in one query, at most: bounds its memory. */
const MINUTES_AT_ONCE = 60;
const log = logger("influx");

/**
 * Makes the candles that InfluxDB's own tasks would miss: those of trades that came late, after an outage or from a
 * replay. Beside the writes, which do not wait for it. What this process does not get to is made by the hourly tasks.
 */
export class LateCandles {
  readonly #api: InfluxApi;
  readonly #bucket: string;
  readonly #clock: Clock;
  #minutes = new Set<number>();
  #days = new Set<number>();
  #dueAt = -Infinity;
  #making: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(options: { readonly api: InfluxApi; readonly bucket: string; readonly clock: Clock }) {
    this.#api = options.api;
    this.#bucket = options.bucket;
    this.#clock = options.clock;
  }

  /** Notes the trades that have been written. */
  note(trades: readonly Trade[]): void {
    const now = this.#clock.now();
    const today = candleStart("1d", now);
    for (const trade of trades) {
      if (!makesCandles(trade)) continue;
      const { eventTime } = trade;
      if (eventTime < now - LATE_MS || eventTime > now) this.#minutes.add(candleStart("1m", eventTime));
      const day = candleStart("1d", eventTime);
      if (day !== today) this.#days.add(day);
    }
  }

  /** Begins to make what is due, unless that is under way. */
  makeWhenDue(): void {
    if (this.#busy || this.#clock.monotonic() < this.#dueAt || this.#minutes.size + this.#days.size === 0) {
      return;
    }
    this.#busy = true;
    this.#making = this.#makeAll().catch((thrown) => {
      // Still noted: made with the next ones. The points themselves are safe.
      log.warn("candles of late trades wait: {reason}", { reason: messageOf(thrown) });
    }).finally(() => this.#busy = false);
  }

  /** Makes everything that is noted, now. @throws {OutsideError} and keeps it noted. */
  async make(): Promise<void> {
    await this.#making;
    await this.#makeAll();
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    await this.#making;
  }

  async #makeAll(): Promise<void> {
    const began = this.#clock.monotonic();
    const minutes = this.#minutes;
    const days = this.#days;
    this.#minutes = new Set();
    this.#days = new Set();
    try {
      for (const [from, to] of runsOf(minutes)) {
        await this.#api.rows(minuteCandlesFlux(this.#bucket, rangeOf(from, to)));
      }
      for (const day of days) {
        await this.#api.rows(dayCandleFlux(this.#bucket, rangeOf(day, day + candleLength("1d"))));
      }
    } catch (thrown) {
      for (const minute of minutes) this.#minutes.add(minute);
      for (const day of days) this.#days.add(day);
      throw thrown;
    } finally {
      const now = this.#clock.monotonic();
      this.#dueAt = now + Math.max(EVERY_MS, REST_FACTOR * (now - began));
    }
  }
}

/** The ranges that cover minutes, near ones together. */
function runsOf(minutes: ReadonlySet<number>): [from: number, to: number][] {
  const length = candleLength("1m");
  const runs: [number, number][] = [];
  for (const start of [...minutes].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    const joins = run !== undefined && start <= run[1] + 2 * length &&
      start - run[0] < MINUTES_AT_ONCE * length;
    if (joins) run[1] = start + length;
    else runs.push([start, start + length]);
  }
  return runs;
}
