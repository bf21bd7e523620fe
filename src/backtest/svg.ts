import type { ReportPoint } from "./chart_points.ts";

/**
 * Charts as SVG, for a page that needs nothing else.
 *
 * @module
 */

const WIDTH = 760;
const LEFT = 64;
const BOTTOM = 22;
/** How wide a bar is at most. */
const MOST_STEP = 40;

/** A bar: its label below and in its title, its height. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

/** Bars from zero; labels stand under some of them. */
export function barChart(bars: readonly Bar[], height = 140): string {
  if (bars.length === 0) return "";
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const step = Math.min(MOST_STEP, (WIDTH - LEFT) / bars.length);
  const scale = (height - BOTTOM - 10) / most;
  const every = Math.max(Math.ceil(bars.length / 8), Math.ceil(MOST_STEP / step));
  const drawn = bars.map(({ label, value }, place) => {
    const x = round(LEFT + place * step);
    const tall = round(value * scale);
    const bar =
      `<rect x="${x}" y="${round(height - BOTTOM - tall)}" width="${
        round(Math.max(1, step - 1))
      }" height="${tall}">` +
      `<title>${escapeHtml(label)}: ${value}</title></rect>`;
    return place % every === 0 ? `${bar}<text x="${x}" y="${height - 6}">${escapeHtml(label)}</text>` : bar;
  });
  return svg(height, `<text x="0" y="16">${most}</text>${axis(height)}<g class="bars">${drawn.join("")}</g>`);
}

/** A line of prices over time with marks on it. Time without prices (nights) takes no room. */
export function priceChart(
  points: readonly ReportPoint[],
  marks: readonly { readonly at: number; readonly price: number; readonly title: string }[],
  labelOf: (at: number) => string,
  height = 220,
): string {
  if (points.length < 2) return "";
  const prices = [...points.map(([, price]) => price), ...marks.map(({ price }) => price)];
  const low = prices.reduce((a, b) => Math.min(a, b));
  const high = prices.reduce((a, b) => Math.max(a, b));
  const step = (WIDTH - LEFT) / (points.length - 1);
  const scale = (height - BOTTOM - 16) / Math.max(1, high - low);
  const yOf = (price: number) => round(height - BOTTOM - 6 - (price - low) * scale);
  const line = points.map(([, price], place) => `${round(LEFT + place * step)},${yOf(price)}`).join(" ");
  const circles = marks.map(({ at, price, title }) =>
    `<circle cx="${round(LEFT + placeOf(points, at) * step)}" cy="${yOf(price)}" r="3.5"><title>${
      escapeHtml(title)
    }</title></circle>`
  );
  const labels = [0, 1, 2, 3, 4].map((part) => {
    const place = Math.min(points.length - 1, Math.round(part * (points.length - 1) / 5));
    return `<text x="${round(LEFT + place * step)}" y="${height - 6}">${
      escapeHtml(labelOf((points[place] as ReportPoint)[0]))
    }</text>`;
  });
  const sides = `<text x="0" y="${yOf(high) + 4}">${high.toLocaleString("en")}</text>` +
    `<text x="0" y="${yOf(low)}">${low.toLocaleString("en")}</text>`;
  return svg(
    height,
    `${sides}${axis(height)}${labels.join("")}<polyline points="${line}"/><g class="marks">${
      circles.join("")
    }</g>`,
  );
}

/** Where between the points a time is. */
function placeOf(points: readonly ReportPoint[], at: number): number {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as ReportPoint)[0] < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function axis(height: number): string {
  return `<line x1="${LEFT}" x2="${WIDTH}" y1="${height - BOTTOM}" y2="${height - BOTTOM}"/>`;
}

function svg(height: number, content: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${content}</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Text as it stands in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
