import type { PricePath } from "./price_path.ts";

/** A price to draw: epoch ms, won. */
export type ReportPoint = readonly [at: number, price: number];

/** How far apart the points of a day are at most, ms, and how many a day that is short has all the same. */
const STEP_MS = 15 * 60_000;
const LEAST_POINTS = 24;

/** A day's prices, at most a quarter of an hour apart, each the last by then. */
export function pointsOf(path: PricePath): ReportPoint[] {
  const points: ReportPoint[] = [];
  const span = path.span();
  if (span === undefined) return points;
  points.push([span.from, path.priceAt(span.from) as number]);
  const step = Math.max(1_000, Math.min(STEP_MS, Math.ceil((span.to - span.from) / LEAST_POINTS)));
  for (let at = Math.floor(span.from / step) * step + step; at < span.to; at += step) {
    const price = path.priceAt(at);
    if (price !== undefined) points.push([at, price]);
  }
  points.push([span.to, path.priceAt(span.to) as number]);
  return points;
}

/** At most so many points, evenly taken, the last among them. */
export function thinned(points: readonly ReportPoint[], most: number): readonly ReportPoint[] {
  if (points.length <= most) return points;
  const step = points.length / most;
  return Array.from({ length: most }, (_, each) => points[Math.ceil((each + 1) * step) - 1] as ReportPoint);
}
