/** The page's colours, as the chart needs them. */
export interface ChartColours {
  readonly text: string;
  readonly line: string;
  readonly cross: string;
  readonly label: string;
  readonly up: string;
  readonly down: string;
  readonly upFaint: string;
  readonly downFaint: string;
  readonly accent: string;
  readonly trial: string;
  /** One for each moving average. */
  readonly averages: readonly string[];
}

/** The colours of the theme that an element stands in. */
export function chartColours(element: HTMLElement): ChartColours {
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
    trial: of("--good"),
    averages: [of("--average-5"), of("--average-20"), of("--average-60")],
  };
}
