import { grouped, seoul } from "../format.ts";
import { escapeHtml as esc } from "../safe_text.ts";

/** One minute's close. */
export interface ChartPoint {
  /** Epoch ms. */
  readonly at: number;
  /** Won. */
  readonly price: number;
}

const WIDTH = 440;
const HEIGHT = 150;
const EDGE = { left: 4, right: 56, top: 8, bottom: 18 } as const;

/**
 * A small chart of a price as inline SVG: the minutes' closes, the alert's trade as a dot, the rule's value as a dashed
 * line where it is not far off. "" where there is too little to draw.
 */
export function priceChart(
  points: readonly ChartPoint[],
  { mark, level, title }: { readonly mark: ChartPoint; readonly level?: number; readonly title: string },
): string {
  const all = [...points, mark].sort((one, other) => one.at - other.at);
  if (points.length < 2) return "";
  const prices = all.map(({ price }) => price);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  // A value far from the prices would make a line of them.
  const near = level !== undefined && level >= low - 2 * (high - low || 1) &&
    level <= high + 2 * (high - low || 1);
  const from = near ? Math.min(low, level) : low;
  const to = Math.max(near ? Math.max(high, level) : high, from + 1);
  const begin = all[0]!.at;
  const span = Math.max(1, all.at(-1)!.at - begin);
  const x = (at: number) => (EDGE.left + (at - begin) / span * (WIDTH - EDGE.left - EDGE.right)).toFixed(1);
  const y = (price: number) =>
    (EDGE.top + (to - price) / (to - from) * (HEIGHT - EDGE.top - EDGE.bottom)).toFixed(1);
  const path = all.map(({ at, price }) => `${x(at)},${y(price)}`).join(" ");
  const right = WIDTH - EDGE.right;
  const labels = [...new Set([to, from, mark.price])].map((price) =>
    `<text class="axis" x="${right + 4}" y="${y(price)}" dominant-baseline="middle">${grouped(price)}</text>`
  );
  const times = [all[0]!, all.at(-1)!].map(({ at }, index) =>
    `<text class="axis" x="${index === 0 ? EDGE.left : right}" y="${HEIGHT - 4}"${
      index === 0 ? "" : ' text-anchor="end"'
    }>${clock(at)}</text>`
  );
  const dashed = near
    ? `<line class="level" x1="${EDGE.left}" x2="${right}" y1="${y(level)}" y2="${y(level)}"/>`
    : "";
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${
    esc(title)
  }">${dashed}<polyline class="line" points="${path}"/><circle class="mark" cx="${x(mark.at)}" cy="${
    y(mark.price)
  }" r="4"/>${labels.join("")}${times.join("")}</svg>`;
}

function clock(at: number): string {
  const { hour, minute } = seoul(at);
  return `${hour}:${minute}`;
}
