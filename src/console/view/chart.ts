import {
  CandlestickSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  type MouseEventParams,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { type ChartInterval, intervalStart, partsOf } from "../../market/chart_interval.ts";
import type { Locale } from "../../rules/rule.ts";
import { whole } from "../format.ts";
import { type ChartCandle, movingAverage, placesBefore, withHoles } from "../state/candles.ts";
import { type ChartColours, chartColours } from "./chart_colours.ts";
import { LineDrag } from "./line_drag.ts";

/** The chart draws times as UTC; Seoul is nine hours ahead all year, so its clock is shown by shifting. */
const SEOUL_OFFSET_S = 9 * 3_600;
/** The room of one candle at first, px. */
const SLOT_PX = 9;
/** Fewer candles than this to the left of what is seen, and older ones are asked for. */
const NEAR_EDGE = 20;
/** Lengths of the moving averages, as Korean charts have them. */
const AVERAGES = [5, 20, 60] as const;

/** A level drawn across the chart: a rule's price. */
export interface ChartLevel {
  readonly id: string;
  readonly price: number;
  readonly title: string;
}

/** A moment that is marked: an alert, or where a rule being made would have fired. */
export interface ChartMark {
  readonly time: number;
  readonly kind: "alert" | "trial";
}

export interface ChartEvents {
  /** The candle under the pointer; undefined where there is none. */
  look(candle: ChartCandle | undefined): void;
  /** Older candles are wanted. */
  older(): void;
  /** A level was dragged, and let go or not yet. */
  dragged(level: ChartLevel, price: number, ended: boolean): void;
  /** A price was pressed on the axis. */
  pressed(price: number): void;
}

/** Candles with volume and averages, in the page's colours. The one place that knows the chart library. */
export class PriceChart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volumes: ISeriesApi<"Histogram">;
  readonly #averages: readonly ISeriesApi<"Line">[];
  readonly #markers: ISeriesMarkersPluginApi<Time>;
  readonly #element: HTMLElement;
  readonly #events: ChartEvents;
  readonly #lines = new Map<string, { readonly line: IPriceLine; level: ChartLevel }>();
  readonly #drag: LineDrag;
  #data: ChartCandle[] = [];
  /** Candles and holes. */
  #placeCount = 0;
  #interval: ChartInterval = "1m";
  #hollow = false;
  #colours: ChartColours;

  constructor(element: HTMLElement, options: { readonly locale: Locale; readonly events: ChartEvents }) {
    this.#element = element;
    this.#events = options.events;
    this.#colours = chartColours(element);
    this.#chart = createChart(element, {
      autoSize: true,
      localization: { priceFormatter: whole, locale: options.locale === "ko" ? "ko-KR" : "en-US" },
      layout: { attributionLogo: false, fontFamily: getComputedStyle(element).fontFamily, fontSize: 11 },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
      timeScale: { borderVisible: false, rightOffset: 6, minBarSpacing: 2 },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "price", precision: 0, minMove: 1 },
    });
    this.#volumes = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#averages = AVERAGES.map(() =>
      this.#chart.addSeries(LineSeries, {
        lineWidth: 1,
        lastValueVisible: false,
        priceLineVisible: false,
        crosshairMarkerVisible: false,
      })
    );
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#markers = createSeriesMarkers(this.#candles);
    this.#chart.subscribeCrosshairMove((param) => this.#looked(param));
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < NEAR_EDGE && this.#data.length > 0) this.#events.older();
    });
    this.#drag = new LineDrag(element, {
      levels: () => [...this.#lines.values()].map(({ level }) => level),
      priceAt: (y) => this.#candles.coordinateToPrice(y) ?? undefined,
      yOf: (price) => this.#candles.priceToCoordinate(price) ?? undefined,
      axisWidth: () => this.#chart.priceScale("right").width(),
      moved: (level, price, ended) => this.#moved(level, price, ended),
      pressed: (price) => this.#events.pressed(price),
      busy: (busy) => this.#chart.applyOptions({ handleScroll: !busy, handleScale: !busy }),
    });
    this.paint();
  }

  /** Takes the page's colours again, after the theme has changed. */
  paint(): void {
    const colours = this.#colours = chartColours(this.#element);
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: "transparent" }, textColor: colours.text },
      grid: { vertLines: { color: colours.line }, horzLines: { color: colours.line } },
      crosshair: {
        vertLine: { color: colours.cross, labelBackgroundColor: colours.label },
        horzLine: { color: colours.cross, labelBackgroundColor: colours.label },
      },
    });
    this.#candles.applyOptions({
      upColor: this.#hollow ? "transparent" : colours.up,
      downColor: colours.down,
      borderVisible: this.#hollow,
      borderUpColor: colours.up,
      borderDownColor: colours.down,
      wickUpColor: colours.up,
      wickDownColor: colours.down,
    });
    this.#averages.forEach((series, at) =>
      series.applyOptions({ color: colours.averages[at] ?? colours.text })
    );
    for (const { line } of this.#lines.values()) line.applyOptions({ color: colours.accent });
  }

  /** Draws rising candles empty, or filled. */
  setHollow(hollow: boolean): void {
    this.#hollow = hollow;
    this.paint();
  }

  setAveragesShown(shown: boolean): void {
    for (const series of this.#averages) series.applyOptions({ visible: shown });
  }

  /** Shows other candles, ascending by time; the newest in sight, unless they are more of the same. */
  setCandles(
    candles: readonly ChartCandle[],
    interval: ChartInterval,
    options: { keepPlace: boolean },
  ): void {
    const scale = this.#chart.timeScale();
    const seen = scale.getVisibleLogicalRange();
    const first = this.#data[0]?.start;
    const before = this.#placeCount;
    this.#data = [...candles];
    this.#interval = interval;
    const timed = partsOf(interval).of === "1m";
    this.#chart.applyOptions({ timeScale: { timeVisible: timed, secondsVisible: false } });
    const places = withHoles(candles, interval);
    this.#placeCount = places.length;
    this.#candles.setData(places.map((place) => ({ ...place, time: timeOf(place.start) })));
    this.#volumes.setData(candles.map((candle) => this.#volumeOf(candle)));
    this.#drawAverages();
    if (options.keepPlace && seen !== null && first !== undefined) {
      // Who saw the newest sees it now, too.
      const shift = seen.to >= before ? places.length - before : placesBefore(places, first);
      return scale.setVisibleLogicalRange({ from: seen.from + shift, to: seen.to + shift });
    }
    const slots = Math.max(20, Math.floor(this.#element.clientWidth / SLOT_PX));
    const to = places.length + 5;
    scale.setVisibleLogicalRange({ from: to - slots, to });
  }

  /** Shows the newest candle as it forms, or one more: behind a hole, where minutes are missing. */
  update(candle: ChartCandle): void {
    const last = this.#data.at(-1);
    if (last?.start === candle.start) this.#data[this.#data.length - 1] = candle;
    else {
      this.#data.push(candle);
      const places = withHoles(last === undefined ? [candle] : [last, candle], this.#interval);
      for (const hole of places.slice(1, -1)) this.#candles.update({ time: timeOf(hole.start) });
      this.#placeCount += Math.max(1, places.length - 1);
    }
    this.#candles.update({ ...candle, time: timeOf(candle.start) });
    this.#volumes.update(this.#volumeOf(candle));
    this.#averages.forEach((series, at) => {
      const length = AVERAGES[at] as number;
      const newest = movingAverage(this.#data.slice(-length), length).at(-1);
      if (newest !== undefined) series.update({ time: timeOf(newest.start), value: newest.value });
    });
  }

  setLevels(levels: readonly ChartLevel[]): void {
    if (this.#drag.busy || isSame(levels, [...this.#lines.values()].map(({ level }) => level))) return;
    for (const { line } of this.#lines.values()) this.#candles.removePriceLine(line);
    this.#lines.clear();
    for (const level of levels) {
      const line = this.#candles.createPriceLine({
        price: level.price,
        title: level.title,
        color: this.#colours.accent,
        lineWidth: 1,
        lineStyle: 2,
        axisLabelVisible: true,
      });
      this.#lines.set(level.id, { line, level });
    }
  }

  /** Marks the candles in which something fired. */
  setMarks(marks: readonly ChartMark[]): void {
    const first = this.#data[0]?.start ?? Infinity;
    const markers = new Map<string, SeriesMarker<Time>>();
    for (const { time, kind } of marks) {
      const start = intervalStart(this.#interval, time);
      if (start < first) continue;
      const trial = kind === "trial";
      markers.set(`${start}${kind}`, {
        time: timeOf(start),
        position: trial ? "belowBar" : "aboveBar",
        shape: trial ? "arrowUp" : "arrowDown",
        color: trial ? this.#colours.trial : this.#colours.accent,
        size: 1,
      });
    }
    this.#markers.setMarkers([...markers.values()].sort((a, b) => Number(a.time) - Number(b.time)));
  }

  remove(): void {
    this.#drag.stop();
    this.#chart.remove();
  }

  #looked({ time }: MouseEventParams<Time>): void {
    const start = typeof time === "number" ? (time - SEOUL_OFFSET_S) * 1_000 : undefined;
    this.#events.look(this.#data.findLast((candle) => candle.start === start));
  }

  #moved(level: ChartLevel, price: number, ended: boolean): void {
    const drawn = this.#lines.get(level.id);
    drawn?.line.applyOptions({ price });
    // Where it is now: it is drawn again when it goes back.
    if (drawn !== undefined) drawn.level = { ...level, price };
    this.#events.dragged(level, price, ended);
  }

  #drawAverages(): void {
    this.#averages.forEach((series, at) => {
      const means = movingAverage(this.#data, AVERAGES[at] as number);
      series.setData(means.map(({ start, value }) => ({ time: timeOf(start), value })));
    });
  }

  #volumeOf(candle: ChartCandle) {
    const color = candle.close >= candle.open ? this.#colours.upFaint : this.#colours.downFaint;
    return { time: timeOf(candle.start), value: candle.volume, color };
  }
}

/** Whether levels are drawn as they are asked for: each change draws the whole chart again. */
function isSame(levels: readonly ChartLevel[], drawn: readonly ChartLevel[]): boolean {
  return levels.length === drawn.length && levels.every(({ id, price, title }, at) => {
    const other = drawn[at];
    return id === other?.id && price === other.price && title === other.title;
  });
}

function timeOf(ms: number): UTCTimestamp {
  return (ms / 1000 + SEOUL_OFFSET_S) as UTCTimestamp;
}
