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
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { CandleInterval } from "../../ports/series_store.ts";
import type { ShownAlert } from "../api/types.ts";
import { whole } from "../format.ts";
import { candleStart, type ChartCandle } from "../state/candles.ts";

/** The chart draws times as UTC; Seoul is nine hours ahead all year, so its clock is shown by shifting. */
const SEOUL_OFFSET_S = 9 * 3_600;

/** The room of one candle at first, px. */
const SLOT_PX = 9;

/** A level drawn across the chart: a rule's target price. */
export interface ChartLevel {
  readonly price: number;
  readonly title: string;
}

/** Candles with volume, in the page's colours. The one place that knows the chart library. */
export class PriceChart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volumes: ISeriesApi<"Histogram">;
  readonly #markers: ISeriesMarkersPluginApi<Time>;
  readonly #element: HTMLElement;
  #levels: IPriceLine[] = [];
  #colours: Colours;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#colours = coloursOf(element);
    this.#chart = createChart(element, {
      autoSize: true,
      localization: { priceFormatter: whole, locale: "ko-KR" },
      layout: { attributionLogo: false, fontFamily: getComputedStyle(element).fontFamily, fontSize: 11 },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
      timeScale: { borderVisible: false, rightOffset: 4, minBarSpacing: 2 },
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
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#markers = createSeriesMarkers(this.#candles);
    this.paint();
  }

  /** Takes the page's colours again, after the theme has changed. */
  paint(): void {
    const colours = this.#colours = coloursOf(this.#element);
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: "transparent" }, textColor: colours.text },
      grid: { vertLines: { color: colours.line }, horzLines: { color: colours.line } },
      crosshair: {
        vertLine: { color: colours.cross, labelBackgroundColor: colours.label },
        horzLine: { color: colours.cross, labelBackgroundColor: colours.label },
      },
    });
    this.#candles.applyOptions({
      upColor: colours.up,
      downColor: colours.down,
      borderVisible: false,
      wickUpColor: colours.up,
      wickDownColor: colours.down,
    });
  }

  /** Shows other candles, ascending by time, the newest in sight. */
  setCandles(candles: readonly ChartCandle[], interval: CandleInterval): void {
    this.#chart.applyOptions({ timeScale: { timeVisible: interval === "1m", secondsVisible: false } });
    this.#candles.setData(candles.map((candle) => ({ ...candle, time: timeOf(candle.start) })));
    this.#volumes.setData(candles.map((candle) => this.#volumeOf(candle)));
    const slots = Math.max(20, Math.floor(this.#element.clientWidth / SLOT_PX));
    const to = candles.length + 3;
    this.#chart.timeScale().setVisibleLogicalRange({ from: to - slots, to });
  }

  /** Shows the newest candle as it forms, or one more. */
  update(candle: ChartCandle): void {
    this.#candles.update({ ...candle, time: timeOf(candle.start) });
    this.#volumes.update(this.#volumeOf(candle));
  }

  setLevels(levels: readonly ChartLevel[]): void {
    for (const line of this.#levels) this.#candles.removePriceLine(line);
    this.#levels = levels.map(({ price, title }) =>
      this.#candles.createPriceLine({
        price,
        title,
        color: this.#colours.accent,
        lineWidth: 1,
        lineStyle: 2,
        axisLabelVisible: true,
      })
    );
  }

  /** Marks the candles in which alerts fired. */
  setAlerts(alerts: readonly ShownAlert[], interval: CandleInterval): void {
    const markers = alerts.map((alert): SeriesMarker<Time> => ({
      time: timeOf(candleStart(alert.eventTime, interval)),
      position: "aboveBar",
      shape: "arrowDown",
      color: this.#colours.accent,
      size: 1,
    }));
    this.#markers.setMarkers(markers.sort((a, b) => Number(a.time) - Number(b.time)));
  }

  remove(): void {
    this.#chart.remove();
  }

  #volumeOf(candle: ChartCandle) {
    const color = candle.close >= candle.open ? this.#colours.upFaint : this.#colours.downFaint;
    return { time: timeOf(candle.start), value: candle.volume, color };
  }
}

type Colours = ReturnType<typeof coloursOf>;

function coloursOf(element: HTMLElement) {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--ink-2"),
    line: of("--line-faint"),
    cross: of("--ink-3"),
    label: of("--chart-label"),
    up: of("--up"),
    down: of("--down"),
    upFaint: of("--up-faint"),
    downFaint: of("--down-faint"),
    accent: of("--accent"),
  };
}

function timeOf(ms: number): UTCTimestamp {
  return (ms / 1000 + SEOUL_OFFSET_S) as UTCTimestamp;
}
